/** A kept shell on a host: batches go in on its standard input, answers come back as groups. */
import { randomBytes } from "node:crypto";
import { bothEnds } from "../../text/shorten.ts";
import { Interrupted, Unreachable } from "../../core/problem.ts";
import { quote } from "../../core/shell.ts";
import { ConnectionLost } from "../../core/batch.ts";
import type { Batch, BatchResult, Cost, Session, Step, StepResult } from "../../core/batch.ts";
import { STOP_REQUEST, setupScript, batchScript } from "./script.ts";
import { startTimer } from "../transport/deadline.ts";
import { PendingBatch } from "./pending-batch.ts";
import { FrameParser, NoiseError, WireError } from "./frame-parser.ts";
import type { Group, Hello } from "./frame-parser.ts";
import { FunctionLibrary } from "./function-library.ts";
import { joinLines } from "../transport/sanitize.ts";
import { NOISE_LIMIT } from "./shell-failure.ts";
import type { ShellEnd } from "./shell-failure.ts";
import type { Shell } from "./open-shell.ts";
import type { Ended } from "../transport/transport.ts";

export interface ShellSessionOptions {
  /** Seconds from the request for a shell to its first line. */
  readonly shellSeconds: number;
  /** How many of them had passed before there was a channel. */
  readonly spentSeconds?: number;
  /** Seconds that a batch may take from there on, on top of the deadlines of its steps. */
  readonly lookSeconds: number;
  /** The shell of an earlier session whose connection was lost: wait until it has ended before any look. */
  readonly after?: Hello | undefined;
  /** Seconds that this wait may take; by default as long as a task may take. */
  readonly waitSeconds?: number;
  /** When it fires, the host ends the step that it runs and begins no other. */
  readonly stop?: AbortSignal | undefined;
}

const WAIT_SECONDS = 306;
/** This process may have been stopped itself while there was no channel. */
const LEAST_LEFT = 0.5;

/** Milliseconds between two stop requests to a host. */
const STOP_REQUEST_MS = 250;

export class ShellSession implements Session {
  readonly #channel: Shell;
  readonly #options: ShellSessionOptions;
  readonly #nonce = randomBytes(16).toString("hex");
  readonly #frames: FrameParser;
  readonly #library = new FunctionLibrary();
  #stderr = "";
  /** Bytes of error output before the shell's first line. */
  #noisy = 0;
  #sent = 0;
  #received = 0;
  #roundTrips = 0;
  #hello: Hello | undefined;
  #current: PendingBatch | undefined;
  #dead: Error | undefined;
  #onGreeting: () => void = () => undefined;

  constructor(channel: Shell, options: ShellSessionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#frames = new FrameParser(
      this.#nonce,
      (hello) => this.#onHello(hello),
      (group) => this.#take(group),
    );
    channel.onData((chunk) => this.#data(chunk));
    channel.onError((chunk) => this.#error(chunk));
    void channel.ended.then((ended) => this.#fail(this.#endReason(ended), ended));
  }

  /** The shell's process and temporary directory, once its greeting has arrived. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  get cost(): Cost {
    const { sent, received, roundTrips } = { sent: this.#sent, received: this.#received, roundTrips: this.#roundTrips };
    return { connections: 0, execs: 1, roundTrips, sent, received };
  }

  async run(batch: Batch, onStep?: (report: StepResult) => void): Promise<BatchResult> {
    if (this.#dead !== undefined) throw this.#dead;
    if (this.#current !== undefined) throw new Error("a session carries one batch at a time");
    const made = batchScript(batch, this.#library);
    this.#current = new PendingBatch(batch, made, onStep);
    const inTime = this.#deadline(batch);
    let heeded: (() => void) | undefined;
    try {
      this.#send(made.text);
      heeded = batch.steps.length === 0 ? undefined : this.#forwardInterrupt(this.#current);
      return await this.#current.report;
    } finally {
      inTime();
      heeded?.();
      this.#current = undefined;
    }
  }

  /** The host finishes the batch that was sent; no new one begins. */
  close(): Promise<void> {
    this.#channel.end();
    return Promise.resolve();
  }

  /** Gives up the session without waiting for the batch. Only for a host that only looks. */
  abandon(): void {
    this.#die(new Interrupted());
  }

  #send(text: string): void {
    const first = this.#roundTrips === 0 ? setupScript(this.#nonce) + this.#waiting() : "";
    this.#roundTrips += 1;
    this.#sent += Buffer.byteLength(first + text);
    this.#channel.write(first + text);
  }

  /** Passes a stop request on to the host, over the channel of the batch: the host may allow no second one. */
  #forwardInterrupt(exchange: PendingBatch): () => void {
    const { stop } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const say = (): void => {
      this.#sent += STOP_REQUEST.length;
      this.#channel.write(STOP_REQUEST);
    };
    const halt = (): void => {
      exchange.halt();
      say();
      timer = setInterval(say, STOP_REQUEST_MS);
    };
    if (stop?.aborted === true) halt();
    else stop?.addEventListener("abort", halt, { once: true });
    return () => {
      clearInterval(timer);
      stop?.removeEventListener("abort", halt);
    };
  }

