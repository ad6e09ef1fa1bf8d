/** A host that the engine talks to: one connection, one kept shell for each user that tasks run as. */
import type { Link } from "../engine/settle.ts";
import { Lost } from "../session.ts";
import type { Answer, Batch, BatchReport, Cost, Look, StepReport } from "../session.ts";
import type { Hello } from "./frames.ts";
import { ShellSession } from "./session.ts";
import { openShell } from "./shell.ts";
import { connect } from "./transport.ts";
import type { Become, Target, Transport } from "./transport.ts";

export interface RemoteOptions {
  readonly signal: AbortSignal;
  /** Asks looks that are made from the controller. */
  readonly controller: (looks: readonly Look[]) => Promise<ReadonlyMap<string, Answer>>;
  readonly onConnecting?: () => void;
  readonly onConnected?: (ms: number) => void;
  /** Seconds a batch of looks may take. */
  readonly lookSeconds?: number;
}

const SHELL_SECONDS = 10;
const LOOK_SECONDS = 60;

export class RemoteHost {
  readonly #target: Target;
  readonly #options: RemoteOptions;
  readonly #links = new Map<string, ShellLink>();
  #transport: Promise<Transport> | undefined;
  #connections = 0;

  constructor(target: Target, options: RemoteOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** The shell of a user: the one that logs in, or the one that `become` names. */
  link(become: Become | undefined): Link {
    const key = become?.user ?? "";
    const link = this.#links.get(key) ?? new ShellLink(become, this.#options, this);
    this.#links.set(key, link);
    return link;
  }

  get cost(): Cost {
    const none: Cost = { connections: this.#connections, execs: 0, roundTrips: 0, sent: 0, received: 0 };
    return [...this.#links.values()].map((link) => link.cost).reduce(add, none);
  }

  /** The connection; made when it is first needed. */
  transport(): Promise<Transport> {
    this.#transport ??= this.#connect();
    return this.#transport;
  }

  /** Forgets a connection that is of no use any more. */
  async drop(transport: Transport | undefined): Promise<void> {
    if (transport === undefined || (await this.#transport) !== transport) return;
    this.#transport = undefined;
    await transport.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    const transport = await this.#transport?.catch(() => undefined);
    await transport?.close();
  }

  async #connect(): Promise<Transport> {
    this.#options.onConnecting?.();
    const transport = await connect(this.#target, this.#options.signal);
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

class ShellLink implements Link {
  readonly #become: Become | undefined;
  readonly #options: RemoteOptions;
  readonly #host: RemoteHost;
  #session: ShellSession | undefined;
  #transport: Transport | undefined;
  #ended: Hello | undefined;
  #spent: Cost = { connections: 0, execs: 0, roundTrips: 0, sent: 0, received: 0 };

  constructor(become: Become | undefined, options: RemoteOptions, host: RemoteHost) {
    this.#become = become;
    this.#options = options;
    this.#host = host;
  }

  get cost(): Cost {
    return this.#session === undefined ? this.#spent : add(this.#spent, this.#session.cost);
  }

  async run(batch: Batch, onStep?: (report: StepReport) => void): Promise<BatchReport> {
    const here = batch.looks.filter((look) => look.from === "controller");
    const there = { steps: batch.steps, looks: batch.looks.filter((look) => look.from === "host") };
    const [report, answers] = await Promise.all([
      there.steps.length + there.looks.length === 0 ? NOTHING : this.#send(there, onStep),
      here.length === 0 ? NO_ANSWERS : this.#options.controller(here),
    ]);
    return { steps: report.steps, looks: new Map([...report.looks, ...answers]) };
  }

  async again(): Promise<void> {
    await this.#host.drop(this.#transport);
    await this.#open();
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #send(batch: Batch, onStep?: (report: StepReport) => void): Promise<BatchReport> {
    const session = this.#session ?? (await this.#open());
    try {
      return await session.run(batch, onStep);
    } catch (error) {
      if (error instanceof Lost) this.#bury(session);
      throw error;
    }
  }

  async #open(): Promise<ShellSession> {
    this.#transport = await this.#host.transport();
    const channel = await openShell(this.#transport, this.#become);
    const lookSeconds = this.#options.lookSeconds ?? LOOK_SECONDS;
    this.#session = new ShellSession(channel, { shellSeconds: SHELL_SECONDS, lookSeconds, after: this.#ended });
    return this.#session;
  }

  #bury(session: ShellSession): void {
    this.#ended = session.hello;
    this.#spent = add(this.#spent, session.cost);
    this.#session = undefined;
  }
}

const NOTHING: BatchReport = { steps: [], looks: new Map() };
const NO_ANSWERS: ReadonlyMap<string, Answer> = new Map();
