/** A step of the lab's work as it goes on. `step` is the same text from `start` to `done`; `seconds` come with `done`. */
export interface LabEvent {
  readonly step: string;
  readonly state: "start" | "progress" | "done" | "skipped";
  readonly done?: number;
  readonly total?: number;
  readonly seconds?: number;
  readonly note?: string;
  readonly host?: string;
}

export type Tell = (event: LabEvent) => void;

/** Reports how far a step is. */
export type Progress = (at: { readonly done?: number; readonly total?: number; readonly note?: string }) => void;

/** Runs `work` as a step: start, progress, and done with the seconds that it took. A failure ends the step without a `done`. */
export async function step<T>(
  tell: Tell,
  name: string,
  work: (progress: Progress) => Promise<T>,
  host?: string,
): Promise<T> {
  const about = host === undefined ? { step: name } : { step: name, host };
  const began = performance.now();
  tell({ ...about, state: "start" });
  const result = await work((at) => tell({ ...about, state: "progress", ...at }));
  tell({ ...about, state: "done", seconds: Math.round(performance.now() - began) / 1000 });
  return result;
}
