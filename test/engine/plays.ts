/**
 * Whole plays on hosts that are this machine: every host is a name with shells of its own, one for each user that
 * tasks run as. What `root` holds is the world of a test.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { limit } from "../../src/engine/limit.ts";
import { run } from "../../src/engine/run.ts";
import type { ShellConnection } from "../../src/core/batch.ts";
import { prepareRun } from "../../src/engine/prepare.ts";
import type { Layer } from "../../src/engine/variables/variables.ts";
import type { RunContext } from "../../src/engine/run-context.ts";
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";
import { Unreachable } from "../../src/core/problem.ts";
import type { Host, Inventory, Variable } from "../../src/inventory/types.ts";
import type { Place } from "../../src/core/source.ts";
import { loadPlaybook } from "../../src/playbook/load.ts";
import { templates as makeTemplates } from "../../src/jinja/templates.ts";
import type { BecomeWords } from "../../src/core/target.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import type { LookResult, Batch, Look } from "../../src/core/batch.ts";
import { taskTypes } from "../../src/tasks/index.ts";
import type { Node } from "../../src/yaml/index.ts";
import { spawned } from "../remote/spawned.ts";

export interface Ran {
  readonly events: readonly Event[];
  readonly tasks: readonly TaskEvent[];
  readonly recap: ReadonlyMap<string, Recap>;
  /** Batches that were sent, in order. */
  readonly batches: readonly { readonly host: string; readonly user: string; readonly batch: Batch }[];
}

interface Options {
  readonly check?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly forks?: number;
  /** Hosts of every play that `--limit` leaves out. */
  readonly leftOut?: readonly string[];
  readonly sleep?: RunContext["sleep"];
  readonly stop?: RunContext["stop"];
  readonly controller?: (looks: readonly Look[]) => Promise<ReadonlyMap<string, LookResult>>;
  /** Called with each batch before it is sent; what it throws is what the link throws. */
  readonly before?: (host: string, batch: Batch) => void | Promise<void>;
}

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/sh"];

export class Plays {
  readonly root = mkdtempSync(join(tmpdir(), "dsrctl-plays-"));
  readonly #templates = makeTemplates();
  #halted = new AbortController();
  readonly #inventory: Inventory;
  /** Of the run that is under way, or was the last. */
  readonly events: Event[] = [];

  constructor(hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { a: {} }) {
    chmodSync(this.root, 0o777);
    this.#inventory = inventoryOf(
      Object.entries(hosts).map(([name, vars]) => hostOf(name, { root: this.root, ...vars })),
    );
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  /** @param playbook YAML. @throws InputError as `run` does. */
  async run(playbook: string, options: Options = {}): Promise<Ran> {
    this.write("site.yml", playbook);
    const { events } = this;
    events.length = 0;
    this.#halted = new AbortController();
    const batches: { host: string; user: string; batch: Batch }[] = [];
    const world = this.#world(options, (event) => void events.push(event));
    const inventory = this.#inventory;
    const templates = this.#templates;
    const loaded = await loadPlaybook("site.yml", taskTypes, { cwd: this.root, templates });
    const sessions: ShellSession[] = [];
    const { staged, hosts } = prepareRun({
      ...{
        playbook: loaded,
        inventory,
        world,
        cwd: this.root,
        service: await taskTypes.get("service")!(),
        choice: { tags: [], skip: [] },
      },
      words: { omit: world.omit, ansible_check_mode: world.check, playbook_dir: loaded.directory },
      hostsOf: ({ hosts: { text } }) =>
        [...inventory.hosts.values()].filter(({ name }) => text === "all" || text.split(",").includes(name)),
      leftOutOf: () => (options.leftOut ?? []).map((name) => hostOf(name, {})),
      extra: extraLayer(options.extra ?? {}),
      reach: (host) => {
        const links = new Map<string, ShellConnection>();
        return {
          cost: () => NO_COST,
          link: (words: BecomeWords) => {
            const user = words.become === true ? (words.user ?? "root") : "";
            const hear = async (batch: Batch): Promise<void> => {
              batches.push({ host: host.name, user, batch });
              await options.before?.(host.name, batch);
            };
            const stop = this.#halted.signal;
            const link = links.get(user) ?? linkOf(user, this.root, hear, sessions, { ...options, halted: stop });
            links.set(user, link);
            return link;
          },
        };
      },
      read: async (path) => ({ path, bytes: await readFile(this.path(`templates/${path}`)) }),
      render: (file, scope) => templates.file({ file: file.path, text: Buffer.from(file.bytes).toString() }, scope),
      advise: () => undefined,
    });
    try {
      await run(staged, world, limit(options.forks ?? 10));
    } finally {
      await Promise.all(sessions.map((session) => session.close()));
    }
    const recap = new Map(hosts.map((host) => [host.name, host.tally.recap(undefined)]));
    return { events: [...events], tasks: events.filter((event) => event.type === "task"), recap, batches };
  }

