/**
 * Runs the failover drill. It stops keepalived on the director that holds the VIP. It watches a client that sends
 * requests all the time, and proves that the other director serves. Then it starts keepalived again, and proves that
 * the service is as before. A drill is not a plan: each part depends on what the one before saw. After the strike it
 * always reports what it saw and what is not as before.
 */
import { unlessStopped } from "../system/abort.ts";
import { Interrupted, Unreachable } from "../core/problem.ts";
import { ConnectionLost } from "../core/batch.ts";
import type { Drill, DrillEvent, FailoverOptions, Struck } from "./drill.ts";
import { examine } from "./examine.ts";
import type { Examined } from "./examine.ts";
import { FAULTS } from "./faults/index.ts";
import { act, troubleOf } from "./hosts/host.ts";
import type { Acted, DrillHost } from "./hosts/host.ts";
import { reportProbes, unserved } from "./outage.ts";
import type { ProbeReport } from "./outage.ts";
import { sightOf } from "./pair.ts";
import type { Prober } from "./probe.ts";
import { restore } from "./restore.ts";
import type { Restored } from "./restore.ts";
import { watch } from "./watch.ts";
import type { Watched } from "./watch.ts";

export interface FailoverReport {
  readonly master: string;
  readonly backup: string;
  /** Seconds from the strike until another director was seen to hold the VIP; `undefined`: none ever was. */
  readonly takeover: number | undefined;
  readonly probes: ProbeReport;
  /**
   * The VIP moved to the other director, and that director served every source in time and for the duration of the
   * drill.
   */
  readonly proved: boolean;
  /** Every source is served, the pair can fail over again, each VIP is where the VRRP settings put it. */
  readonly restored: boolean;
  readonly interrupted: boolean;
  /** Who holds the VIP in the end, and the reason. */
  readonly holder: string | undefined;
  readonly because: string;
  /** What went wrong on the way. */
  readonly trouble: readonly string[];
  /** What is not as it was before. */
  readonly notAsBefore: readonly string[];
  /** What nothing proved. */
  readonly notes: readonly string[];
  /** What is still stopped, and the command that starts it, for root to run there. */
  readonly stopped: readonly { readonly host: string; readonly command: string }[];
}

/** The drill was refused, and why. Nothing was changed. */
export class Refused extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("; "));
    this.name = "Refused";
    this.reasons = reasons;
  }
}

/** @throws Refused when the site is not healthy; Unreachable when a host is lost before the strike */
export function failover(
  options: FailoverOptions,
  tell: (event: DrillEvent) => void,
  signal: AbortSignal,
): Promise<FailoverReport> {
  const began = options.clock.now();
  const say = (what: string, host?: string): void => {
    const at = options.clock.now() - began;
    tell(host === undefined ? { at, what } : { at, what, host });
  };
  return new Failover({ ...options, fault: FAULTS[options.definition.fault], say, signal }).run();
}

const INTERRUPTED = "interrupted before the strike";

/** How often the site is examined again because the last examination was too old at the strike. */
const TRIES = 3;

class Failover {
  readonly #drill: Drill;

  constructor(drill: Drill) {
    this.#drill = drill;
  }

  async run(): Promise<FailoverReport> {
    const { say, ask, site, client } = this.#drill;
    const first = await this.#healthy();
    say("the pair is healthy; this director holds the VIP", first.master?.name);
    const prober = await ask();
    try {
      const sources = site.sources.filter((source) => source !== "");
      say(`asks ${site.url}${sources.length === 0 ? "" : ` from ${sources.join(", ")}`}`, client.name);
      const struck = await this.#strike(first, prober);
      return await this.#follow(struck);
    } finally {
      await prober.stop();
    }
  }

