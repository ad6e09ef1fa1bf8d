/**
 * A site in one process and in time of its own: what a real host does not do on command (a fault that has no effect, a controller that
 * sleeps between a look and a strike, a connection that goes in the middle). What its hosts print is what real ones do.
 */
import { DRILLS } from "../../src/drills/definitions/index.ts";
import type { Clock, DrillEvent, FailoverOptions } from "../../src/drills/drill.ts";
import { Refused, failover } from "../../src/drills/failover.ts";
import type { FailoverReport } from "../../src/drills/failover.ts";
import { takingTurns } from "../../src/drills/hosts/host.ts";
import type { DrillHost } from "../../src/drills/hosts/host.ts";
import type { Probe } from "../../src/drills/outage.ts";
import type { Prober } from "../../src/drills/probe.ts";
import type { Site } from "../../src/drills/vantage.ts";
import { Unreachable } from "../../src/core/problem.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import type { LookResult, Batch, BatchResult, Look, Step, StepResult } from "../../src/core/batch.ts";

/** Nothing happens by itself: time goes on to the next thing that is waited for once all that can run has run. */
export class FakeClock implements Clock {
  #now = 100;
  #timers: { readonly at: number; readonly fire: () => void }[] = [];
  #turning = false;
  readonly #passes: ((now: number) => void)[] = [];

  now(): number {
    return this.#now;
  }

  onPass(listener: (now: number) => void): void {
    this.#passes.push(listener);
  }

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.#timers.push({ at: this.#now + seconds, fire: done });
      signal?.addEventListener("abort", done);
      this.#turn();
    });
  }

  /** The process has no turn for a while, and neither has anything that it waits for. */
  jump(seconds: number): void {
    this.#pass(this.#now + seconds);
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers.shift();
      if (next === undefined) return;
      this.#pass(Math.max(next.at, this.#now));
      next.fire();
      if (this.#timers.length > 0) this.#turn();
    });
  }

  #pass(to: number): void {
    while (this.#now < to) {
      this.#now = Math.min(to, this.#now + 0.05);
      for (const listener of this.#passes) listener(this.#now);
    }
  }
}

export interface FakeDirector {
  readonly name: string;
  readonly address: string;
  priority: number;
  nopreempt: boolean;
  /** keepalived runs (since a time). */
  running: number | undefined;
  holds: boolean;
  /** State of its VRRP process; `T`: it neither sends nor hears. */
  state: string;
  unread: number;
  /** It wakes up now and then. */
  wakes: boolean;
  /** Clients that are sent here are served. */
  serves: boolean;
  doorShut: boolean;
  /** `systemctl stop` ends with 0 and stops nothing. */
  deaf: boolean;
  /** What each run of a batch does before anything else. */
  before: (batch: Batch) => void;
  weights: Record<string, number>;
  pid: number;
}

const VIP = "10.0.0.5";
const NODES = { "10.0.0.3": "web1", "10.0.0.4": "web2" } as const;
export const SOURCES = ["10.0.0.100", "10.0.0.101"] as const;

const SITE: Site = {
  vip: VIP,
  connectTo: undefined,
  insecure: false,
  url: `http://${VIP}/`,
  sources: SOURCES,
  realServers: Object.entries(NODES).map(([address, name]) => ({ name, address, weight: 1 })),
  statuses: [200],
  body: "web",
};

export class FakeSite {
  readonly clock = new FakeClock();
  readonly stop = new AbortController();
  readonly events: DrillEvent[] = [];
  readonly stopped = new Map<string, string>();
  readonly lb1 = this.#director("lb1", "10.0.0.1", 101, true);
  readonly lb2 = this.#director("lb2", "10.0.0.2", 100, false);
  readonly directors = [this.lb1, this.lb2];
  /** What each node answers at its own address, as curl's verdict; by address. */
  readonly pages: Record<string, string> = {
    "10.0.0.3": "found\n\nanswered 200\n",
    "10.0.0.4": "found\n\nanswered 200\n",
  };
  /** Sources whose packets are lost. */
  readonly lost = new Set<string>();
  /** Which node each source is sent to. */
  readonly sent: Record<string, string> = { "10.0.0.100": "10.0.0.3", "10.0.0.101": "10.0.0.4" };
  /** The prober's connection has gone. */
  clientLost = false;
  site = SITE;
  config = "";
  /** Seconds that a host takes to answer. */
  latency = 0.02;
  readonly #probes: Probe[] = [];
  #lastProbe = 0;
  #takeAt: { readonly name: string; readonly at: number } | undefined;
  /** What a passing moment brings. */
  onPass: (now: number) => void = () => undefined;

