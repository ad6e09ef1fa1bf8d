/** Markdown tables and bars of text. */

export type Row = readonly string[];

/** A Markdown table, its columns padded as prettier does; all columns but the first are numbers. */
export function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => (row[at] ?? "").length)));
  const line = (row: Row): string => `| ${widths.map((width, at) => pad(row[at] ?? "", width, at)).join(" | ")} |`;
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

function pad(text: string, width: number, at: number): string {
  return at === 0 ? text.padEnd(width) : text.padStart(width);
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly shown: string;
}

/** Bars to scale, from zero on; the longest takes `width` columns. */
export function bars(all: readonly Bar[], width = 60): string {
  const most = Math.max(...all.map((bar) => bar.value));
  const names = Math.max(...all.map((bar) => bar.name.length));
  const line = ({ name, value, shown }: Bar): string =>
    `${name.padEnd(names)}  ${"█".repeat(Math.max(1, Math.round((value / most) * width)))} ${shown}`;
  return ["```text", ...all.map(line), "```"].join("\n");
}

/** Three digits that say something: 0.123, 1.23, 12.3, 123, 1,234. */
export function digits(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}
