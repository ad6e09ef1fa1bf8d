/** One reader, fuzzed for some seconds; what it is reading stands in memory that the one who waits can see. */
import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { pointsAt, survives } from "./reader.ts";
import { READERS } from "./readers.ts";

export interface Task {
  readonly name: string;
  readonly seconds: number;
  readonly seed: number;
  /** How many texts were begun. */
  readonly count: Int32Array;
  /** The text that is being read, as UTF-8, after its length. */
  readonly text: Uint8Array;
}

export type Told = { readonly names: readonly string[] } | { readonly fault: string } | { readonly fault?: undefined };

const task = workerData as Task | undefined;
const tell = (told: Told): void => parentPort?.postMessage(told);
if (task === undefined) tell({ names: READERS.map(({ name }) => name) });
else await fuzz(task);

async function fuzz({ name, seconds, seed, count, text }: Task): Promise<void> {
  const reader = READERS.find((each) => each.name === name);
  if (reader === undefined) return tell({ fault: `there is no reader ${name}` });
  const note = (written: string): void => {
    const { written: length } = new TextEncoder().encodeInto(written, text.subarray(4));
    new DataView(text.buffer).setUint32(0, length);
    Atomics.add(count, 0, 1);
  };
  const limit = { seed, numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 500, markInterruptAsFailure: false };
  const { texts, planted } = reader;
  const anything = fc.asyncProperty(texts, (each) => (note(each), survives(reader, each)));
  const faults = planted && fc.asyncProperty(planted, (each) => (note(each.text), pointsAt(reader, each)));
  try {
    await fc.assert(anything, planted === undefined ? { ...limit, interruptAfterTimeLimit: seconds * 1000 } : limit);
    if (faults !== undefined) await fc.assert(faults, limit);
    tell({});
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `\n${error.cause.stack ?? ""}` : "";
    tell({ fault: `${error instanceof Error ? error.message : String(error)}${cause}` });
  }
}
