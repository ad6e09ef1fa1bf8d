/** `dsrctl drill failover`: chooses its hosts, and shows it. */
import { sleepUnlessAborted, unlessStopped } from "../../system/abort.ts";
import type { DrillDefinition, Expectation } from "../../drills/definitions/definition.ts";
import { DRILLS } from "../../drills/definitions/index.ts";
import { unmet } from "../../drills/expectations.ts";
import type { Clock, FailoverOptions } from "../../drills/drill.ts";
import { Refused, failover } from "../../drills/failover.ts";
import type { FailoverReport } from "../../drills/failover.ts";
import { takingTurns } from "../../drills/hosts/host.ts";
import type { DrillHost } from "../../drills/hosts/host.ts";
import type { Site } from "../../drills/vantage.ts";
import { startProber } from "../../drills/probe.ts";
import type { Event } from "../../core/event.ts";
import { EXIT } from "../../core/problem.ts";
import type { ExitCode } from "../../core/problem.ts";
import { selectHosts } from "../../inventory/select.ts";
import type { Host } from "../../inventory/types.ts";
import { drillView, stoppedText } from "../../report/drill.ts";
import { renderProblems } from "../../report/problem.ts";
import { drillSite } from "./drill-site.ts";
import type { DrillSite } from "./drill-site.ts";
import type { InventoryOptions, OutputOptions, ReachOptions, TemplateOptions } from "../args/types.ts";
import { loadInventoryFor } from "../input/load-play.ts";
import type { LoadedInventory } from "../input/load-play.ts";
import { connectHosts } from "./connect-hosts.ts";
import type { HostConnections } from "./connect-hosts.ts";
import { STOPPING } from "./messages.ts";
import type { Terminal } from "../../core/terminal.ts";

/** Numbers of seconds, but for `rate`: probes a second. */
interface DrillArgs extends InventoryOptions, TemplateOptions, ReachOptions, OutputOptions {
  /** The name of the drill. */
  readonly drill: string;
  readonly verbose: number;
  readonly rate: number;
  readonly timeout: number;
  readonly settle: number;
  readonly hold: number;
  readonly patience: number;
  readonly url: string | undefined;
  /** The name or the address of a VIP. */
  readonly vip: string | undefined;
}

export async function runDrill(line: DrillArgs, terminal: Terminal): Promise<ExitCode> {
  const definition = DRILLS[line.drill];
  if (definition === undefined) throw new Error(`there is no drill ${line.drill}`);
  const stopped = new Map<string, string>();
  interruptible(stopped, terminal);
  const loaded = await unlessStopped(terminal.stop, loadInventoryFor(line, terminal));
  const about = drillSite(loaded, line);
  const directors = directorsOf(loaded, about);
  const [client] = hostsOf(loaded, "clients");
  if (client === undefined) throw new Error("a group without hosts was selected");
  const strike = beforeStrike(terminal);
  const { out, err } = terminal;
  const color = line.color ?? terminal.color;
  const view = drillView({
    out,
    err,
    color,
    json: line.json,
    twin: line.lab ? loaded.inventory.name : undefined,
    columns: () => columnsOf(terminal),
  });
  const tell = (event: Event): void => (event.type === "connection" ? view.connection(event) : undefined);
  const trace = line.verbose >= 3;
  const options = { tell, trace, signal: terminal.end, stop: strike.stop, cwd: terminal.cwd };
  const reach = await unlessStopped(terminal.stop, connectHosts(loaded, [...directors, client], line, options));
  if (reach.warnings.length > 0) err(renderProblems(reach.warnings, { color }));
  try {
    const cast = { site: about.site, definition, directors, client, stopped, onStrike: strike.passed };
    const report = await failover(drillOptions(line, reach, cast), view.tell, terminal.stop);
    view.report(report, report.probes.sources.size / line.rate);
    return exitCode(report, unmet(definition, report));
  } catch (error) {
    if (!(error instanceof Refused)) {
      err(stoppedLines(stopped));
      throw error;
    }
    view.refused(error.reasons, terminal.stop.aborted);
    return terminal.stop.aborted ? EXIT.interrupted : EXIT.failed;
  } finally {
    await reach.close();
  }
}