  constructor() {
    this.clock.onPass((now) => this.#pass(now));
  }

  /** Runs the drill. */
  async drill(more: Partial<FailoverOptions> = {}): Promise<FailoverReport | Refused> {
    const options: FailoverOptions = {
      ...{
        definition: DRILLS["failover"]!,
        site: this.site,
        clock: this.clock,
        settle: 5,
        hold: 3,
        patience: 20,
        stopped: this.stopped,
        onStrike: () => undefined,
      },
      directors: this.directors.map((each) => this.#host(each)),
      client: { name: "client", link: this.#link((looks) => looks.map((look) => [look.id, this.#ask(look)])) },
      ask: () => Promise.resolve(this.#prober()),
      ...more,
    };
    try {
      return await failover(options, (event) => this.events.push(event), this.stop.signal);
    } catch (error) {
      if (error instanceof Refused) return error;
      throw error;
    }
  }

  get told(): string {
    return this.events.map(({ host, what }) => `${host === undefined ? "" : `${host}: `}${what}`).join("\n");
  }

  #director(name: string, address: string, priority: number, holds: boolean): FakeDirector {
    return {
      ...{ name, address, priority, holds, nopreempt: true, running: 0, state: "S", unread: 0, wakes: true },
      ...{ serves: true, doorShut: false, deaf: false, before: () => undefined, pid: 700 },
      weights: { "10.0.0.3": 1, "10.0.0.4": 1 },
    };
  }

  #alive({ running, state }: FakeDirector): boolean {
    return running !== undefined && state !== "T";
  }

  #pass(now: number): void {
    this.onPass(now);
    this.#vrrp(now);
    if (now - this.#lastProbe < 0.1 || this.clientLost) return;
    this.#lastProbe = now;
    const source = SOURCES[this.#probes.length % SOURCES.length] ?? "";
    this.#probes.push(this.#probe(source, now));
  }

  /** Nobody sends advertisements: another takes over, soon. One that came up may take it from a lower priority. */
  #vrrp(now: number): void {
    const sender = this.directors.find((each) => each.holds && this.#alive(each));
    const others = this.directors.filter((each) => this.#alive(each) && !each.holds && each.running !== undefined);
    const waits = (each: FakeDirector): number => ((each.running ?? 0) > now - 4 ? 3.6 : 0.6);
    const taker = others.find((each) => sender === undefined || (!each.nopreempt && each.priority > sender.priority));
    if (taker === undefined) this.#takeAt = undefined;
    else if (this.#takeAt?.name !== taker.name) this.#takeAt = { name: taker.name, at: now + waits(taker) };
    else if (now >= this.#takeAt.at) {
      taker.holds = true;
      for (const other of this.directors) if (other !== taker && this.#alive(other)) other.holds = false;
    }
  }

  #probe(source: string, sent: number): Probe {
    const holder = this.directors.find(({ holds, serves }) => holds && serves);
    const node = NODES[this.sent[source] as keyof typeof NODES];
    const good = holder !== undefined && !this.lost.has(source);
    return { source, sent, ended: sent + 0.01, good, said: good ? node : "timed out" };
  }

  #prober(): Prober {
    const lost = (): boolean => this.clientLost;
    return {
      probes: this.#probes,
      mark: () => Promise.resolve(this.clientLost ? undefined : this.clock.now()),
      get lost() {
        return lost();
      },
      stop: () => Promise.resolve(),
    };
  }

  #host(director: FakeDirector): DrillHost {
    const link = this.#link(
      (looks) => looks.map((look) => [look.id, this.#look(director, look)]),
      (batch) => director.before(batch),
      (step) => this.#act(director, step),
    );
    return { name: director.name, link };
  }

  #link(
    answers: (looks: readonly Look[]) => readonly (readonly [string, string])[],
    before: (batch: Batch) => void = () => undefined,
    act: (step: Step) => StepResult = () => {
      throw new Error("nothing is done here");
    },
  ): DrillHost["link"] {
    return takingTurns({
      run: async (batch): Promise<BatchResult> => {
        await this.clock.sleep(this.latency);
        before(batch);
        const looks = new Map(answers(batch.looks).map(([id, out]) => [id, answerOf(out)]));
        return { steps: batch.steps.map(act), looks };
      },
      reconnect: () => this.clock.sleep(0.1),
    });
  }

  #ask({ id, look }: Look): string {
    const [kind, name = ""] = id.split(" ");
    if (kind === "page") return this.pages[name] ?? "\ntimed_out\n";
    if (!this.directors.every(({ address }) => look.text().includes(address))) throw new Error(look.shown());
    const doors = this.directors.flatMap((each) =>
      SOURCES.map((source) => `${each.name} ${source} ${this.#door(each)}`),
    );
    return `${doors.join("\n")}\n`;
  }

  /** A filter's refusal looks like one of the host's own at first. */
  #door({ name, doorShut }: FakeDirector): string {
    return doorShut ? `refused\n${SOURCES.map((source) => `${name} ${source} rejected`).join("\n")}` : "refused";
  }

  #look(director: FakeDirector, { look, id }: Look): string {
    if (id === "holder") return director.holds ? "holder\n" : "";
    if (id === "strike") return this.#strikeLook(director, look.text());
    const { pid, state, unread, wakes, running, address, holds, weights } = director;
    const awake = wakes && state !== "T" ? Math.floor(this.clock.now() * 10) : 7;
    const lines = [
      ...["--clock", this.clock.now().toFixed(2), "--unit", running === undefined ? "inactive" : "active"],
      ...["--processes", String(running === undefined ? 0 : pid)],
      ...(running === undefined
        ? []
        : [`${pid} S 100 5 0 0`, `${pid + 1} ${state} 101 ${awake} 1 ${unread}`, `${pid + 2} S 101 20 0 0`]),
      ...["--addresses", "lo 127.0.0.1/8", `eth0 ${address}/24`, ...(holds ? [`eth0 ${VIP}/32`] : [])],
      ...["--table", ...(running === undefined ? [] : [`-A -t ${VIP}:80 -s rr -p 50`, ...realLines(weights)])],
      ...["--sent", ...(holds ? Object.entries(this.sent).map(([source, node]) => `${source} ${node}`) : [])],
      ...["--config", `id ${director.name}`, configOf(director), this.config],
    ];
    return `${lines.join("\n")}\n`;
  }

