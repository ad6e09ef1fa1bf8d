/** One word and one colour a status, the same in every reporter. */
import type { TaskStatus } from "../event.ts";
import type { Colors } from "./colors.ts";

export const STATUS_WORD: Readonly<Record<TaskStatus, string>> = {
  ok: "ok",
  changed: "changed",
  "will-change": "will change",
  depends: "depends",
  skipped: "skipped",
  failed: "failed",
  ignored: "ignored",
  unknown: "unknown",
};

export function paint(status: TaskStatus, colors: Colors): (text: string) => string {
  switch (status) {
    case "ok":
      return colors.green;
    case "changed":
    case "will-change":
      return colors.yellow;
    case "depends":
      return colors.blue;
    case "skipped":
      return colors.cyan;
    case "failed":
    case "unknown":
      return colors.red;
    case "ignored":
      return colors.magenta;
  }
}

/** `name`, and what it is about where the name does not say it. */
export function titleOf(event: { readonly name: string; readonly kind: string; readonly label: string }): string {
  return event.name === `${event.kind}: ${event.label}` || event.label === ""
    ? event.name
    : `${event.name} (${event.label})`;
}
