/** Interruptions: what is said of them, and what they do before anything was begun. */
import { unlessAborted } from "../abort.ts";
import { Cancelled } from "../failure.ts";

/** What is said when an interruption was heard. */
export const STOPPING =
  "stopping: what is under way is brought to its end, nothing more is begun (Ctrl-C again: end at once)";

/**
 * For reading and asking, before anything is begun: an interruption does not wait for it.
 * @throws Cancelled; what the work throws.
 */
export async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await unlessAborted(stop, work);
  } catch (error) {
    // What an interruption made of the work (a program that was asked hears it as well) is no fault to tell of.
    throw stop.aborted ? new Cancelled() : error;
  }
}
