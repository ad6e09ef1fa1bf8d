/** What most tasks of the engine's tests are like, when they say nothing else. */
import type { BoundTask } from "../../src/engine/converge/bound-task.ts";

export const PLAIN: Omit<BoundTask, "id" | "ref" | "name" | "instance"> = {
  notify: [],
  handler: undefined,
  ignoreErrors: false,
  noLog: false,
  retries: 0,
  delay: 0,
  timeout: 20,
  endsBatch: false,
  resultConditions: () => ({ failed: undefined, changed: undefined }),
};
