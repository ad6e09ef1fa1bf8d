/** A host in a drill: looks at it, and acts on it. */
import type { ShellConnection } from "../../core/batch.ts";
import { Unreachable } from "../../core/problem.ts";
import { ConnectionLost } from "../../core/batch.ts";
import type { LookResult, Look, StepResult } from "../../core/batch.ts";
import { emptyScript } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";

export interface DrillHost {
  readonly name: string;
  readonly link: ShellConnection;
}

/**
 * A shell runs one batch at a time. If a batch is no longer awaited, the next one still waits until it ends or its
 * connection is lost.
 */
export function takingTurns(link: ShellConnection): ShellConnection {
  let last: Promise<unknown> = Promise.resolve();
  const turn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  return { run: (batch, onStep) => turn(() => link.run(batch, onStep)), reconnect: () => turn(() => link.reconnect()) };
}

/** Longer than systemd waits for a service to end (90 s). */
const ACT_SECONDS = 100;

/**
 * Looks change nothing: if a connection is lost, the look is repeated once.
 *
 * @throws Unreachable, which names the host
 */
export async function lookAt(host: DrillHost, looks: readonly Look[]): Promise<ReadonlyMap<string, LookResult>> {
  return (await again(host, () => host.link.run({ steps: [], looks }))).looks;
}

/** What a look must show on the host just before an act. */
export interface Guard {
  readonly look: Sh;
  /** The checksum of its expected output. */
  readonly planned: string;
}

export type Acted =
  | { readonly is: "done" }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "stale"; readonly seen: string };

/** @throws ConnectionLost when it is not known whether it ran; Unreachable when it did not */
export async function act(host: DrillHost, what: Sh, guard?: Guard): Promise<Acted> {
  const step = {
    ...({
      id: "act",
      look: guard?.look ?? emptyScript,
      from: "host",
      expectedChecksum: guard?.planned,
      onlyIfNotified: undefined,
    } as const),
    ...{ act: what, mustChangeLook: false, notifies: [], ignoreFailure: false, timeoutSeconds: ACT_SECONDS },
  };
  const { steps } = await host.link.run({ steps: [step], looks: [] });
  return actedOf(steps[0], what);
}

/** For an act that may run twice: it is retried over a new connection if the first was lost. */
export async function actAgain(host: DrillHost, what: Sh): Promise<Acted> {
  try {
    return await act(host, what);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw named(host, error);
    return await again(host, async () => {
      await host.link.reconnect();
      return act(host, what);
    });
  }
}

function actedOf(report: StepResult | undefined, what: Sh): Acted {
  if (report?.is === "stale") return { is: "stale", seen: report.guard.output.out };
  if (report?.is !== "applied") return { is: "failed", why: `\`${what.shown()}\` was not started` };
  if (report.timedOut) return { is: "failed", why: `\`${what.shown()}\` did not end within ${ACT_SECONDS} s` };
  if (report.act.code === 0) return { is: "done" };
  const said = report.act.err.trim() || `it ended with ${report.act.code}`;
  return { is: "failed", why: `\`${what.shown()}\` failed: ${said}` };
}

async function again<T>(host: DrillHost, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw named(host, error);
  }
  try {
    await host.link.reconnect();
    return await work();
  } catch (error) {
    throw named(host, error);
  }
}

function named({ name }: DrillHost, error: unknown): unknown {
  if (error instanceof ConnectionLost) return new Unreachable("connection", `${name}: ${error.message}`);
  if (!(error instanceof Unreachable)) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new Unreachable(error.stage, `${name}: ${error.message}`, hint);
}

/** What went wrong with a host, in one line. @throws any other error */
export function troubleOf(error: unknown): string {
  if (error instanceof Unreachable) return `${error.message} (${error.stage})`;
  if (error instanceof ConnectionLost) return error.message;
  throw error;
}
