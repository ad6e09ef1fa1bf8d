/** `dsrctl drill failover`: which hosts it is about, and how it is shown. */
import { unlessStopped } from "../abort.ts";
import { Refused, failover } from "../drills/failover.ts";
import type { DrillHost, FailoverOptions, FailoverReport } from "../drills/failover.ts";
import { EXIT, InputError } from "../failure.ts";
import type { ExitCode, Problem } from "../failure.ts";
import { selectHosts } from "../inventory/select.ts";
import type { Host } from "../inventory/types.ts";
import { drillView } from "../report/drill.ts";
import { renderProblems } from "../report/problem.ts";
import type { DrillLine } from "./line.ts";
import { loadInventoryFor } from "./load.ts";
import type { LoadedInventory } from "./load.ts";
import { remotes } from "./remotes.ts";
import type { Remotes } from "./remotes.ts";
import type { Terminal } from "./terminal.ts";

export async function runDrill(line: DrillLine, terminal: Terminal): Promise<ExitCode> {
  const loaded = await unlessStopped(terminal.stop, loadInventoryFor(line, terminal));
  const [directors, [client]] = [hostsOf(loaded, "directors"), hostsOf(loaded, "clients")];
  if (client === undefined) throw new Error("a group without hosts was selected");
  const options = { tell: () => undefined, signal: terminal.end, cwd: terminal.cwd };
  const reach = await unlessStopped(terminal.stop, remotes(loaded, [...directors, client], line, options));
  const { out, err } = terminal;
  const color = line.color ?? terminal.color;
  if (reach.warnings.length > 0) err(renderProblems(reach.warnings, { color }));
  const view = drillView({ out, err, color, json: line.json });
  try {
    const report = await failover(drillOptions(line, loaded, reach, directors, client), view.tell, terminal.stop);
    view.report(report, 1 / line.rate);
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
