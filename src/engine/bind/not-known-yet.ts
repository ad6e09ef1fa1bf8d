/** What a task waits for before it can be bound: facts of the host, or the result of an earlier task. */
export type Wait = "facts" | "result";

/** Thrown by binding ahead, when a template file turns out to need what is not known yet. */
export class Waiting extends Error {
  readonly on: Wait;

  constructor(on: Wait) {
    super(`waits for ${on}`);
    this.on = on;
  }
}
