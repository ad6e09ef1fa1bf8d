/** `dsrctl drill failover`: which hosts it is about, and how it is shown. */
import { Refused, failover } from "../drills/failover.ts";
import type { DrillEvent, DrillHost, FailoverOptions, FailoverReport } from "../drills/failover.ts";
import type { ProbeReport } from "../drills/outage.ts";
import { EXIT, InputError } from "../failure.ts";
import type { ExitCode, Problem } from "../failure.ts";
import { selectHosts } from "../inventory/select.ts";
import type { Host } from "../inventory/types.ts";
import { colors as makeColors } from "../report/colors.ts";
import type { Colors } from "../report/colors.ts";
import { visible } from "../report/escape.ts";
import type { DrillLine } from "./line.ts";
import { loadInventoryFor } from "./load.ts";
import type { LoadedInventory } from "./load.ts";
import { remotes } from "./remotes.ts";
import type { Remotes } from "./remotes.ts";
import type { Terminal } from "./terminal.ts";

export async function runDrill(line: DrillLine, terminal: Terminal): Promise<ExitCode> {
  const loaded = await loadInventoryFor(line, terminal);
  const [directors, [client]] = [hostsOf(loaded, "directors"), hostsOf(loaded, "clients")];
  if (client === undefined) throw new Error("a group without hosts was selected");
  const options = { tell: () => undefined, signal: terminal.end, cwd: terminal.cwd };
  const reach = await remotes(loaded, [...directors, client], options);
  const view = line.json ? jsonView(terminal) : textView(line, terminal);
  try {
    const report = await failover(drillOptions(line, loaded, reach, directors, client), view.tell, terminal.stop);
    view.report(report);
    return exitCode(report);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    view.refused(error.reasons);
    return EXIT.failed;
  } finally {
    await reach.close();
  }
}

function exitCode(report: FailoverReport): ExitCode {
  if (!report.restored) return EXIT.failed;
  if (report.interrupted) return EXIT.interrupted;
  return report.proved ? EXIT.fine : EXIT.failed;
}

function hostsOf({ inventory, limit }: LoadedInventory, group: string): readonly Host[] {
  const place = { source: { file: "-i", text: inventory.name }, start: 0, end: inventory.name.length };
  const hosts = selectHosts(inventory, group, place);
  return limit === undefined || group === "clients" ? hosts : hosts.filter((host) => limit.includes(host));
}

function drillOptions(
  line: DrillLine,
  loaded: LoadedInventory,
  reach: Remotes,
  directors: readonly Host[],
  client: Host,
): FailoverOptions {
  const [first = client] = directors;
  const vip = variable(loaded, first, "vip");
  const { rate, timeout, settle, hold, patience } = line;
  const drillHost = (host: Host): DrillHost => ({
    name: host.name,
    remote: reach.remote(host),
    become: reach.connection(host).become({ become: undefined, user: undefined }),
  });
  const url = line.url ?? `http://${vip}:${variable(loaded, first, "service_port", "80")}/`;
  return {
    vip,
    url,
    rate,
    timeout,
    settle,
    hold,
    patience,
    directors: directors.map(drillHost),
    client: drillHost(client),
  };
}

/** A variable that tells what the drill is about. */
function variable({ scope, inventory }: LoadedInventory, host: Host, name: string, otherwise?: string): string {
  const variables = scope(host);
  const value = variables.has(name) ? variables.get(name) : otherwise;
  if (typeof value === "string" || typeof value === "number") return String(value);
  const problem: Problem = {
    severity: "error",
    message: `the drill needs the variable \`${name}\``,
    help: `write it into \`group_vars/all.yml\` of the inventory \`${inventory.name}\`, or give \`-e ${name}=…\``,
  };
  throw new InputError([problem]);
}

interface View {
  readonly tell: (event: DrillEvent) => void;
  readonly report: (report: FailoverReport) => void;
  readonly refused: (reasons: readonly string[]) => void;
}

function jsonView({ out }: Terminal): View {
  const write = (value: object): void => out(`${JSON.stringify(value)}\n`);
  return {
    tell: (event) => write({ type: "drill", ...event }),
    refused: (reasons) => write({ type: "drill-refused", reasons }),
    report: ({ probes, ...report }) => {
      const { servedBefore, servedAfter, reasons, ...rest } = probes;
      const counts = { servedBefore, servedAfter, reasons };
      const plain = Object.fromEntries(Object.entries(counts).map(([key, map]) => [key, Object.fromEntries(map)]));
      write({ type: "drill-end", ...report, probes: { ...rest, ...plain } });
    },
  };
}

function textView(line: DrillLine, { out, err, color }: Terminal): View {
  const colors = makeColors(line.color ?? color);
  return {
    tell: ({ at, what, host }) =>
      out(
        `${colors.dim(`${at.toFixed(1).padStart(6)} s`)}  ${host === undefined ? "" : `${host}: `}${visible(what)}\n`,
      ),
    refused: (reasons) => {
      err(`${colors.red("refused")}: the drill was not begun, nothing was touched\n`);
      for (const reason of reasons) err(`  ${visible(reason)}\n`);
    },
    report: (report) =>
      out(
        reportLines(report, line, colors)
          .map((each) => `${each}\n`)
          .join(""),
      ),
  };
}

function reportLines(report: FailoverReport, line: DrillLine, colors: Colors): readonly string[] {
  const { probes, takeover, backup, master } = report;
  const good = (text: string): string => colors.green(text);
  const bad = (text: string): string => colors.red(text);
  return [
    "",
    colors.bold(`FAILOVER ${master} → ${backup}`) + (report.interrupted ? bad(" interrupted") : ""),
    `  takeover   ${takeover === undefined ? bad("none") : `${takeover.toFixed(2)} s until ${backup} held the VIP`}`,
    `  outage     ${outageText(probes)} (give or take ${(1 / line.rate).toFixed(2)} s)`,
    `  requests   ${probes.total} sent, ${probes.lost === 0 ? good("0 lost") : bad(`${probes.lost} lost`)}${countsText(probes.reasons)}`,
    `  served by ${countsText(probes.servedBefore) || " nobody"} before,${countsText(probes.servedAfter) || " nobody"} after`,
    `  ${report.proved ? good(`proved: ${backup} serves`) : bad(`not proved that ${backup} serves`)}`,
    `  ${report.restored ? good("restored: keepalived runs on both, one holds the VIP") : bad("NOT restored: look at the pair now")}`,
  ];
}

function outageText({ longest, outages }: ProbeReport): string {
  if (outages.length === 0) return "none";
  const more = outages.length === 1 ? "" : `, ${outages.length} of them`;
  return `${longest.toFixed(2)} s${more}${outages.some(({ open }) => open) ? ", not over" : ""}`;
}

function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([word, count]) => ` ${visible(word)} × ${count}`).join(",");
}