/** In a pipe nothing is broken. */
function columnsOf({ isTTY, size }: Terminal): number {
  return isTTY ? size().columns : Infinity;
}

/**
 * An interruption ends waits for a host, until a director is struck: from then on the hosts are needed for the restore.
 */
function beforeStrike(terminal: Terminal): { readonly stop: AbortSignal; readonly passed: () => void } {
  const ended = new AbortController();
  const end = (): void => ended.abort(terminal.stop.reason);
  if (terminal.stop.aborted) end();
  else terminal.stop.addEventListener("abort", end, { once: true });
  return { stop: ended.signal, passed: () => terminal.stop.removeEventListener("abort", end) };
}

/** A drill restores keepalived before it exits. After a forced exit (second Ctrl-C) the operator must do it. */
function interruptible(stopped: ReadonlyMap<string, string>, { stop, end, err }: Terminal): void {
  stop.addEventListener("abort", () => err(`${STOPPING}\n`), { once: true });
  end.addEventListener("abort", () => err(endedText(stopped)), { once: true });
}

function endedText(stopped: ReadonlyMap<string, string>): string {
  return `quit immediately${stopped.size === 0 ? "; the drill left nothing stopped" : ""}\n${stoppedLines(stopped)}`;
}

function stoppedLines(stopped: ReadonlyMap<string, string>): string {
  return [...stopped].map(([host, command]) => `${stoppedText({ host, command })}\n`).join("");
}

function exitCode({ interrupted, trouble }: FailoverReport, missed: readonly Expectation[]): ExitCode {
  if (missed.includes("restored")) return EXIT.failed;
  if (interrupted) return EXIT.interrupted;
  return missed.length === 0 && trouble.length === 0 ? EXIT.fine : EXIT.failed;
}

function hostsOf({ inventory, limit }: LoadedInventory, group: string): readonly Host[] {
  const place = { source: { file: "-i", text: inventory.name }, start: 0, end: inventory.name.length };
  const hosts = selectHosts(inventory, group, place);
  return limit === undefined || group === "clients" ? hosts : hosts.filter((host) => limit.includes(host));
}

function directorsOf(loaded: LoadedInventory, { directors }: DrillSite): readonly Host[] {
  const own = directors?.flatMap((name) => loaded.inventory.hosts.get(name) ?? []);
  if (own === undefined) return hostsOf(loaded, "directors");
  return loaded.limit === undefined ? own : own.filter((host) => loaded.limit?.includes(host));
}

interface DrillHosts {
  readonly site: Site;
  readonly definition: DrillDefinition;
  readonly directors: readonly Host[];
  readonly client: Host;
  readonly stopped: Map<string, string>;
  readonly onStrike: () => void;
}

function drillOptions(
  line: DrillArgs,
  reach: HostConnections,
  { site, definition, directors, client, stopped, onStrike }: DrillHosts,
): FailoverOptions {
  const { rate, timeout, settle, hold, patience } = line;
  const drillHost = (host: Host): DrillHost => ({
    name: host.name,
    link: takingTurns(reach.of(host).link({ become: undefined, user: undefined })),
  });
  // Longer than any drill lasts. Normally the loss of its connection ends it; this limit is for a loss that goes
  // unnoticed.
  const limit = 2 * (settle + hold + 10 * patience) + 3600;
  return {
    ...{ definition, site, settle, hold, patience, stopped, onStrike, clock: CLOCK },
    directors: directors.map(drillHost),
    client: drillHost(client),
    ask: async () => {
      const transport = await reach.remote(client).transport();
      return startProber(await transport.exec("exec /bin/sh"), { site, rate, timeout, limit });
    },
  };
}

const CLOCK: Clock = {
  now: () => performance.now() / 1000,
  sleep: sleepUnlessAborted,
};