  #data(chunk: Uint8Array): void {
    this.#received += chunk.length;
    try {
      this.#frames.push(chunk);
    } catch (error) {
      const end = error instanceof NoiseError ? "flood" : undefined;
      this.#fail(error instanceof Error ? error.message : String(error), end);
      this.#channel.kill();
    }
  }

  #error(chunk: Uint8Array): void {
    this.#stderr = bothEnds(this.#stderr + Buffer.from(chunk).toString("utf8"), 4096);
    if (this.#hello !== undefined || this.#dead !== undefined) return;
    this.#noisy += chunk.length;
    if (this.#noisy <= NOISE_LIMIT) return;
    this.#fail("the login shell prints without end", "flood");
    this.#channel.kill();
  }

  #take(group: Group): void {
    if (this.#current === undefined) throw new WireError("an unexpected answer");
    this.#current.take(group);
  }

  #onHello(hello: Hello): void {
    this.#hello = hello;
    this.#onGreeting();
  }

  /** Up to the shell's first line the login's deadline applies, from there on the batch's. */
  #deadline(batch: Batch): () => void {
    const { shellSeconds, spentSeconds = 0 } = this.#options;
    const left = Math.max(LEAST_LEFT, shellSeconds - spentSeconds);
    const seconds = this.#secondsOf(batch);
    const answering = () => startTimer(seconds, () => this.#late(batch, seconds));
    let inTime = this.#hello === undefined ? startTimer(left, () => this.#silent(shellSeconds)) : answering();
    this.#onGreeting = () => {
      inTime();
      inTime = answering();
    };
    return () => {
      this.#onGreeting = () => undefined;
      inTime();
    };
  }

  #secondsOf({ looks, steps }: Batch): number {
    const wait = this.#hello === undefined ? this.#waitSeconds : 0;
    const looking = looks.reduce((sum, look) => sum + (look.timeoutSeconds ?? 0), this.#options.lookSeconds);
    return wait + looking + steps.reduce((sum, step) => sum + secondsOf(step), 0);
  }

  /** No shell has started. */
  #silent(seconds: number): void {
    this.#die(this.#channel.refusal(undefined, seconds));
  }

  /** Late looks have no result worth a search, and would take as long again. The outcome of late steps is unknown. */
  #late({ steps }: Batch, seconds: number): void {
    if (steps.length > 0) this.#fail(`no answer within ${seconds} s`, undefined);
    else this.#die(new Unreachable("shell", `no answer within ${seconds} s to what was looked at`, { hint: HANGS }));
    this.#channel.kill();
  }

  #die(error: Error): void {
    if (this.#dead !== undefined) return;
    this.#dead = error;
    this.#current?.fail(error);
    this.#channel.kill();
  }

  /**
   * Before the shell's first line no shell started, and the channel knows the reason best. After it the connection was
   * lost. The same holds when the connection was lost with steps on their way: that line may have been lost, too.
   */
  #fail(why: string, end: ShellEnd): void {
    if (this.#dead !== undefined) return;
    const lost = end !== undefined && end !== "flood" && end.is === "lost";
    const mayHaveActed = lost && this.#current?.acts === true;
    if (this.#hello === undefined && !mayHaveActed) this.#die(this.#channel.refusal(end));
    else this.#dead = this.#current?.lose(why) ?? new ConnectionLost(why, []);
  }

  get #waitSeconds(): number {
    const { after, waitSeconds = WAIT_SECONDS } = this.#options;
    return after === undefined ? 0 : waitSeconds;
  }

  /** A step that ran when a connection was lost ends by itself; no look is made before that. */
  #waiting(): string {
    const { after } = this.#options;
    if (after === undefined) return "";
    return `{ dsr_wait=0
while [ -d ${quote(after.dir)} ] && kill -0 ${after.pid} 2>/dev/null; do
  [ $dsr_wait -lt ${this.#waitSeconds * 5} ] || dsr_give_up 'what was under way when the connection went is still under way'
  sleep 0.2; dsr_wait=$((dsr_wait + 1))
done
}
`;
  }

  #endReason(ended: Ended): string {
    const said = this.#stderr.trim() === "" ? "" : `: ${joinLines(this.#stderr)}`;
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

const HANGS = "look for a hanging process in the host's process list (a mount, a user database, a service)";

/**
 * What a step may take: timeout(1) gives a process that it ends a few seconds more, for the act and its stability
 * check.
 */
function secondsOf({ act, stabilityCheck, timeoutSeconds: seconds }: Step): number {
  return act === undefined ? 0 : seconds + (stabilityCheck === undefined ? 6 : 13);
}