  /** @throws Refused */
  async #healthy(earlier?: Examined): Promise<Examined> {
    const seen = await unlessStopped(this.#drill.signal, examine(this.#drill, earlier)).catch((error: unknown) => {
      throw error instanceof Interrupted ? new Refused([INTERRUPTED]) : error;
    });
    if (seen.reasons.length > 0 || seen.master === undefined || seen.backup === undefined)
      throw new Refused(seen.reasons);
    return seen;
  }

  async #strike(first: Examined, prober: Prober): Promise<Struck> {
    const { clock, definition, settle, signal, say } = this.#drill;
    await clock.sleep(Math.max(settle, sightOf(first.directors)), signal);
    for (let tries = 1; ; tries++) {
      this.#goesOn(prober);
      const before = await this.#healthy(first);
      this.#goesOn(prober);
      const [master, backup] = [this.#host(before[definition.target]?.name), this.#host(before.backup?.name)];
      if (master.name !== first[definition.target]?.name)
        throw new Refused([
          `${this.#drill.site.vip} moved during the examination, from ${first[definition.target]?.name ?? ""} to ${master.name}`,
        ]);
      const since = await prober.mark();
      if (since === undefined) throw new Refused(["connection to the client lost before the strike"]);
      const trouble: string[] = [];
      const again = await this.#hit({ before, master, trouble });
      if (again === undefined) return { before, master, backup, at: clock.now(), since, prober, trouble };
      if (tries === TRIES) throw new Refused([`${master.name}: ${again}`]);
      say(`strike cancelled: ${again}; examining the pair again`, master.name);
    }
  }

  /**
   * The host looks again before the strike. Returns why not to strike, if another examination may help.
   *
   * @throws Refused, Unreachable
   */
  async #hit({ before, master, trouble }: Pick<Struck, "before" | "master" | "trouble">): Promise<string | undefined> {
    const { site, fault, stopped, onStrike, say } = this.#drill;
    const seen = before.directors.find(({ name }) => name === master.name);
    if (seen === undefined) throw new Error("a director that was seen is not there");
    const guard = fault.guard(seen, site.vip, before.guards.get(master.name) ?? "");
    if (!fault.healsItself) stopped.set(master.name, fault.undo.shown());
    onStrike();
    const acted = await act(master, fault.inject, guard).catch((error: unknown): Acted => {
      if (!(error instanceof ConnectionLost)) stopped.delete(master.name);
      if (!(error instanceof ConnectionLost)) throw error;
      return { is: "failed", why: `connection lost while keepalived was being stopped: ${error.message}` };
    });
    if (acted.is === "done") say(fault.words.injected, master.name);
    if (acted.is === "failed") trouble.push(`${master.name}: ${acted.why}`);
    if (acted.is !== "stale") return undefined;
    stopped.delete(master.name);
    const { late, why } = fault.refused(acted.seen, site.vip);
    if (!late) throw new Refused([`the strike on ${master.name} failed: ${why}`]);
    return why;
  }

  /**
   * A drill on a site that does not serve would measure nothing. A drill that is interrupted before the strike has not
   * begun.
   */
  #goesOn({ probes, lost }: Prober): void {
    const { signal, site } = this.#drill;
    if (signal.aborted) throw new Refused([INTERRUPTED]);
    if (lost) throw new Refused(["connection to the client lost before the strike"]);
    const report = reportProbes(probes, Infinity);
    const failed = [...report.reasons].map(([reason, count]) => `${reason} × ${count}`).join(", ");
    const by = [...report.sources].filter(([source, own]) => own.lost > 0 && source !== "").map(([source]) => source);
    const from = by.length === 0 ? "" : ` (from ${by.join(", ")})`;
    const reasons =
      report.lost > 0
        ? [`${report.lost} of ${report.total} probes failed before the strike: ${failed}${from}`]
        : unserved(probes, site.sources, -Infinity);
    if (reasons.length > 0) throw new Refused(reasons);
  }

  async #follow(struck: Struck): Promise<FailoverReport> {
    const { prober, trouble, before, master, backup } = struck;
    const { watched, bug } = await this.#watch(struck);
    const restored = await restore(this.#drill, struck, watched);
    await prober.stop();
    if (bug !== undefined) throw bug;
    const { signal, stopped } = this.#drill;
    return {
      ...{ master: master.name, backup: (watched.taker ?? backup).name, takeover: watched.takeover },
      probes: reportProbes(prober.probes, watched.moved ?? Infinity),
      proved: watched.inTime,
      ...{ restored: isWhole(restored), interrupted: signal.aborted },
      ...{ trouble, ...restored, notes: before.notes },
      stopped: [...stopped].map(([host, command]) => ({ host, command })),
    };
  }

  /** Never throws: no matter what fails after the strike, the stopped directors are restored first. */
  async #watch(struck: Struck): Promise<{ readonly watched: Watched; readonly bug: Error | undefined }> {
    try {
      return { watched: await watch(this.#drill, struck), bug: undefined };
    } catch (error) {
      const watched = { takeover: undefined, taker: undefined, moved: undefined, served: false, inTime: false };
      const isTrouble = error instanceof Unreachable || error instanceof ConnectionLost;
      if (isTrouble) struck.trouble.push(troubleOf(error));
      return { watched, bug: isTrouble ? undefined : asError(error) };
    }
  }

  #host(name: string | undefined): DrillHost {
    const host = this.#drill.directors.find((each) => each.name === name);
    if (host === undefined) throw new Error(`no director is called ${name ?? ""}`);
    return host;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function isWhole({ notAsBefore }: Restored): boolean {
  return notAsBefore.length === 0;
}
