/** From a host's connection variables to the settings of its connection. */
import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { InputError } from "../failure.ts";
import type { Problem } from "../failure.ts";
import type { Place } from "../place.ts";
import type { BecomeWords } from "../playbook/types.ts";
import type { Become, Target } from "../remote/transport.ts";
import { Settings } from "./connection.ts";
import type { Render } from "./connection.ts";
import { expandHome, keyProblem } from "./keys.ts";
import { readSshArguments } from "./ssh-options.ts";
import type { SshOptions } from "./ssh-options.ts";
import type { Host, Inventory } from "./types.ts";

/** How a host is reached, and whom one becomes there. */
export interface Connection {
  /** Without `become`: tasks differ in that. */
  readonly target: Target;
  /** Whom a task becomes. Connection variables are stronger than the playbook's words, as in Ansible. */
  become(words: BecomeWords): Become | undefined;
}

export interface ConnectionOptions {
  readonly inventory: Inventory;
  /** Renders a text with the host's variables. */
  readonly render: (host: Host) => Render;
  /** Relative key files are looked for here. */
  readonly cwd: string;
  /** `--ask-become-pass`: for hosts whose variables give none. */
  readonly becomePassword?: Become["password"];
}

const DEFAULTS = { port: 22, connectTimeout: 10, keepalive: { interval: 5, count: 3 } } as const;

/** @throws InputError with everything that is wrong with the host's connection variables. */
export async function connectionOf(host: Host, options: ConnectionOptions): Promise<Connection> {
  const problems: Problem[] = [];
  const tell = (problem: Problem) => void problems.push(problem);
  const settings = new Settings(host.variables, options.render(host), tell);
  const target = await targetOf(host, settings, [host.name], { ...options, tell });
  const become = becomeOf(settings, options);
  if (problems.length > 0) throw new InputError(problems);
  return { target, become };
}

interface Making extends ConnectionOptions {
  readonly tell: (problem: Problem) => void;
}

const NAME = /^[^-\s/@][^\s/@]*$/;

async function targetOf(host: Host, settings: Settings, chain: readonly string[], making: Making): Promise<Target> {
  const ssh = sshOptions(settings, making.tell);
  hostKeyChecking(settings, ssh);
  const own = {
    name: host.name,
    connection: connectionKind(settings),
    address: settings.text("address", NAME, "a host name or an address") ?? host.name,
    port: settings.whole("port", 1, 65_535) ?? ssh.port ?? DEFAULTS.port,
    user: settings.text("user", /^[^-\s][^\s]*$/, "a user name") ?? ssh.user ?? localUser(),
    password: settings.secret("password"),
    keys: await keysOf(settings, ssh, making),
    passphrase: settings.secret("passphrase"),
    agent: agentSocket(),
    hostKeyAlias: ssh.hostKeyAlias,
    hostKeys: ssh.hostKeys ?? "strict",
    knownHosts: ssh.knownHosts?.map((path) => resolve(making.cwd, expandHome(path))) ?? usualKnownHosts(),
    proxyCommand: ssh.proxyCommand === "none" ? undefined : ssh.proxyCommand,
    become: undefined,
    connectTimeout: settings.whole("timeout", 1, 3600) ?? ssh.connectTimeout ?? DEFAULTS.connectTimeout,
    keepalive: keepaliveOf(ssh),
  } as const;
  return { ...own, jump: await jumpHosts(ssh.proxyJump ?? [], { ...own, jump: [] }, settings, chain, making) };
}

/** Zero switches it off in ssh(1); here a host that is silent for ever is always given up. */
function keepaliveOf({ keepaliveInterval = 0, keepaliveCount = 0 }: SshOptions): Target["keepalive"] {
  const { interval, count } = DEFAULTS.keepalive;
  return {
    interval: keepaliveInterval > 0 ? keepaliveInterval : interval,
    count: keepaliveCount > 0 ? keepaliveCount : count,
  };
}

function agentSocket(): string | undefined {
  const path = process.env["SSH_AUTH_SOCK"];
  return path === "" ? undefined : path;
}

/** The account may have no name: then there is no way but to say one. */
function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? "root";
  }
}

/** ssh(1) on Debian and RHEL, the user's file first: new keys go there. */
function usualKnownHosts(): readonly string[] {
  return [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];
}

/** Ansible puts the arguments into one command line in this order; ssh(1) takes the first value of an option. */
function sshOptions(settings: Settings, tell: Making["tell"]): SshOptions {
  const options: SshOptions = {};
  for (const setting of ["sshArguments", "commonArguments", "extraArguments"] as const) {
    const given = settings.given(setting);
    if (given === undefined) continue;
    if (typeof given.value === "string") readSshArguments(given.value, given.variable.place, options, tell);
    else settings.wrong(given, `\`${given.variable.name}\`: expected text`);
  }
  return options;
}

