/** The recap that Ansible users know, a line a host, in the order of the inventory. */
import type { Recap } from "../core/event.ts";
import type { Colors } from "./colors.ts";

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

export function recapLines(recap: readonly Recap[], colors: Colors, verbose: boolean): readonly string[] {
  const columns = COLUMNS.filter(({ key, rare }) => rare !== true || recap.some((host) => host[key] > 0));
  const width = Math.max(...recap.map(({ host }) => host.length));
  return recap.map((host) => {
    const counts = columns.map(({ key, word, paint }) => {
      const text = `${word}=${String(host[key]).padEnd(3)}`;
      return host[key] > 0 ? colors[paint](text) : colors.dim(text);
    });
    const cost = verbose && host.cost !== undefined ? `  ${costText(host.cost)}` : "";
    return `${hostColor(host, colors)(host.host.padEnd(width))} : ${counts.join(" ")}${cost}`.trimEnd();
  });
}

function hostColor(host: Recap, colors: Colors): (text: string) => string {
  if (host.failed + host.unreachable + host.unknown > 0) return colors.red;
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
