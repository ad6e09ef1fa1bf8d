/** One word and one colour per status, the same in every reporter. */
import type { TaskEvent, TaskStatus } from "../core/event.ts";
import { middleCut } from "../text/shorten.ts";
import type { Colors } from "./colors.ts";
import { brief, visible } from "./escape.ts";

export const STATUS_WORD: Readonly<Record<TaskStatus, string>> = {
  ok: "ok",
  changed: "changed",
  "will-change": "will change",
  depends: "depends",
  skipped: "skipped",
  failed: "failed",
  ignored: "ignored",
  unknown: "unknown",
  "not-run": "not run",
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
      return (text) => colors.bold(colors.red(text));
    case "ignored":
    case "not-run":
      return colors.magenta;
  }
}

/** The longest name and label on a task's line, in characters; a failed task's are shown in full. */
const LONGEST_NAME = 100;
const LONGEST_LABEL = 60;

/** `name`, and the label unless the name contains it, made visible. */
export function titleOf(event: Pick<TaskEvent, "name" | "kind" | "label">, whole: boolean): string {
  const { name, kind, label } = event;
  const shown = (text: string, most: number): string =>
    // Long texts differ at their ends more often than in the middle: "rule … accept in zone internal".
    whole ? visible(text) : middleCut(visible(text), most);
  if (kind === "debug") return shown(name === `debug: ${label}` ? "debug" : name, LONGEST_NAME);
  if (name === `${kind}: ${label}` || label === "") return shown(name, LONGEST_NAME);
  return `${shown(name, LONGEST_NAME)} (${shown(label, LONGEST_LABEL)})`;
}

/** The longest label that represents others, too. */
const LABEL_OF_MANY = 40;

/** The title for hosts with several labels: one of them, and how many `more` there are. */
export function titleOfMany(event: TaskEvent, more: number): string {
  const labels = `${brief(event.label, LABEL_OF_MANY)} and ${more} more`;
  const name = nameOf(event);
  return name === event.kind ? `${name}: ${labels}` : `${brief(name, LONGEST_NAME)} (${labels})`;
}

/** The task without its label: tasks that have no name are called by their type and label. */
export function nameOf({ kind, name, label }: TaskEvent): string {
  return name === `${kind}: ${label}` ? kind : name;
}

/** The same for every host if the name contains the host's own name. */
export function nameOfAny(event: TaskEvent): string {
  return nameOf(event).replaceAll(event.host, "{host}");
}
