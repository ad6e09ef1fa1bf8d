/** What a task needs before it can be bound: facts of the host, or the result of an earlier task. */
export type Unknown = "facts" | "result";

/** Thrown by binding ahead, when a template file turns out to need what is not known yet. */
export class NotKnownYet extends Error {
  readonly on: Unknown;

  constructor(on: Unknown) {
    super(`waits for ${on}`);
    this.on = on;
  }
}
