/** The bench cannot go on: one sentence, and what to do about it. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
