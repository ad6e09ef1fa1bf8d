/** The message after an interruption. */
export const STOPPING =
  "stopping: what is under way is brought to its end, nothing more is begun (Ctrl-C again: end at once)";
