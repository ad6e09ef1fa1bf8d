/** Thrown by a rendering that needs a value which takes time: render again when the value is there. */
export class Unready extends Error {
  readonly ready: Promise<unknown>;

  constructor(ready: Promise<unknown>) {
    super("a template needs what is not there yet");
    this.ready = ready;
    // The caller that renders again handles the rejection; if no caller does, it is ignored.
    ready.catch(() => undefined);
  }
}

/** Runs a rendering, as often as it takes. */
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
