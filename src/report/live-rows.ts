/** Writes the rows of a terminal's live area: what runs, on which hosts, and for how long. */
import type { Colors } from "./colors.ts";
import { compactHosts } from "./compact-hosts.ts";
import { widthOf } from "./width.ts";

/** A host in the play that runs. */
export interface HostWork {
  readonly host: string;
  /** Its current task; `undefined`: it waits for its turn. */
  readonly doing: string | undefined;
  /** That task has ended: the host waits for the others, or for the next task. */
  readonly ended: boolean;
  /** When that began (performance.now). */
  readonly since: number;
  /** Finished tasks of the play, of all its tasks. */
  readonly of: { readonly done: number; readonly total: number } | undefined;
}

export interface LiveRowsOptions {
  readonly colors: Colors;
  readonly frame: number;
  readonly now: number;
  /** The most rows. */
  readonly room: number;
  readonly columns: number;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
/** Seconds after which the row shows the time. */
const SLOW = 3;

/** One row per running task, the longest first; then the waiting hosts. Hosts without a row are counted. */
export function liveRows(
  work: readonly HostWork[],
  ended: { readonly done: number; readonly failed: number },
  options: LiveRowsOptions,
): readonly string[] {
  if (work.length === 0) return [];
  const busy = work.filter(({ doing }) => doing !== undefined);
  const groups = byDoing(busy);
  const waiting = work.length - busy.length;
  const fits = groups.length + (waiting + ended.done + ended.failed > 0 ? 1 : 0) <= options.room;
  const shown = groups.slice(0, fits ? groups.length : Math.max(0, options.room - 1));
  const hidden = groups.slice(shown.length).flat().length;
  const counts = counted({ "more running": hidden, waiting, done: ended.done, failed: ended.failed });
  return [...rowsOf(shown, options), ...(counts === "" ? [] : [options.colors.dim(`… ${counts}`)])];
}

function byDoing(busy: readonly HostWork[]): readonly (readonly HostWork[])[] {
  const groups = new Map<string, HostWork[]>();
  for (const one of busy) groups.set(textOf(one), [...(groups.get(textOf(one)) ?? []), one]);
  return [...groups.values()].sort((a, b) => waits(a) - waits(b) || start(a) - start(b));
}

function textOf({ doing = "", ended }: HostWork): string {
  return ended ? `after ${doing}` : doing;
}

function waits([one]: readonly HostWork[]): number {
  return one?.ended === true ? 1 : 0;
}

function start(group: readonly HostWork[]): number {
  return Math.min(...group.map(({ since }) => since));
}

function counted(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([word, count]) => `${count} ${word}`).join(", ");
}

function rowsOf(
  groups: readonly (readonly HostWork[])[],
  { colors, frame, now, columns }: LiveRowsOptions,
): readonly string[] {
  const spinner = colors.cyan(SPINNER[frame % SPINNER.length] ?? " ");
  const names = padded(groups.map((group) => compactHosts(namesOf(group), Math.floor(columns / 2))));
  const counts = padded(groups.map(progress));
  return groups.map((group, index) => {
    const seconds = Math.floor((now - start(group)) / 1000);
    const slow = seconds >= SLOW ? `${colors.yellow(timeText(seconds))} ` : "";
    const text = group.slice(0, 1).map(textOf).join("");
    return [spinner, names[index], counts[index], slow + text].filter((part) => part !== "").join(" ");
  });
}

function padded(texts: readonly string[]): readonly string[] {
  const width = Math.max(0, ...texts.map(widthOf));
  return texts.map((text) => text + " ".repeat(width - widthOf(text)));
}

function namesOf(group: readonly HostWork[]): readonly string[] {
  return group.map(({ host }) => host);
}

function timeText(seconds: number): string {
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `4/13`, or for several hosts `3-5/13`; nothing for waiting hosts. */
function progress(group: readonly HostWork[]): string {
  const done = group.flatMap(({ of }) => of?.done ?? []);
  const total = group.find(({ of }) => of !== undefined)?.of?.total;
  if (total === undefined || waits(group) > 0) return "";
  const [least, most] = [Math.min(...done), Math.max(...done)];
  return `${least === most ? least : `${least}-${most}`}/${total}`;
}
