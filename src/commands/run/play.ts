/** `dsrctl play`: runs a playbook on the hosts of an inventory. */
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { sleepUnlessAborted, unlessStopped } from "../../system/abort.ts";
import { EXIT } from "../../core/problem.ts";
import type { ExitCode } from "../../core/problem.ts";
import type { Recap, Tell } from "../../core/event.ts";
import { limit } from "../../engine/limit.ts";
import { run } from "../../engine/run.ts";
import type { RunContext } from "../../engine/run-context.ts";
import { withPlan } from "../../engine/run-plan.ts";
import { load } from "../input/load-play.ts";
import type { Loaded, PlayArgs } from "../input/load-play.ts";
import { printListing } from "./list.ts";
import { askSecret } from "../input/prompt.ts";
import { connectHosts } from "./connect-hosts.ts";
import type { HostConnections } from "./connect-hosts.ts";
import { reporterFor } from "./reporter.ts";
import type { Terminal } from "../../core/terminal.ts";

export async function runPlay(line: PlayArgs, terminal: Terminal): Promise<ExitCode> {
  const began = performance.now();
  const loaded = await unlessStopped(terminal.stop, load(line, terminal));
  if (line.list !== undefined) return printListing(line, loaded, terminal);
  const becomePassword = line.askBecomePass ? await askSecret("sudo password: ", terminal) : undefined;
  const reporter = await reporterFor(line, terminal);
  const tell = line.check && line.json ? withPlan(reporter.tell) : reporter.tell;
  const halt = new AbortController();
  const stop = AbortSignal.any([terminal.stop, halt.signal]);
  // All hosts listen to it.
  setMaxListeners(0, stop);
  const world = worldOf(line, loaded, { tell, stop, halt: () => halt.abort() });
  const hosts = new Set(loaded.playbook.plays.flatMap((play) => loaded.hostsOf(play)));
  const { end: signal, cwd } = terminal;
  const options = { tell, signal, stop, cwd, becomePassword, trace: line.verbose >= 3 };
  const reach = await unlessStopped(terminal.stop, connectHosts(loaded, hosts, line, options));
  const end = (recap: readonly Recap[]): void => {
    const seconds = (performance.now() - began) / 1000;
    tell({ type: "run-end", recap, seconds, interrupted: stop.aborted });
  };
  try {
    return exitCode(await playOn(line, loaded, world, reach, end), terminal);
  } finally {
    await reporter.end();
    await reach.close();
  }
}

/** @param end is called with the recap, also after a bug ended the run */
async function playOn(
  line: PlayArgs,
  loaded: Loaded,
  world: RunContext,
  reach: HostConnections,
  end: (recap: readonly Recap[]) => void,
): Promise<readonly Recap[]> {
  const { staged, hosts } = loaded.stage(world, reach.of);
  world.tell({
    ...({ type: "run-start", playbook: loaded.playbook.path, inventory: loaded.inventory.name } as const),
    ...(line.lab ? { twin: true } : {}),
    check: line.check,
    hosts: hosts.map(({ name }) => name),
  });
  [...loaded.warnings, ...reach.warnings].forEach((problem) => world.tell({ type: "warning", problem }));
  const recap = (): readonly Recap[] => hosts.map((host) => host.tally.recap(host.cost));
  try {
    await run(staged, world, limit(line.forks));
  } catch (error) {
    if (world.bug !== undefined) end(recap());
    throw error;
  }
  end(recap());
  return recap();
}

interface Ends {
  readonly tell: Tell;
  readonly stop: AbortSignal;
  readonly halt: () => void;
}

function worldOf(line: PlayArgs, { templates }: Loaded, { tell, stop, halt }: Ends): RunContext {
  return {
    check: line.check,
    templates,
    tell,
    sleep: (seconds) => sleepUnlessAborted(seconds, stop),
    stop: () => stop.aborted,
    halt,
    bug: undefined,
    changes: 0,
    pending: [],
    omit: `omit-${randomBytes(12).toString("hex")}`,
  };
}

/**
 * If there are several reasons: interrupted, then unreachable or unknown, then failed (reliability of the code over its
 * detail).
 */
function exitCode(recap: readonly Recap[], terminal: Terminal): ExitCode {
  if (terminal.stop.aborted) return EXIT.interrupted;
  if (recap.some(({ unreachable, unknown }) => unreachable + unknown > 0)) return EXIT.unreachable;
  return recap.some(({ failed }) => failed > 0) ? EXIT.failed : EXIT.fine;
}
