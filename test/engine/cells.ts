/**
 * A small world to settle: cells are files in a directory, a task wants a cell to hold a text (or to be gone). Looks and
 * acts run in a real shell; the connection can be cut on command.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eraseTypes } from "../../src/core/task-instance.ts";
import type { BoundTask } from "../../src/engine/converge/bound-task.ts";
import { dryRun } from "../../src/engine/converge/dry-run.ts";
import { notifiedHandlersLook, handlerRef, parseNotifiedHandlers } from "../../src/engine/converge/handler-key.ts";
import { HandlerState } from "../../src/engine/converge/handler-state.ts";
import { HandlerMarks } from "../../src/engine/converge/handler-marks.ts";
import type { Outcome } from "../../src/engine/converge/outcome.ts";
import { lookOf } from "../../src/engine/converge/plan.ts";
import { converge } from "../../src/engine/converge/converge.ts";
import type { ConvergeEnd } from "../../src/engine/converge/converge.ts";
import type { ShellConnection } from "../../src/core/batch.ts";
import { Interrupted, Unreachable } from "../../src/core/problem.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import { z } from "../../src/core/schema.ts";
import { sh } from "../../src/core/shell.ts";
import { Blocked, taskType } from "../../src/core/task-type.ts";
import { cutAfter, spawned } from "../remote/spawned.ts";
import { PLAIN } from "./plain.ts";

interface CellArgs {
  readonly path: string;
  readonly holds?: string | undefined;
  /** Shell that runs with the act. */
  readonly also?: string | undefined;
  /** Cannot be judged while this file is missing. */
  readonly after?: string | undefined;
  readonly event?: boolean | undefined;
  readonly assertion?: boolean | undefined;
  /** What it holds has to last: shell that says whether it does, with what the act left. */
  readonly lasts?: string | undefined;
}

const args = z.strictObject({
  path: z.string(),
  holds: z.string().optional(),
  also: z.string().optional(),
  after: z.string().optional(),
  event: z.boolean().optional(),
  assertion: z.boolean().optional(),
  lasts: z.string().optional(),
});

const cell = taskType<CellArgs, { readonly text: string; readonly done?: boolean }>({
  kind: "cell",
  summary: "",
  examples: [],
  args,
  label: ({ path }) => path,
  look: ({ path, after }) => sh`[ -z ${after ?? ""} ] || [ -e ${after ?? ""} ] || exit 9
if [ -e ${path} ]; then cat ${path}; else exit 8; fi`,
  read: ({ code, out }) => (code === 9 ? new Blocked("not yet") : code === 8 ? undefined : { text: out }),
  want: ({ holds, event }) => (event ? { done: true, text: "" } : holds === undefined ? undefined : { text: holds }),
  act: ({ after }, { path, also, holds, event }) =>
    event
      ? sh`echo x >>${path}`
      : sh`${after === undefined ? sh`rm -f ${path}` : sh`printf %s ${holds ?? ""} >${path}`}
eval ${also ?? ":"}`,
  alwaysRuns: ({ event }) => event ?? false,
});

const assertion = taskType({
  ...cell,
  kind: "assertion",
  act: undefined as never,
  explainFailure: () => "it is not so",
});

const lasting = taskType<CellArgs, { readonly text: string; readonly done?: boolean }>({
  ...cell,
  kind: "lasting",
  act: (delta, given) => sh`${cell.act?.(delta, given) ?? ""}
echo ${given.path} >&3`,
  stabilityCheck: (_delta, { lasts }) => sh`read -r left <&3
eval ${lasts ?? ":"}`,
});

export class Cells {
  readonly root = mkdtempSync(join(tmpdir(), "dsrctl-cells-"));
  readonly outcomes: Outcome[] = [];
  handlers = new HandlerState();
  roundTrips = 0;
  /** Bytes that hosts may send until the connection goes; from then on as many as they like. */
  bytesUntilCut: number | undefined;
  /** The operator has interrupted the run: the host is let go wherever it is waited for. */
  interrupted = false;
  /** The controller goes with its connection: it does not come again. */
  mortal = false;
  received = 0;
  #session: ShellSession | undefined;
  #channel: ReturnType<typeof spawned> | undefined;

