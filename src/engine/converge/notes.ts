import type { Output } from "../../core/task-type.ts";

/** What an act or a test of a task type's says in passing: lines on standard error that begin so. */
const NOTE = /^note: (.+)$/gm;

export function notesIn({ err }: Output): string | undefined {
  const notes = [...err.matchAll(NOTE)].flatMap(([, note]) => note ?? []);
  return notes.length === 0 ? undefined : notes.join("; ");
}
