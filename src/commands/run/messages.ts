/** The message after an interruption. */
export const STOPPING = "stopping: finishing running steps, starting nothing new (press Ctrl-C again to quit now)";
