/** Thrown out of a rendering that needs what takes time: render again when it is there. */
export class Unready extends Error {
  readonly ready: Promise<unknown>;

  constructor(ready: Promise<unknown>) {
    super("a template needs what is not there yet");
    this.ready = ready;
    // Whoever renders again hears of it; if nobody does, it is nobody's.
    ready.catch(() => undefined);
  }
}

/** Runs something that renders, as often as it takes. */
export async function whenReady<T>(run: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Unready)) throw error;
      await error.ready;
    }
  }
}
