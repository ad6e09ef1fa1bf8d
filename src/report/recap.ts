/** The recap that Ansible users know: hosts with equal counts on one line, the worst first. */
import type { Recap } from "../core/event.ts";
import type { Colors } from "./colors.ts";
import { compactHosts } from "./compact-hosts.ts";
import { widthOf } from "./width.ts";
import { hang, wrap } from "./wrap.ts";

type Count = Exclude<keyof Recap, "host" | "cost">;

interface Column {
  readonly key: Count;
  readonly word: string;
  readonly paint: keyof Colors;
  /** Shown only where it is not zero for every host. */
  readonly rare?: boolean;
}

const COLUMNS: readonly Column[] = [
  { key: "ok", word: "ok", paint: "green" },
  { key: "changed", word: "changed", paint: "yellow" },
  { key: "willChange", word: "will-change", paint: "yellow", rare: true },
  { key: "depends", word: "depends", paint: "blue", rare: true },
  { key: "unreachable", word: "unreachable", paint: "red" },
  { key: "unknown", word: "unknown", paint: "red", rare: true },
  { key: "failed", word: "failed", paint: "red" },
  { key: "skipped", word: "skipped", paint: "cyan" },
  { key: "ignored", word: "ignored", paint: "magenta", rare: true },
  { key: "notRun", word: "not-run", paint: "magenta", rare: true },
];

export interface RecapOptions {
  /** A line for each host, with what it cost. */
  readonly each: boolean;
  /** The width of the terminal; infinite for a pipe. */
  readonly columns: number;
}

/** Hosts with equal counts. */
interface Group {
  readonly one: Recap;
  readonly hosts: readonly string[];
}

/** Fewer columns are no room for names; the counts go under them. */
const LEAST_NAMES = 16;
/** Names in a pipe are whole: those that are longer push their counts to the right. */
const MOST_NAMES = 60;
/** Rows of names; all are named where something went wrong. */
const MOST_ROWS = 3;

export function recapLines(recap: readonly Recap[], colors: Colors, options: RecapOptions): readonly string[] {
  const shown = COLUMNS.filter(({ key, rare }) => rare !== true || recap.some((host) => host[key] > 0));
  const groups = groupsOf(recap, options.each).map(({ one, hosts }) => ({
    ...{ one, hosts, counts: countsText(one, shown, colors, options.each) },
    names: compactHosts(hosts),
  }));
  const room = Math.max(LEAST_NAMES, options.columns - 3 - Math.max(0, ...groups.map(({ counts }) => widthOf(counts))));
  const longest = Math.max(0, ...groups.map(({ names }) => widthOf(names)));
  const width = Math.min(longest, Number.isFinite(room) ? room : MOST_NAMES);
  return groups.flatMap(({ one, hosts, counts }) =>
    rows(namesRows(one, hosts, room), hostColor(one, colors), counts, { width, columns: options.columns }),
  );
}

function groupsOf(recap: readonly Recap[], each: boolean): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const one of recap) {
    const key = each ? one.host : JSON.stringify(COLUMNS.map((column) => one[column.key]));
    groups.set(key, { one, hosts: [...(groups.get(key)?.hosts ?? []), one.host] });
  }
  return [...groups.values()].sort((a, b) => rank(a.one) - rank(b.one));
}

/** The worst is the least. */
function rank(host: Recap): number {
  if (isBad(host)) return 0;
  if (host.notRun > 0) return 1;
  if (host.changed + host.willChange > 0) return 2;
  return host.depends + host.ignored > 0 ? 3 : 4;
}

function isBad({ failed, unreachable, unknown }: Recap): boolean {
  return failed + unreachable + unknown > 0;
}

function countsText(host: Recap, columns: readonly Column[], colors: Colors, each: boolean): string {
  const counts = columns.map(({ key, word, paint }) => {
    const text = `${word}=${String(host[key]).padEnd(3)}`;
    return host[key] > 0 ? colors[paint](text) : colors.dim(text);
  });
  const cost = each && host.cost !== undefined ? `  ${costText(host.cost)}` : "";
  return (counts.join(" ") + cost).trimEnd();
}

function namesRows(host: Recap, hosts: readonly string[], room: number): readonly string[] {
  const all = wrap(compactHosts(hosts), room);
  if (isBad(host) || all.length <= MOST_ROWS) return all;
  return wrap(compactHosts(hosts, room * (MOST_ROWS - 1)), room);
}

function rows(
  [first = "", ...rest]: readonly string[],
  paint: (text: string) => string,
  counts: string,
  { width, columns }: { readonly width: number; readonly columns: number },
): readonly string[] {
  const padded = first + " ".repeat(Math.max(0, width - widthOf(first)));
  const [head = "", ...under] = hang(counts, columns - widthOf(padded) - 3, 0);
  const lead = " ".repeat(width + 3);
  return [`${paint(padded)} : ${head}`, ...under.map((row) => lead + row), ...rest.map((row) => paint(`  ${row}`))];
}

function hostColor(host: Recap, colors: Colors): (text: string) => string {
  if (isBad(host)) return colors.red;
  if (host.changed + host.willChange > 0) return colors.yellow;
  return host.ok + host.skipped + host.depends > 0 ? colors.green : colors.dim;
}

function costText(cost: NonNullable<Recap["cost"]>): string {
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
  return [
    plural(cost.connections, "connection"),
    plural(cost.execs, "exec"),
    plural(cost.roundTrips, "round trip"),
    `${cost.sent} B sent`,
    `${cost.received} B received`,
  ].join(", ");
}
