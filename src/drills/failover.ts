/**
 * The failover drill: stop keepalived on the director that holds the VIP, watch a client that asks all the time,
 * prove that the other one serves, start keepalived again. A drill is a conversation, not a plan: it strikes, watches,
 * times and restores. Whatever happens after the strike, keepalived is started again before it returns.
 */
import type { RemoteHost } from "../remote/link.ts";
import type { Become } from "../target.ts";
import { Lost } from "../session.ts";
import type { Answer, StepReport } from "../session.ts";
import { nothing, sh } from "../sh.ts";
import type { Sh } from "../sh.ts";
import { reportProbes } from "./outage.ts";
import type { ProbeReport } from "./outage.ts";
import { ailments, directorLook, readDirector } from "./pair.ts";
import type { Director } from "./pair.ts";
import { startProber } from "./probe.ts";
import type { Prober } from "./probe.ts";

export interface DrillHost {
  readonly name: string;
  readonly remote: RemoteHost;
  readonly become: Become | undefined;
}

export interface FailoverOptions {
  readonly directors: readonly DrillHost[];
  readonly client: DrillHost;
  readonly vip: string;
  readonly url: string;
  /** Probes a second. */
  readonly rate: number;
  /** Seconds until a probe counts as lost. */
  readonly timeout: number;
  /** Seconds of asking before the strike: the sync daemon takes some 5 to 10 s to carry what it has seen. */
  readonly settle: number;
  /** Seconds of asking after the backup has taken over. */
  readonly hold: number;
  /** Seconds that the backup has to take over, and the pair to be whole again. */
  readonly patience: number;
}

export interface DrillEvent {
  /** Seconds since the drill began. */
  readonly at: number;
  readonly what: string;
  readonly host?: string;
}

export interface FailoverReport {
  readonly master: string;
  readonly backup: string;
  /** Seconds from the strike until the backup held the VIP; `undefined`: it never did. */
  readonly takeover: number | undefined;
  readonly probes: ProbeReport;
  /** The backup held the VIP and probes that began after that were answered. */
  readonly proved: boolean;
  /** The pair is whole again: keepalived runs on both, one owner. */
  readonly restored: boolean;
  readonly interrupted: boolean;
}

/** The drill was not begun: what speaks against it. Nothing was touched. */
export class Refused extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("; "));
    this.name = "Refused";
    this.reasons = reasons;
  }
}

/** @throws Refused when the pair is not healthy or the client is not served; Unreachable, Lost. */
export function failover(
  options: FailoverOptions,
  tell: (event: DrillEvent) => void,
  signal: AbortSignal,
): Promise<FailoverReport> {
  return new Failover(options, tell, signal).run();
}

interface Roles {
  readonly master: DrillHost;
  readonly backup: DrillHost;
}

class Failover {
  readonly #options: FailoverOptions;
  readonly #tell: (event: DrillEvent) => void;
  readonly #signal: AbortSignal;
  readonly #began = performance.now();

  constructor(options: FailoverOptions, tell: (event: DrillEvent) => void, signal: AbortSignal) {
    this.#options = options;
    this.#tell = tell;
    this.#signal = signal;
  }

  async run(): Promise<FailoverReport> {
    const roles = await this.#roles();
    this.#say("the pair is healthy; it holds the VIP", roles.master.name);
    const { url, rate, timeout, settle, patience, hold } = this.#options;
    const transport = await this.#options.client.remote.transport();
    const prober = await startProber(transport, { url, rate, timeout, limit: settle + hold + 3 * patience });
    this.#say(`asking ${url} ${rate} times a second`, this.#options.client.name);
    try {
      await this.#pause(settle);
      this.#served(prober);
      return await this.#strike(roles, prober);
    } finally {
      await prober.stop();
    }
  }

  async #roles(): Promise<Roles> {
    const pair = await this.#look();
    const reasons = ailments(pair, this.#options.vip);
    const find = (holds: boolean): DrillHost | undefined =>
      this.#options.directors.find(({ name }) => pair.some((each) => each.name === name && each.holdsVip === holds));
    const [master, backup] = [find(true), find(false)];
    if (reasons.length > 0 || master === undefined || backup === undefined) throw new Refused(reasons);
    return { master, backup };
  }

