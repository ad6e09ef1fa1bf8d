/** A kept shell on a host: batches go in on its standard input, answers come back as groups. */
import { randomBytes } from "node:crypto";
import { Lost } from "../session.ts";
import type { Answer, Batch, BatchReport, Cost, Session, StepReport } from "../session.ts";
import { opening, script } from "./batch.ts";
import type { Script } from "./batch.ts";
import { Frames } from "./frames.ts";
import type { Group, Hello } from "./frames.ts";
import type { Shell } from "./shell.ts";
import type { Ended } from "./transport.ts";

export interface ShellSessionOptions {
  /** Seconds a shell may take until its first line. */
  readonly shellSeconds: number;
  /** Seconds a batch may take on top of the deadlines of its steps. */
  readonly lookSeconds: number;
  /** The shell of an earlier session whose connection went: wait until it has ended before anything is looked at. */
  readonly after?: Hello | undefined;
}

export class ShellSession implements Session {
  readonly #channel: Shell;
  readonly #options: ShellSessionOptions;
  readonly #nonce = randomBytes(16).toString("hex");
  readonly #frames: Frames;
  #stderr = "";
  #sent = 0;
  #received = 0;
  #roundTrips = 0;
  #hello: Hello | undefined;
  #current: Exchange | undefined;
  #dead: Error | undefined;

  constructor(channel: Shell, options: ShellSessionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#frames = new Frames(
      this.#nonce,
      (hello) => this.#greeted(hello),
      (group) => this.#current?.take(group),
    );
    channel.onData((chunk) => this.#data(chunk));
    channel.onError((chunk) => (this.#stderr = (this.#stderr + Buffer.from(chunk).toString("utf8")).slice(-4096)));
    void channel.ended.then((ended) => this.#fail(this.#why(ended), ended));
  }

  /** The shell's process and temporary directory, once it has spoken. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  get cost(): Cost {
    const { sent, received, roundTrips } = { sent: this.#sent, received: this.#received, roundTrips: this.#roundTrips };
    return { connections: 0, execs: 1, roundTrips, sent, received };
  }

  async run(batch: Batch, onStep?: (report: StepReport) => void): Promise<BatchReport> {
    if (this.#dead !== undefined) throw this.#dead;
    if (this.#current !== undefined) throw new Error("a session carries one batch at a time");
    const made = script(batch);
    const exchange = new Exchange(batch, made, onStep);
    this.#current = exchange;
    const deadline = this.#deadline(batch);
    try {
      this.#send(made.text);
      return await exchange.report;
    } finally {
      clearTimeout(deadline);
      this.#current = undefined;
    }
  }

  close(): Promise<void> {
    this.#channel.end();
    return Promise.resolve();
  }

  #send(text: string): void {
    const first = this.#roundTrips === 0 ? opening(this.#nonce) + waitFor(this.#options.after) : "";
    this.#roundTrips += 1;
    this.#sent += Buffer.byteLength(first + text);
    this.#channel.write(first + text);
  }

  #data(chunk: Uint8Array): void {
    this.#received += chunk.length;
    try {
      this.#frames.push(chunk);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error), undefined);
      this.#channel.kill();
    }
  }

  #greeted(hello: Hello): void {
    this.#hello = hello;
  }

  #deadline(batch: Batch): NodeJS.Timeout {
    const { shellSeconds, lookSeconds } = this.#options;
    const steps = batch.steps.reduce((sum, step) => sum + (step.act === undefined ? 0 : step.seconds + 6), 0);
    const seconds = (this.#hello === undefined ? shellSeconds : 0) + lookSeconds + steps;
    return setTimeout(() => {
      this.#fail(`no answer within ${seconds} s`, undefined);
      this.#channel.kill();
    }, seconds * 1000);
  }

  /** Before the shell's first line no shell came to be, and the channel knows best why; after it we lost one. */
  #fail(why: string, ended: Ended | undefined): void {
    if (this.#dead !== undefined) return;
    this.#dead = this.#hello === undefined ? this.#channel.refusal(ended) : new Lost(why, this.#current?.reports ?? []);
    this.#current?.fail(this.#dead);
  }

  #why(ended: Ended): string {
    const said = this.#stderr.trim() === "" ? "" : `: ${lastLine(this.#stderr)}`;
    switch (ended.is) {
      case "exit":
        return `the shell on the host ended with code ${ended.code}${said}`;
      case "signal":
        return `the shell on the host was killed by ${ended.signal}${said}`;
      case "lost":
        return `${ended.why}${said}`;
    }
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** A step that was under way when a connection went ends by itself; nothing is looked at before it has. */
function waitFor(hello: Hello | undefined): string {
  if (hello === undefined) return "";
  return `{ dsr_wait=0
while [ -d ${hello.dir} ] && kill -0 ${hello.pid} 2>/dev/null && [ $dsr_wait -lt 1500 ]; do sleep 0.2; dsr_wait=$((dsr_wait + 1)); done
}
`;
}

/** One batch that is out. */
class Exchange {
  readonly #batch: Batch;
  readonly #script: Script;
  readonly #onStep: ((report: StepReport) => void) | undefined;
  readonly reports: StepReport[] = [];
  readonly report: Promise<BatchReport>;
  #resolve: (report: BatchReport) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(batch: Batch, made: Script, onStep: ((report: StepReport) => void) | undefined) {
    this.#batch = batch;
    this.#script = made;
    this.#onStep = onStep;
    this.report = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  take(group: Group): void {
    if (group.tag === "L" || group.tag === "X") this.#finish(group);
    else this.#step(group);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  #finish(group: Group): void {
    const looks = new Map<string, Answer>();
    for (const [id, name] of this.#script.functionOf) {
      const answer = group.parts.get(name);
      if (answer !== undefined) looks.set(id, answer);
    }
    for (const report of this.reports) if (report.is === "surprise") looks.set(report.id, report.guard);
    this.#resolve({ steps: this.reports, looks });
  }

  #step(group: Group): void {
    const step = this.#batch.steps[Number(group.tag.slice(1))];
    if (step === undefined) return this.fail(new Error(`an answer to a step that was not sent: ${group.tag}`));
    const answer = group.parts.get(this.#script.functionOf.get(step.id) ?? "");
    const report = reportOf(step.id, group, answer);
    if (report === undefined) return this.fail(new Error(`an answer that is no answer: ${group.tag}`));
    this.reports.push(report);
    this.#onStep?.(report);
  }
}

/** timeout(1): 124, or 137 when it had to kill; busybox says 143. */
const TIMED_OUT: ReadonlySet<number> = new Set([124, 137, 143]);

function reportOf(id: string, group: Group, answer: Answer | undefined): StepReport | undefined {
  const act = group.parts.get("act")?.output;
  if (group.tag.startsWith("G")) return { id, is: "as-planned" };
  if (group.tag.startsWith("S") && answer !== undefined) return { id, is: "surprise", guard: answer };
  if (!group.tag.startsWith("A") || act === undefined || answer === undefined) return undefined;
  return { id, is: "acted", act, timedOut: TIMED_OUT.has(act.code), after: answer };
}
