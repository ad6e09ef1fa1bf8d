/**
 * Limits how many connections are opened at once; open ones are not counted. A handshake costs 5 ms of CPU here. If a
 * thousand began together, most would miss their deadlines, through no fault of their hosts. A shared machine or
 * bastion would also drop a part of them. The limit grows with each connection that is made quickly. A long route alone
 * is quick enough; a busy CPU at either end is not.
 */
const AT_FIRST = 64;
const AT_MOST = 256;
const QUICK_MS = 2000;
/** A host that does not answer to TCP keeps its place no longer than this. */
const SILENT_MS = 1000;

export class ConnectThrottle {
  #room = AT_FIRST;
  #inside = 0;
  readonly #waiting = new Set<() => void>();

  /** How many may be inside. */
  get room(): number {
    return this.#room;
  }

  /**
   * Runs the work when there is a free place.
   *
   * @param work gets a function to call once the host has answered.
   * @throws the signal's reason while it waits; what the work throws
   */
  async run<T>(signal: AbortSignal, work: (answered: () => void) => Promise<T>): Promise<T> {
    await this.#enter(signal);
    let here = true;
    const leave = (): void => {
      if (here) this.#leave();
      here = false;
    };
    const silent = setTimeout(leave, SILENT_MS);
    const began = performance.now();
    try {
      const made = await work(() => clearTimeout(silent));
      if (performance.now() - began < QUICK_MS) this.#room = Math.min(this.#room + 1, AT_MOST);
      return made;
    } finally {
      clearTimeout(silent);
      leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inside >= this.#room) await this.#turn(signal);
    else this.#inside += 1;
  }

  /** Settles when the caller is next; it is counted before that. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const come = (): void => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.delete(come);
        reject(signal.reason as Error);
      };
      this.#waiting.add(come);
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  #leave(): void {
    this.#inside -= 1;
    for (const come of this.#waiting) {
      if (this.#inside >= this.#room) return;
      this.#waiting.delete(come);
      this.#inside += 1;
      come();
    }
  }
}