function hostKeyChecking(settings: Settings, ssh: SshOptions): void {
  const given = settings.given("hostKeyChecking");
  if (given === undefined) return;
  if (given.value === "accept-new") ssh.hostKeys ??= "accept-new";
  else if (settings.flag("hostKeyChecking") === false) {
    settings.wrong(
      given,
      "host keys are always checked",
      "write `accept-new` to take the key of a host that is new, once",
    );
  }
}

function connectionKind(settings: Settings): Target["connection"] {
  const given = settings.given("connection");
  switch (given?.value) {
    case undefined:
    case "ssh":
    case "smart":
    case "paramiko":
    case "paramiko_ssh":
      return "ssh";
    case "local":
      return "local";
    default:
      if (given !== undefined) settings.wrong(given, "`ansible_connection`: expected `ssh` or `local`");
      return "ssh";
  }
}

async function keysOf(settings: Settings, ssh: SshOptions, making: Making): Promise<readonly string[]> {
  const given = settings.given("key");
  const own = given === undefined ? [] : [{ path: given.text, place: given.variable.place }];
  const args = settings.given("commonArguments") ?? settings.given("extraArguments") ?? settings.given("sshArguments");
  const others = (ssh.identities ?? []).map((path) => ({ path, place: args?.variable.place }));
  const keys = [...own, ...others];
  for (const { path, place } of keys) {
    const problem = place === undefined ? undefined : await keyProblem(path, place, making.cwd);
    if (problem !== undefined) making.tell(problem);
  }
  return keys.map(({ path }) => resolve(making.cwd, expandHome(path)));
}

/** `[user@]host[:port]`; a host of the inventory brings its own settings, another one uses this host's. */
async function jumpHosts(
  hops: readonly string[],
  like: Target,
  settings: Settings,
  chain: readonly string[],
  making: Making,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const hop of hops) {
    const place = settings.given("commonArguments")?.variable.place ?? settings.given("extraArguments")?.variable.place;
    const parsed = parseHop(hop);
    if (parsed === undefined) making.tell(badHop(`\`${hop}\` is not \`[user@]host[:port]\``, place));
    else if (chain.includes(parsed.host))
      making.tell(badHop(`the jump host \`${parsed.host}\` is reached through itself`, place));
    else targets.push(...(await hopTargets(parsed, like, chain, making)));
  }
  return targets;
}

interface Hop {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

function parseHop(text: string): Hop | undefined {
  const match = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([0-9A-Fa-f:.%]+)\]|([^-\s:/@][^\s:/@]*))(?::(\d+))?\/?$/.exec(text);
  const host = match?.[2] ?? match?.[3];
  if (host === undefined) return undefined;
  return { user: match?.[1], host, port: match?.[4] === undefined ? undefined : Number(match[4]) };
}

function badHop(message: string, place: Place | undefined): Problem {
  return { severity: "error", message, ...(place === undefined ? {} : { place }) };
}

async function hopTargets(
  hop: Hop,
  like: Target,
  chain: readonly string[],
  making: Making,
): Promise<readonly Target[]> {
  const given = {
    ...(hop.user === undefined ? {} : { user: hop.user }),
    ...(hop.port === undefined ? {} : { port: hop.port }),
  };
  const known = making.inventory.hosts.get(hop.host);
  if (known === undefined) {
    const own = {
      name: hop.host,
      address: hop.host,
      port: DEFAULTS.port,
      hostKeyAlias: undefined,
      proxyCommand: undefined,
    };
    return [{ ...like, ...own, password: undefined, user: localUser(), connection: "ssh", jump: [], ...given }];
  }
  const settings = new Settings(known.variables, making.render(known), making.tell);
  const target = { ...(await targetOf(known, settings, [...chain, hop.host], making)), ...given };
  return [...target.jump, { ...target, jump: [] }];
}

function becomeOf(settings: Settings, options: ConnectionOptions): Connection["become"] {
  const become = settings.flag("become");
  const user = settings.text("becomeUser", /^[^-\s][^\s]*$/, "a user name");
  const password = settings.secret("becomePassword") ?? options.becomePassword;
  const method = settings.given("becomeMethod");
  if (method !== undefined && method.value !== "sudo") settings.wrong(method, "only `sudo` is supported for `become`");
  return (words) => {
    if (!(become ?? words.become ?? false)) return undefined;
    return { user: user ?? words.user ?? "root", password };
  };
}