  /** A drill on a site that does not serve would measure nothing. */
  #served(prober: Prober): void {
    if (this.#signal.aborted) return;
    const { total, lost, reasons } = reportProbes(prober.probes, Infinity);
    if (total > 0 && lost === 0) return;
    const why = [...reasons].map(([reason, count]) => `${reason} × ${count}`).join(", ");
    throw new Refused([
      total === 0 ? "no probe was answered" : `${lost} of ${total} probes failed before the strike: ${why}`,
    ]);
  }

  async #strike(roles: Roles, prober: Prober): Promise<FailoverReport> {
    let struck: number | undefined;
    let takeover: number | undefined;
    let moved = Infinity;
    try {
      if (!this.#signal.aborted) {
        struck = performance.now();
        await this.#act(roles.master, sh`systemctl stop keepalived`);
        this.#say("keepalived stopped", roles.master.name);
        takeover = await this.#takeover(roles.backup, struck);
        moved = Date.now() / 1000 + prober.offset();
        await this.#pause(this.#options.hold);
      }
    } finally {
      if (struck !== undefined) await this.#restore(roles.master);
    }
    const restored = await this.#whole();
    if (!this.#signal.aborted) await this.#pause(1);
    await prober.stop();
    const probes = reportProbes(prober.probes, moved);
    const proved = takeover !== undefined && probes.servedAfter.size > 0;
    const names = { master: roles.master.name, backup: roles.backup.name };
    return { ...names, takeover, probes, proved, restored, interrupted: this.#signal.aborted };
  }

  /** Seconds until the backup holds the VIP. */
  async #takeover(backup: DrillHost, struck: number): Promise<number | undefined> {
    const deadline = struck + this.#options.patience * 1000;
    while (performance.now() < deadline && !this.#signal.aborted) {
      const { holdsVip } = readDirector(backup.name, await this.#lookAt(backup));
      const seconds = (performance.now() - struck) / 1000;
      if (holdsVip) this.#say(`took the VIP after ${seconds.toFixed(2)} s`, backup.name);
      if (holdsVip) return seconds;
    }
    this.#say("has not taken the VIP", backup.name);
    return undefined;
  }

  /** Not to be interrupted: it is what an interruption waits for. A connection that went is made anew for it. */
  async #restore(master: DrillHost): Promise<void> {
    const start = sh`systemctl start keepalived`;
    try {
      await this.#act(master, start);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      await master.remote.link(master.become).again();
      await this.#act(master, start);
    }
    this.#say("keepalived started again", master.name);
  }

  async #whole(): Promise<boolean> {
    const deadline = performance.now() + this.#options.patience * 1000;
    let reasons: readonly string[] = [];
    do {
      reasons = ailments(await this.#look(), this.#options.vip);
      if (reasons.length === 0) this.#say("the pair is whole again");
      if (reasons.length === 0) return true;
      await new Promise((resolve) => setTimeout(resolve, 300));
    } while (performance.now() < deadline);
    reasons.forEach((reason) => this.#say(`not whole: ${reason}`));
    return false;
  }

  async #look(): Promise<readonly Director[]> {
    const { directors } = this.#options;
    return Promise.all(directors.map(async (host) => readDirector(host.name, await this.#lookAt(host))));
  }

  async #lookAt(host: DrillHost): Promise<Answer> {
    const look = { id: "director", look: directorLook(this.#options.vip), from: "host" } as const;
    const report = await host.remote.link(host.become).run({ steps: [], looks: [look] });
    const answer = report.looks.get("director");
    if (answer === undefined) throw new Error(`${host.name} did not answer`);
    return answer;
  }

  async #act(host: DrillHost, act: Sh): Promise<void> {
    const step = {
      ...({ id: "act", look: nothing, from: "host", planned: undefined, whenDue: undefined, act } as const),
      ...{ effect: false, due: [], tolerate: false, seconds: 60 },
    };
    const report = await host.remote.link(host.become).run({ steps: [step], looks: [] });
    const failed = report.steps.find(isFailed);
    if (failed?.is === "acted") throw new Error(`${host.name}: ${act.shown()} failed: ${failed.act.err.trim()}`);
  }

  async #pause(seconds: number): Promise<void> {
    if (this.#signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.#signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  #say(what: string, host?: string): void {
    const at = (performance.now() - this.#began) / 1000;
    this.#tell(host === undefined ? { at, what } : { at, what, host });
  }
}

function isFailed(report: StepReport): boolean {
  return report.is === "acted" && report.act.code !== 0;
}
