/** Holds bytes for listeners that may be added late. */
export type Listener = (chunk: Uint8Array) => void;

/** Keeps chunks until the first listener comes, then hands everything on at once. */
export class BufferedOutput {
  readonly #listeners: Listener[] = [];
  #kept: Uint8Array[] = [];

  push(chunk: Uint8Array): void {
    if (this.#listeners.length === 0) this.#kept.push(chunk);
    for (const listener of this.#listeners) deliver(listener, chunk);
  }

  listen(listener: Listener): void {
    const kept = this.#kept;
    this.#kept = [];
    this.#listeners.push(listener);
    for (const chunk of kept) deliver(listener, chunk);
  }
}

/**
 * ssh2 catches what a data handler throws and makes a connection error of it, and the process ends with code 0. An
 * exception here is a bug in dsrctl and must end the process as one.
 */
function deliver(listener: Listener, chunk: Uint8Array): void {
  try {
    listener(chunk);
  } catch (bug) {
    process.nextTick(() => {
      throw bug;
    });
  }
}
