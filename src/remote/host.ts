/** A host as the engine uses it: one connection, and one kept shell for each user that tasks run as. */
import type { ShellConnection } from "../core/batch.ts";
import { unlessStopped } from "../system/abort.ts";
import { Interrupted, Unreachable } from "../core/problem.ts";
import { ConnectionLost } from "../core/batch.ts";
import type { LookResult, Batch, BatchResult, Cost, Look, StepResult } from "../core/batch.ts";
import type { ConnectionReport, SettingOrigin } from "../core/connection.ts";
import { deadlinesOf, NEVER } from "./transport/deadline.ts";
import type { Deadlines } from "./transport/deadline.ts";
import type { Hello } from "./shell/frame-parser.ts";
import { FailedLogins } from "./transport/failed-logins.ts";
import { ShellSession } from "./shell/shell-session.ts";
import { openShell } from "./shell/open-shell.ts";
import { connect } from "./connect.ts";
import { HostTrace } from "./host-trace.ts";
import type { Transport } from "./transport/transport.ts";
import type { Become, Target } from "../core/target.ts";

export interface RemoteOptions {
  readonly signal: AbortSignal;
  /**
   * When it fires, the host begins no further step, including steps that were already sent. A host that runs no step is
   * released at once.
   */
  readonly stop?: AbortSignal | undefined;
  /** Answers the looks that are made from the controller. */
  readonly controller: (looks: readonly Look[]) => Promise<ReadonlyMap<string, LookResult>>;
  /** The outcomes of the run's logins; without it, of this host's logins only. */
  readonly logins?: FailedLogins;
  readonly onConnecting?: () => void;
  readonly onConnected?: (ms: number) => void;
  /** Gets how the host was reached, or how far. Left out: nothing is recorded. */
  readonly onTrace?: ((report: ConnectionReport) => void) | undefined;
  /** Where the settings of the connection are written. */
  readonly origins?: () => readonly SettingOrigin[];
  /** Seconds that each stage may take; by default the target's. */
  readonly deadlines?: Deadlines;
}

export class RemoteHost {
  /** Only with `onTrace`. */
  readonly trace: HostTrace | undefined;
  readonly #target: Target;
  readonly #options: RemoteOptions;
  readonly #logins: FailedLogins;
  readonly #links = new Map<string, ShellLink>();
  #transport: Promise<Transport> | undefined;
  #connections = 0;
  #closed = false;

  constructor(target: Target, options: RemoteOptions) {
    this.#target = target;
    this.#options = options;
    this.#logins = options.logins ?? new FailedLogins();
    this.trace = options.onTrace && new HostTrace(options.onTrace);
  }

  /** The shell of a user: the one that logs in, or the one that `become` names. */
  link(become: Become | undefined): ShellConnection {
    const key = become?.user ?? "";
    const link = this.#links.get(key) ?? new ShellLink(become, this.#options, this);
    this.#links.set(key, link);
    return link;
  }

