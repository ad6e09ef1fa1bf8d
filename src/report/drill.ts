/** Shows a drill to people or programs: line by line while it runs, and its result. */
import type { DrillEvent } from "../drills/drill.ts";
import type { FailoverReport } from "../drills/failover.ts";
import type { ProbeReport } from "../drills/outage.ts";
import type { ConnectionEvent } from "../core/event.ts";
import { redact } from "../core/secret.ts";
import { colors as makeColors } from "./colors.ts";
import type { Colors } from "./colors.ts";
import { connectionLines } from "./connection.ts";
import { visible } from "./escape.ts";
import { Layout } from "./layout.ts";
import { redactEvent } from "./redact-event.ts";
import { jsonLine } from "./json.ts";

/** How a drill is shown. */
export interface DrillView {
  readonly tell: (event: DrillEvent) => void;
  /** How a host was reached. */
  readonly connection: (event: ConnectionEvent) => void;
  /** @param precision seconds between two probes */
  readonly report: (report: FailoverReport, precision: number) => void;
  /** @param interrupted it was not begun because of an interruption, not because of the state of the site */
  readonly refused: (reasons: readonly string[], interrupted: boolean) => void;
}

export interface DrillViewOptions {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly color: boolean;
  readonly json: boolean;
  /** The inventory whose twin the drill works on; none: on its hosts. */
  readonly twin?: string | undefined;
  /** The width of the terminal; infinite, or left out, for a pipe. */
  readonly columns?: () => number;
}

/** It redacts secrets, no matter which host repeats one. */
export function drillView(options: DrillViewOptions): DrillView {
  const view = options.json ? jsonView(options) : textView(options);
  return {
    tell: (event) => view.tell({ ...event, what: redact(event.what) }),
    connection: (event) => view.connection(redactEvent(event)),
    refused: (reasons, interrupted) => view.refused(reasons.map(redact), interrupted),
    report: (report, precision) => view.report(redactReport(report), precision),
  };
}

function redactReport(report: FailoverReport): FailoverReport {
  const { probes, trouble, notAsBefore, notes } = report;
  return {
    ...{ ...report, probes: redactProbes(probes) },
    ...{ trouble: trouble.map(redact), notAsBefore: notAsBefore.map(redact), notes: notes.map(redact) },
  };
}

/** The answer is the client's text. */
function redactProbes(probes: ProbeReport): ProbeReport {
  return {
    ...probes,
    servedBefore: redactCounts(probes.servedBefore),
    servedAfter: redactCounts(probes.servedAfter),
    reasons: redactCounts(probes.reasons),
  };
}

/** Two entries that are equal after redaction are one. */
function redactCounts(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const shown = new Map<string, number>();
  for (const [said, count] of counts) shown.set(redact(said), (shown.get(redact(said)) ?? 0) + count);
  return shown;
}

function jsonView({ out, twin }: DrillViewOptions): DrillView {
  const write = (value: object): void => out(jsonLine(value));
  return {
    tell: (event) => write({ type: "drill", ...event }),
    connection: write,
    refused: (reasons, interrupted) =>
      write({ type: "drill-refused", code: interrupted ? "interrupted" : "unhealthy", reasons }),
    report: ({ probes, ...report }) => {
      const { servedBefore, servedAfter, reasons, sources, ...rest } = probes;
      const counts = { sources, servedBefore, servedAfter, reasons };
      const plain = Object.fromEntries(
        Object.entries(counts).map(([key, map]) => [key, Object.fromEntries<unknown>(map)]),
      );
      write({
        type: "drill-end",
        ...(twin === undefined ? {} : { twin: true }),
        ...report,
        probes: { ...rest, ...plain },
      });
    },
  };
}

function textView({ out, err, color, twin, columns = () => Infinity }: DrillViewOptions): DrillView {
  const colors = makeColors(color);
  const mark = twin === undefined ? "" : `TWIN of ${visible(twin)} `;
  const layout = new Layout(columns);
  return {
    tell: ({ at, what, host }) =>
      out(
        `${colors.bold(mark)}${colors.dim(`${at.toFixed(1).padStart(6)} s`)}  ${host === undefined ? "" : `${host}: `}${visible(what)}\n`,
      ),
    connection: (event) => {
      for (const each of connectionLines(event, layout, colors)) out(`${each}\n`);
    },
    refused: (reasons) => {
      err(`${colors.red("refused")}: the drill did not start, no host was changed\n`);
      for (const reason of reasons) err(`  ${visible(reason)}\n`);
    },
    report: (report, precision) =>
      out(
        reportLines(report, precision, { colors, mark })
          .map((each) => `${each}\n`)
          .join(""),
      ),
  };
}

interface Painting {
  readonly colors: Colors;
  /** Before the title. */
  readonly mark: string;
}

function reportLines(report: FailoverReport, precision: number, { colors, mark }: Painting): readonly string[] {
  const { probes, takeover, backup, master } = report;
  const good = (text: string): string => colors.green(text);
  const bad = (text: string): string => colors.red(text);
  return [
    "",
    colors.bold(`${mark}FAILOVER ${master} → ${backup}`) + (report.interrupted ? bad(" interrupted") : ""),
    `  takeover   ${takeover === undefined ? bad("none") : `${takeover.toFixed(2)} s until ${backup} held the VIP`}`,
    `  outage     ${outageText(probes)} (give or take ${precision.toFixed(2)} s)`,
    ...(probes.sources.size > 1 ? [`  by source  ${sourcesText(probes)}`] : []),
    `  requests   ${probes.total} sent, ${probes.lost === 0 ? good("0 lost") : bad(`${probes.lost} lost`)}${countsText(probes.reasons)}`,
    `  served by ${countsText(probes.servedBefore) || " no host"} before,${countsText(probes.servedAfter) || " no host"} after`,
    ...report.notes.map((note) => `  ${visible(note)}`),
    `  ${report.proved ? good(`proved: ${backup} serves`) : bad(`not proved that ${backup} serves`)}`,
    ...report.trouble.map((each) => `    ${visible(each)}`),
    ...endLines(report, colors),
    ...report.stopped.map((each) => bad(`  ${stoppedText(each)}`)),
  ];
}

function endLines({ restored, holder, because, notAsBefore }: FailoverReport, colors: Colors): readonly string[] {
  if (!restored) return [colors.red("  NOT as before:"), ...notAsBefore.map((each) => `    ${visible(each)}`)];
  const why = because === "" ? "" : ` (${visible(because)})`;
  return [
    colors.green("  restored: every client is served, and the pair can fail over again"),
    `  the VIP is on ${holder ?? "no host"}${why}`,
  ];
}

/** The last lines: what must be done by hand, and where. */
export function stoppedText({ host, command }: FailoverReport["stopped"][number]): string {
  return `keepalived was stopped on ${visible(host)} and is not confirmed to run; start it there as root: ${command}`;
}

function sourcesText({ sources }: ProbeReport): string {
  return [...sources].map(([source, { longest }]) => `${source || "client"} ${longest.toFixed(2)} s`).join(", ");
}

function outageText({ longest, outages }: ProbeReport): string {
  if (outages.length === 0) return "none";
  const more = outages.length === 1 ? "" : `, ${outages.length} of them`;
  return `${longest.toFixed(2)} s${more}${outages.some(({ open }) => open) ? ", not over" : ""}`;
}

function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([word, count]) => ` ${visible(word)} × ${count}`).join(",");
}