  end(): void {
    rmSync(this.root, { recursive: true });
  }

  #world(options: Options, tell: RunContext["tell"]): RunContext {
    return {
      ...{ check: options.check ?? false, templates: this.#templates, tell, changes: 0, pending: [] },
      sleep: options.sleep ?? (() => Promise.resolve()),
      stop: () => this.#halted.signal.aborted || options.stop?.() === true,
      halt: () => this.#halted.abort(),
      bug: undefined,
      omit: "omit-this",
    };
  }
}

const NO_COST = { connections: 0, execs: 0, roundTrips: 0, sent: 0, received: 0 };

const NOWHERE: Place = { source: { file: "hosts.yml", text: "" }, start: 0, end: 0 };

function hostOf(name: string, vars: Readonly<Record<string, unknown>>): Host {
  const variable = (key: string, value: unknown): Variable => ({
    ...{ name: key, value, place: NOWHERE, keyPlace: NOWHERE },
    node: nodeOf(value),
  });
  const variables = new Map(Object.entries(vars).map(([key, value]) => [key, variable(key, value)]));
  return { name, place: NOWHERE, groups: [], variables, layers: [] };
}

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { kind: "list", items: value.map(nodeOf), place: NOWHERE };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, each]) => ({ key, keyPlace: NOWHERE, value: nodeOf(each) }));
    return { kind: "map", entries, place: NOWHERE };
  }
  const scalar = value as string | number | boolean;
  return { kind: "scalar", value: scalar, text: String(scalar), place: NOWHERE, unsafe: false };
}

function inventoryOf(hosts: readonly Host[]): Inventory {
  const names = hosts.map(({ name }) => name);
  const group = { name: "all", place: NOWHERE, hosts: names, children: [], parents: [], depth: 0, priority: 1 };
  return {
    ...{ name: "test", file: "hosts.yml", warnings: [] },
    hosts: new Map(hosts.map((host) => [host.name, host])),
    groups: new Map([["all", { ...group, variables: new Map() }]]),
    implicit: (name) => hostOf(name, {}),
  };
}

function extraLayer(extra: Readonly<Record<string, unknown>>): Layer {
  return new Map(Object.entries(extra).map(([name, value]) => [name, { value, place: undefined }]));
}

/** A host's shell: root's, or nobody's; `gone` cannot be reached. */
function linkOf(
  user: string,
  home: string,
  hear: (batch: Batch) => Promise<void>,
  sessions: ShellSession[],
  { controller, halted }: Options & { readonly halted: AbortSignal },
): ShellConnection {
  let session: ShellSession | undefined;
  const open = (): ShellSession => {
    if (user === "gone") throw new Unreachable("tcp", "nobody is there");
    const argv = user === "nobody" ? NOBODY : ["/bin/sh"];
    const waits = { shellSeconds: 10, lookSeconds: 20, stop: halted };
    session = new ShellSession(spawned(argv, { ...process.env, HOME: home }), waits);
    sessions.push(session);
    return session;
  };
  return {
    run: async (batch, onStep) => {
      await hear(batch);
      const here = batch.looks.filter(({ from }) => from === "controller");
      const there = { ...batch, looks: batch.looks.filter(({ from }) => from === "host") };
      const report = await (session ?? open()).run(there, onStep);
      const answers = here.length === 0 || controller === undefined ? [] : await controller(here);
      return { steps: report.steps, looks: new Map([...report.looks, ...answers]) };
    },
    reconnect: () => Promise.resolve(void open()),
  };
}

/** `NAME STATUS` a task, for one host or all. */
export function statuses({ tasks }: Ran, host?: string): readonly string[] {
  return tasks
    .filter((task) => host === undefined || task.host === host)
    .map(({ name, status }) => `${name} ${status}`);
}
