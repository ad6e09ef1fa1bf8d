/** The hosts of a run: one connection each, made when it is first needed. */
import type { Tell } from "../../core/event.ts";
import type { Reach } from "../../engine/run-input.ts";
import type { ShellConnection } from "../../core/batch.ts";
import type { Host } from "../../inventory/types.ts";
import { withExtra } from "../../inventory/extra.ts";
import { connectionOf } from "../../inventory/target.ts";
import type { Connection } from "../../inventory/target.ts";
import { InputError } from "../../core/problem.ts";
import { deduplicate } from "../../core/collect-problems.ts";
import type { HostProblem, Problem } from "../../core/problem.ts";
import { whenReady } from "../../jinja/templates.ts";
import { registerCredentials } from "../../core/redact-command.ts";
import { registerSecret } from "../../core/secret.ts";
import type { Secret } from "../../core/secret.ts";
import { RemoteHost } from "../../remote/host.ts";
import { FailedLogins } from "../../remote/transport/failed-logins.ts";
import { controllerLooks } from "../../remote/controller.ts";
import type { InventoryOptions, ReachOptions } from "../args/types.ts";
import { strictly } from "../input/read-inventory.ts";
import type { LoadedInventory } from "../input/load-play.ts";

export interface HostConnections {
  readonly of: (host: Host) => Reach;
  readonly remote: (host: Host) => RemoteHost;
  readonly connection: (host: Host) => Connection;
  /** Warnings about the routes to the hosts, each once. */
  readonly warnings: readonly Problem[];
  close(): Promise<void>;
}

/** @throws InputError with all problems of these hosts' connection variables and ssh configuration. */
export async function connectHosts(
  loaded: LoadedInventory,
  hosts: Iterable<Host>,
  line: ReachOptions & Pick<InventoryOptions, "strict">,
  options: {
    readonly tell: Tell;
    readonly signal: AbortSignal;
    /** An interruption: no host begins a further step. */
    readonly stop?: AbortSignal;
    readonly cwd: string;
    readonly becomePassword?: Secret | undefined;
    /** `tell` also gets how each host was reached. */
    readonly trace: boolean;
  },
): Promise<HostConnections> {
  const { inventory, extra, templates, scope } = loaded;
  const { cwd, becomePassword } = options;
  const twin = line.lab ? (await import("./twin.ts")).twinConnections(loaded) : undefined;
  const sshConfig = { exec: line.sshConfigExec };
  const connections = new Map<string, Connection>();
  const problems: HostProblem[] = [];
  const warnings: Problem[] = [];
  const warn = deduplicate((problem) => void warnings.push(problem));
  for (const host of hosts) {
    try {
      if (twin !== undefined && !(line.allowLocal && isThisMachine(host, inventory))) {
        connections.set(host.name, twin(host));
        continue;
      }
      const render = (each: Host) => (text: string, at: Parameters<typeof templates.render>[2]) =>
        templates.render(text, scope(each), at);
      const given = { inventory, render, cwd, becomePassword, sshConfig };
      const connection = await whenReady(() => connectionOf(withExtra(host, extra), given));
      rememberSecrets(connection);
      connection.warnings.forEach(warn);
      connections.set(host.name, connection);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, host: host.name })));
    }
  }
  if (line.strict) problems.push(...warnings.map(strictly));
  if (problems.length > 0) throw new InputError(problems);
  return new Connections(connections, warnings, { ...options, within: twin === undefined ? [] : await withinTwin() });
}

/** The implicit localhost: no host of the inventory. */
function isThisMachine({ name }: Host, { hosts }: LoadedInventory["inventory"]): boolean {
  return !hosts.has(name);
}

/** Programs that this machine runs for a host of the twin run in the twin's network. */
async function withinTwin(): Promise<readonly string[]> {
  const { NAMESPACE_PATH } = await import("../../lab/index.ts");
  return ["nsenter", `--net=${NAMESPACE_PATH}`];
}

/** Redacted in all texts from now on. @throws InputError if one of them could not be decrypted. */
function rememberSecrets({ target, become }: Connection): void {
  const sudo = become({ become: true, user: undefined })?.password;
  const own = [target, ...target.jump].flatMap(({ password, passphrase }) => [password, passphrase]);
  for (const secret of [...own, sudo]) if (secret !== undefined) registerSecret(secret.reveal());
  for (const each of [target, ...target.jump]) registerCredentials(each.proxyCommand ?? "");
}

interface ConnectOptions {
  readonly tell: Tell;
  readonly signal: AbortSignal;
  readonly stop?: AbortSignal;
  readonly trace: boolean;
  /** The words before each program that this machine runs for a host. */
  readonly within: readonly string[];
}

class Connections implements HostConnections {
  readonly warnings: readonly Problem[];
  readonly #connections: ReadonlyMap<string, Connection>;
  readonly #wishes: ConnectOptions;
  readonly #remotes = new Map<string, RemoteHost>();
  readonly #local: ReturnType<typeof controllerLooks>;
  readonly #logins = new FailedLogins();

  constructor(connections: ReadonlyMap<string, Connection>, warnings: readonly Problem[], wishes: ConnectOptions) {
    this.warnings = warnings;
    this.#connections = connections;
    this.#wishes = wishes;
    this.#local = controllerLooks(wishes.within);
  }

  readonly connection = (host: Host): Connection => {
    const connection = this.#connections.get(host.name);
    if (connection === undefined) throw new Error(`no connection for ${host.name}`);
    return connection;
  };

  readonly remote = (host: Host): RemoteHost => {
    const known = this.#remotes.get(host.name);
    if (known !== undefined) return known;
    const remote = this.#made(host);
    this.#remotes.set(host.name, remote);
    return remote;
  };

  #made(host: Host): RemoteHost {
    const { tell, signal, stop, trace } = this.#wishes;
    const { target, origins } = this.connection(host);
    const { name } = host;
    return new RemoteHost(target, {
      ...{ signal, stop, logins: this.#logins },
      controller: (looks) => this.#local.ask(looks),
      onConnecting: () => tell({ type: "host-connecting", host: name }),
      onConnected: (ms) => tell({ type: "host-connected", host: name, ms }),
      onTrace: trace ? (report) => tell({ type: "connection", host: name, ...report }) : undefined,
      origins,
    });
  }

  readonly of = (host: Host): Reach => ({
    link: (words): ShellConnection => this.remote(host).link(this.connection(host).become(words)),
    cost: () => this.remote(host).cost,
  });

  async close(): Promise<void> {
    await Promise.all([...[...this.#remotes.values()].map((remote) => remote.close()), this.#local.close()]);
  }
}
