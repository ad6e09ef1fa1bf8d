/** `dsrctl play`: a playbook, an inventory, and what becomes of the hosts. */
import { randomBytes } from "node:crypto";
import { EXIT } from "../failure.ts";
import type { ExitCode } from "../failure.ts";
import type { Recap } from "../event.ts";
import { limit } from "../engine/limit.ts";
import { run } from "../engine/run.ts";
import type { World } from "../engine/world.ts";
import { load } from "./load.ts";
import type { PlayLine } from "./line.ts";
import { listing } from "./listing.ts";
import { remotes } from "./remotes.ts";
import { reporterFor } from "./report.ts";
import type { Terminal } from "./terminal.ts";

export async function runPlay(line: PlayLine, terminal: Terminal): Promise<ExitCode> {
  const began = performance.now();
  const loaded = await load(line, terminal);
  if (line.list !== undefined) return listing(line.list, loaded, terminal);
  const reporter = await reporterFor(line, terminal);
  const { inventory, playbook, templates, warnings } = loaded;
  const world: World = {
    check: line.check,
    templates,
    tell: reporter.tell,
    sleep: (seconds) => sleep(seconds, terminal.stop),
    stop: () => terminal.stop.aborted,
    changes: 0,
    pending: [],
    omit: `omit-${randomBytes(12).toString("hex")}`,
  };
  const reach = remotes(loaded, reporter.tell, terminal.end, line);
  const { staged, hosts } = loaded.stage(world, reach.of);
  reporter.tell({
    ...({ type: "run-start", playbook: playbook.path, inventory: inventory.name, check: line.check } as const),
    hosts: hosts.map(({ name }) => name),
  });
  warnings.forEach((problem) => reporter.tell({ type: "warning", problem }));
  try {
    await run(staged, world, limit(line.forks));
    const recap = hosts.map((host) => host.tally.recap(host.cost));
    const seconds = (performance.now() - began) / 1000;
    reporter.tell({ type: "run-end", recap, seconds, interrupted: terminal.stop.aborted });
    return exitCode(recap, terminal);
  } finally {
    await reporter.end();
    await reach.close();
  }
}

/** Several at once: interrupted, then unreachable or unknown, then failed (reliability of the code over its detail). */
function exitCode(recap: readonly Recap[], terminal: Terminal): ExitCode {
  if (terminal.stop.aborted) return EXIT.interrupted;
  if (recap.some(({ unreachable, unknown }) => unreachable + unknown > 0)) return EXIT.unreachable;
  return recap.some(({ failed }) => failed > 0) ? EXIT.failed : EXIT.fine;
}

function sleep(seconds: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    stop.addEventListener("abort", done, { once: true });
  });
}