  #strikeLook({ holds, state, pid, running }: FakeDirector, look: string): string {
    const before = Number(/-le (\d+)/.exec(look)?.[1]);
    const family =
      running === undefined ? [] : [`${pid} alive 100`, `${pid + 1} ${state === "T" ? "stopped" : "alive"} 101`];
    return [...(this.clock.now() > before ? ["late"] : []), ...(holds ? ["holder"] : []), ...family, ""].join("\n");
  }

  #act(director: FakeDirector, step: Step): StepResult {
    const seen = step.expectedChecksum === undefined ? "" : this.#strikeLook(director, step.look.text());
    const guard = answerOf(seen);
    if (step.expectedChecksum !== undefined && guard.checksum !== step.expectedChecksum)
      return { id: step.id, is: "stale", guard };
    if (step.act?.text().includes(" stop keepalived") === true) this.halt(director);
    else this.start(director);
    const act = { code: 0, out: "", err: "", bytes: Buffer.alloc(0) };
    return { id: step.id, is: "applied", act, timedOut: false, after: answerOf("") };
  }

  halt(director: FakeDirector): void {
    if (director.deaf) return;
    director.running = undefined;
    director.holds = false;
  }

  start(director: FakeDirector): void {
    if (director.running !== undefined) return;
    director.running = this.clock.now();
    director.pid += 10;
    director.state = "S";
  }
}

function realLines(weights: Record<string, number>): readonly string[] {
  return Object.entries(weights).map(([address, weight]) => `-a -t ${VIP}:80 -r ${address}:80 -g -w ${weight}`);
}

function configOf({ priority, nopreempt }: FakeDirector): string {
  return `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 55
  priority ${priority}
  ${nopreempt ? "nopreempt" : ""}
  advert_int 1
  virtual_ipaddress { ${VIP}/32 dev eth0 }
}
virtual_server ${VIP} 80 { real_server 10.0.0.3 80 { weight 1 } real_server 10.0.0.4 80 { weight 1 } }`;
}

function answerOf(out: string): LookResult {
  return { output: { code: 0, out, err: "", bytes: Buffer.from(out) }, checksum: `0 ${out}` };
}

export function lostConnection(): never {
  throw new ConnectionLost("the connection was closed", []);
}

export function gone(): never {
  throw new Unreachable("tcp", "no answer from 10.0.0.1:22");
}