  get cost(): Cost {
    const none: Cost = { connections: this.#connections, execs: 0, roundTrips: 0, sent: 0, received: 0 };
    return [...this.#links.values()].map((link) => link.cost).reduce(add, none);
  }

  get deadlines(): Deadlines {
    return this.#options.deadlines ?? deadlinesOf(this.#target);
  }

  /** The connection; made when it is first needed. @throws Unreachable; the next call tries again */
  async transport(): Promise<Transport> {
    if (this.#closed) throw new Unreachable("connection", "closed");
    const made = (this.#transport ??= this.#connect());
    try {
      return await made;
    } catch (error) {
      if (this.#transport === made) this.#transport = undefined;
      throw error;
    }
  }

  /** Drops a connection that was lost. If several shell connections lost it, only the first call has an effect. */
  async drop(transport: Transport | undefined): Promise<void> {
    const made = this.#transport;
    const current = await made?.catch(() => undefined);
    if (transport === undefined || current !== transport || this.#transport !== made) return;
    this.#transport = undefined;
    await transport.close();
  }

  /** Final: no call connects again. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    const transport = await this.#transport?.catch(() => undefined);
    await transport?.close();
    this.trace?.end();
  }

  async #connect(): Promise<Transport> {
    this.#options.onConnecting?.();
    const { signal, stop = signal } = this.#options;
    this.trace?.begin(this.#target, this.#options.origins?.() ?? []);
    const terms = { deadlines: this.deadlines, logins: this.#logins, trace: this.trace?.trace };
    const transport = await connect(this.#target, stop, terms).catch((error: unknown) => {
      this.trace?.failed(error);
      throw error;
    });
    this.trace?.connected();
    this.#connections += 1;
    this.#options.onConnected?.(transport.connectedIn);
    return transport;
  }
}

function add(a: Cost, b: Cost): Cost {
  return {
    connections: a.connections + b.connections,
    execs: a.execs + b.execs,
    roundTrips: a.roundTrips + b.roundTrips,
    sent: a.sent + b.sent,
    received: a.received + b.received,
  };
}

class ShellLink implements ShellConnection {
  readonly #become: Become | undefined;
  readonly #options: RemoteOptions;
  readonly #host: RemoteHost;
  #session: ShellSession | undefined;
  #transport: Transport | undefined;
  /** The shell that was lost with its connection, and how many seconds it may need to end. */
  #ended: { readonly hello: Hello; readonly seconds: number } | undefined;
  #spent: Cost = { connections: 0, execs: 0, roundTrips: 0, sent: 0, received: 0 };

  constructor(become: Become | undefined, options: RemoteOptions, host: RemoteHost) {
    this.#become = become;
    this.#options = options;
    this.#host = host;
  }

  get cost(): Cost {
    return this.#session === undefined ? this.#spent : add(this.#spent, this.#session.cost);
  }

  /** @throws Interrupted when `stop` fires while nothing was sent, or only looks were; Unreachable, Lost */
  async run(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult> {
    const here = batch.looks.filter((look) => look.from === "controller");
    const there = { ...batch, looks: batch.looks.filter((look) => look.from === "host") };
    const [report, answers] = await Promise.all([
      isEmpty(there) ? NOTHING : this.#send(there, onStep),
      here.length === 0 ? NO_ANSWERS : this.#unlessActing(batch, this.#options.controller(here)),
    ]);
    return { steps: report.steps, looks: new Map([...report.looks, ...answers]) };
  }

  /** A shell that still runs is kept: two requests make one connection. */
  async reconnect(): Promise<void> {
    if (this.#session !== undefined) return;
    await this.#host.drop(this.#transport);
    await this.#unlessStopped(this.#open());
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #send(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult> {
    const session = this.#session ?? (await this.#unlessStopped(this.#open()));
    const trace = session.hello === undefined ? this.#host.trace : undefined;
    const began = performance.now();
    try {
      const result = await this.#unlessActing(batch, session.run(batch, onStep));
      trace?.answered(began);
      return result;
    } catch (error) {
      trace?.failed(error, began);
      if (error instanceof Interrupted) session.abandon();
      if (error instanceof Interrupted || error instanceof ConnectionLost) this.#bury(session, batch);
      throw error;
    }
  }

  /** Looks change nothing, so they can be abandoned. */
  #unlessActing<T>(batch: Batch, work: Promise<T>): Promise<T> {
    return onlyLooks(batch) ? this.#unlessStopped(work) : work;
  }

  #unlessStopped<T>(work: Promise<T>): Promise<T> {
    return unlessStopped(this.#options.stop ?? NEVER, work);
  }

  async #open(): Promise<ShellSession> {
    this.#transport = await this.#host.transport();
    const { channel: first, sudo, look: lookSeconds } = this.#host.deadlines;
    const shellSeconds = first + (this.#become === undefined ? 0 : sudo);
    const began = performance.now();
    const channel = await openShell(this.#transport, this.#become, sudo).catch((error: unknown) => {
      this.#host.trace?.failed(error, began);
      throw error;
    });
    this.#host.trace?.opened(this.#become?.user, began);
    const spentSeconds = (performance.now() - began) / 1000;
    const after = this.#ended === undefined ? {} : { after: this.#ended.hello, waitSeconds: this.#ended.seconds };
    const waits = { shellSeconds, spentSeconds, lookSeconds, ...after };
    this.#session = new ShellSession(channel, { ...waits, stop: this.#options.stop });
    return this.#session;
  }

  /** The shell may still run a step: that step ends, and no other begins. */
  #bury(session: ShellSession, { steps }: Batch): void {
    const { hello } = session;
    const seconds = Math.max(this.#host.deadlines.look, ...steps.map((step) => step.timeoutSeconds + 6));
    if (hello !== undefined) this.#ended = { hello, seconds };
    this.#spent = add(this.#spent, session.cost);
    this.#session = undefined;
  }
}

/** The batch only looks, so it can be abandoned. */
function onlyLooks({ steps, clearNotifications: undue = [], notifications: marks = [] }: Batch): boolean {
  return steps.length + undue.length + marks.length === 0;
}

function isEmpty({ steps, looks, clearNotifications: undue = [], notifications: marks = [] }: Batch): boolean {
  return steps.length + looks.length + undue.length + marks.length === 0;
}

const NOTHING: BatchResult = { steps: [], looks: new Map() };
const NO_ANSWERS: ReadonlyMap<string, LookResult> = new Map();
