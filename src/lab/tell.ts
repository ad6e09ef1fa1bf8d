/** A step of the lab's work. `step` is the same text from `start` to `done`; `seconds` come with `done`. */
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

/** Adds a note to the end of a step that is done. */
type Remark = (note: string) => void;

/**
 * Runs `work` as a step: start, progress, and done with its seconds and notes. A failure ends the step without a
 * `done`.
 */
export async function step<T>(
  tell: Tell,
  name: string,
  work: (progress: Progress, remark: Remark) => Promise<T>,
  host?: string,
): Promise<T> {
  const about = host === undefined ? { step: name } : { step: name, host };
  const began = performance.now();
  tell({ ...about, state: "start" });
  let remark: { readonly note: string } | undefined;
  const result = await work(
    (at) => tell({ ...about, state: "progress", ...at }),
    (note) => (remark = { note }),
  );
  tell({ ...about, ...remark, state: "done", seconds: Math.round(performance.now() - began) / 1000 });
  return result;
}