  path(name: string): string {
    return join(this.root, name);
  }

  put(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  async task(name: string, given: Omit<CellArgs, "path">, more: Partial<BoundTask> = {}): Promise<BoundTask> {
    const type = eraseTypes(given.assertion ? assertion : given.lasts === undefined ? cell : lasting);
    const closed = await type.instantiate({ ...given, path: this.path(name) }, NO_CONTROLLER);
    if (!("look" in closed)) throw new Error(JSON.stringify(closed));
    return { ...PLAIN, id: name, ref: name, name, instance: closed, ...more };
  }

  async handler(name: string, lasts?: string): Promise<BoundTask> {
    return this.task(name, { event: true, lasts }, { handler: this.dueOf(name) });
  }

  dueOf(name: string): NonNullable<BoundTask["handler"]> {
    return handlerRef(`${this.root} ${name}`);
  }

  /** Another run: a connection of its own; like ours, it does not begin before the last one's shell has ended. */
  anew(): void {
    this.cut();
    this.#session = this.#open(this.#session?.hello);
    this.handlers = new HandlerState();
  }

  /** The connection goes. */
  cut(): void {
    this.#channel?.cut();
  }

  async settle(tasks: readonly BoundTask[]): Promise<ConvergeEnd> {
    const link: ShellConnection = {
      run: async (batch, onStep) => {
        if (this.interrupted) throw new Interrupted();
        this.#session ??= this.#open(undefined);
        this.roundTrips += 1;
        return this.#session.run(batch, onStep);
      },
      reconnect: () => {
        if (this.interrupted) return Promise.reject(new Interrupted());
        if (this.mortal) return Promise.reject(new Unreachable("connection", "the controller died"));
        this.#session = this.#open(this.#session?.hello);
        return Promise.resolve();
      },
    };
    const tell = (outcome: Outcome): void => void this.outcomes.push(outcome);
    const marks = new HandlerMarks(this.handlers, () => link);
    const sleep = (): Promise<void> => Promise.resolve();
    return converge(tasks, new Map(), {
      link,
      marks,
      tell,
      begin: () => undefined,
      acted: () => undefined,
      sleep,
      stop: () => this.interrupted,
    });
  }

  /** What a dry run says of the tasks, as `statuses`. */
  async dry(tasks: readonly BoundTask[]): Promise<readonly string[]> {
    this.#session ??= this.#open(undefined);
    const { looks } = await this.#session.run({ steps: [], looks: tasks.map(lookOf) });
    const said: string[] = [];
    const tell = ({ task, status }: Outcome): void => void said.push(`${task.name} ${status}`);
    dryRun(tasks, looks, new Map(), { host: "here", pending: [], handlers: this.handlers.copy(), tell });
    return said;
  }

  /** Asks the host which handlers are due, as a run does when it meets it. */
  async learnDue(tasks: readonly BoundTask[]): Promise<void> {
    const handlers = tasks.flatMap(({ handler }) => handler ?? []);
    const report = await this.#session?.run({ steps: [], looks: [notifiedHandlersLook(handlers)] });
    const seen = report?.looks.get("due");
    if (seen !== undefined) this.handlers.learn(parseNotifiedHandlers(seen.output));
  }

  statuses(): readonly string[] {
    return this.outcomes.splice(0).map(({ task, status }) => `${task.name} ${status}`);
  }

  async end(): Promise<void> {
    await this.#session?.close();
    rmSync(this.root, { recursive: true });
  }

  #open(after: ShellSession["hello"]): ShellSession {
    const channel = spawned(["/bin/sh"]);
    const bytes = this.bytesUntilCut;
    const cut = (): void => void (this.bytesUntilCut = undefined);
    this.#channel = bytes === undefined ? channel : cutAfter(channel, bytes, cut);
    this.#channel.onData((chunk) => void (this.received += chunk.length));
    return new ShellSession(this.#channel, { shellSeconds: 10, lookSeconds: 20, after });
  }
}

const NO_CONTROLLER = {
  read: () => Promise.reject(new Error("no files here")),
  render: () => "",
};
