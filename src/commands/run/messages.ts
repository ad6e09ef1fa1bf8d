/** What is said when an interruption was heard. */
export const STOPPING = "stopping: finishing running steps, starting nothing new (press Ctrl-C again to quit now)";
