/** From a host's connection variables to the settings of its connection. */
import { resolve } from "node:path";
import { account, expandHome, homeDirectory } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import type { ProblemCode } from "../core/problem-code.ts";
import { throwIfErrors } from "../core/collect-problems.ts";
import type { SettingOrigin } from "../core/connection.ts";
import type { Place } from "../core/source.ts";
import type { BecomeWords } from "../core/target.ts";
import type { Become, Target } from "../core/target.ts";
import type { SshConfigOptions, SshSettings } from "../ssh-config/config.ts";
import { hop as parseHop } from "../ssh-config/values.ts";
import type { Hop } from "../ssh-config/values.ts";
import { Settings } from "./connection.ts";
import type { Render } from "./connection.ts";
import { keyProblem } from "./keys.ts";
import { originsOf } from "./origins.ts";
import { NO_FILE, configOf } from "./ssh-files.ts";
import { readSshArguments } from "./ssh-options.ts";
import type { SshOptions } from "./ssh-options.ts";
import { offeredKeys, openSshOf, withConfig } from "./ssh-said.ts";
import type { Host, Inventory } from "./types.ts";
import { keepaliveOf, agentSocket, hostKeyChecking } from "./ssh-settings.ts";
import { DEFAULTS } from "./ssh-settings.ts";

/** How a host is reached, and which user tasks become there. */
export interface Connection {
  /** Without `become`: tasks differ in that. */
  readonly target: Target;
  /** Where the settings of the connection are written. */
  readonly origins: () => readonly SettingOrigin[];
  /** What is odd, but no reason to stop. */
  readonly warnings: readonly Problem[];
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
  /** The operator's ssh configuration: the usual files when left out. */
  readonly sshConfig?: SshConfigOptions;
}

/** @throws InputError with everything that is wrong with the host's connection variables. */
export async function connectionOf(host: Host, options: ConnectionOptions): Promise<Connection> {
  const problems: Problem[] = [];
  const tell = (problem: Problem) => void problems.push(problem);
  const settings = new Settings(host.variables, options.render(host), tell);
  let said: SshSettings | undefined;
  const onSaid = (each: SshSettings): void => void (said ??= each);
  const target = await targetOf(host, settings, [host.name], { ...options, tell, onSaid });
  const become = becomeOf(settings, options);
  throwIfErrors(problems);
  return { target, origins: () => originsOf(settings, said), warnings: problems, become };
}

interface Making extends ConnectionOptions {
  readonly tell: (problem: Problem) => void;
  /** Gets what the ssh configuration says: of the host first, then of its jump hosts. */
  readonly onSaid: (said: SshSettings) => void;
}

const NAME = /^[^-\s/@][^\s/@]*$/;

async function targetOf(host: Host, settings: Settings, chain: readonly string[], making: Making): Promise<Target> {
  const ssh = sshOptions(settings, making.tell);
  hostKeyChecking(settings, ssh);
  const kind = connectionKind(settings);
  const asked = {
    name: settings.text("address", NAME, "a host name or an address") ?? host.name,
    port: settings.whole("port", 1, 65_535) ?? ssh.port,
    user: settings.text("user", /^[^-\s][^\s]*$/, "a user name") ?? ssh.user,
  };
  const keys = await keysOf(settings, ssh, making);
  const timeout = settings.whole("timeout", 1, 3600);
  const variables = {
    ...{ name: host.name, password: settings.secret("password"), passphrase: settings.secret("passphrase"), keys },
    connection: kind === "local" ? "local" : "ssh",
  } as const;
  const named = kind === "openssh";
  const given = { asked, ssh: timeout === undefined ? ssh : { ...ssh, connectTimeout: timeout }, named, variables };
  const { target, ways } = await reached(given, making);
  const place = settings.given("commonArguments")?.variable.place ?? settings.given("extraArguments")?.variable.place;
  if (ssh.proxyJump === undefined) return { ...target, jump: await configured(ways, given, chain, making) };
  return { ...target, jump: await jumpHosts(ssh.proxyJump, { ...given, like: target }, place, chain, making) };
}

/** What the inventory and the command line say; everything else is left to the ssh configuration. */
interface GivenHost {
  readonly asked: { readonly name: string; readonly port?: number | undefined; readonly user?: string | undefined };
  readonly ssh: SshOptions;
  /** `ansible_connection: openssh`. */
  readonly named: boolean;
  readonly variables: Pick<Target, "name" | "connection" | "password" | "passphrase" | "keys">;
}

interface Reached {
  /** Without its jump hosts. */
  readonly target: Target;
  /** What the ssh configuration says of them. */
  readonly ways: SshSettings["proxyJump"];
}

async function reached({ asked, ssh, named, variables }: GivenHost, making: Making): Promise<Reached> {
  const config = await configOf(variables.connection === "local" ? NO_FILE : ssh.configFile, making);
  const said = await config.of(asked, making.tell);
  making.onSaid(said);
  const all = withConfig(ssh, said, making.tell);
  const file = said.raw("HostName");
  if (file !== undefined && !NAME.test(said.hostName))
    making.tell({
      severity: "error",
      code: "ssh-config",
      message: "`HostName`: expected a host name or an address",
      place: file.place,
    });
  const target: Target = {
    ...variables,
    ...{ address: said.hostName, asked: asked.name },
    port: asked.port ?? all.port ?? DEFAULTS.port,
    user: asked.user ?? all.user ?? account().user,
    agent: agentSocket(all),
    identitiesOnly: all.identitiesOnly,
    offered: await offeredKeys(said, making.tell),
    hostKeyAlias: all.hostKeyAlias,
    hostKeys: all.hostKeys ?? "strict",
    knownHosts: (all.knownHosts ?? []).map((path) => inSsh(path, making.cwd)),
    proxyCommand: all.proxyCommand === "none" ? undefined : all.proxyCommand,
    become: undefined,
    connectTimeout: all.connectTimeout ?? DEFAULTS.connectTimeout,
    keepalive: keepaliveOf(all),
    jump: [],
    openssh: variables.connection === "local" ? undefined : openSshOf({ named, ssh, said, config }),
  };
  return { target, ways: ssh.proxyCommand === undefined ? said.proxyJump : undefined };
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

function connectionKind(settings: Settings): "ssh" | "openssh" | "local" {
  const given = settings.given("connection");
  if (given === undefined) return "ssh";
  switch (given.value) {
    case "ssh":
    case "smart":
    case "paramiko":
    case "paramiko_ssh":
      return "ssh";
    case "local":
    case "openssh":
      return given.value;
    default:
      settings.wrong(given, "`ansible_connection`: expected `ssh`, `openssh` or `local`");
      return "ssh";
  }
}

async function keysOf(settings: Settings, ssh: SshOptions, making: Making): Promise<readonly string[]> {
  const given = settings.given("key");
  const own =
    given === undefined
      ? []
      : [{ shown: given.text, path: inAnsible(given.text, making.cwd), place: given.variable.place, orPublic: false }];
  const args = settings.given("commonArguments") ?? settings.given("extraArguments") ?? settings.given("sshArguments");
  const others = (ssh.identities ?? []).map((shown) => {
    return { shown, path: inSsh(shown, making.cwd), place: args?.variable.place, orPublic: true };
  });
  const keys = [...own, ...others];
  for (const { shown, path, place, orPublic } of keys) {
    const problem = place === undefined ? undefined : await keyProblem(shown, path, { place, orPublic });
    if (problem !== undefined) making.tell(problem);
  }
  return keys.map(({ path }) => path);
}

/** A path that ssh(1) would be given. */
function inSsh(path: string, cwd: string): string {
  return resolve(cwd, expandHome(path, account().home));
}

/** A path that Ansible expands before ssh(1) is given it. */
function inAnsible(path: string, cwd: string): string {
  return resolve(cwd, expandHome(path, homeDirectory()));
}

interface Like extends GivenHost {
  readonly like: Target;
}

/** `[user@]host[:port]`; a host of the inventory brings its own settings, another one uses this host's. */
async function jumpHosts(
  hops: readonly string[],
  like: Like,
  place: Place | undefined,
  chain: readonly string[],
  making: Making,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const text of hops) {
    const hop = parseHop(text);
    if (hop === undefined)
      making.tell(badHop("connection-variable", `\`${text}\` is not \`[user@]host[:port]\``, place));
    else if (chain.includes(hop.host)) making.tell(throughItself(hop, place));
    else targets.push(...(await hopTargets(hop, like, [...chain, hop.host], targets.length === 0, making)));
  }
  return targets;
}

function badHop(code: ProblemCode, message: string, place: Place | undefined): Problem {
  return { severity: "error", code, message, ...(place === undefined ? {} : { place }) };
}

function throughItself({ host }: Hop, place: Place | undefined): Problem {
  return badHop("cycle", `the jump host \`${host}\` is reached through itself`, place);
}

async function hopTargets(
  hop: Hop,
  like: Like,
  chain: readonly string[],
  first: boolean,
  making: Making,
): Promise<readonly Target[]> {
  const known = making.inventory.hosts.get(hop.host);
  if (known === undefined) return foreign(hop, like, chain, first, making);
  const settings = new Settings(known.variables, making.render(known), making.tell);
  const target = await targetOf(known, settings, chain, making);
  const given = { port: hop.port ?? target.port, user: hop.user ?? target.user };
  return [...target.jump, { ...target, ...given, jump: [] }];
}

/** A hop that the inventory does not know: as the ssh configuration says, with this host's trust and keys. */
async function foreign(
  { host, user, port }: Hop,
  { ssh, variables }: GivenHost,
  chain: readonly string[],
  first: boolean,
  making: Making,
): Promise<readonly Target[]> {
  const { proxyCommand, proxyJump, hostKeyAlias, port: _port, user: _user, ...shared } = ssh;
  const given = { ...variables, name: host, password: undefined, connection: "ssh" } as const;
  const made = { asked: { name: host, user, port }, ssh: shared, named: false, variables: given };
  const { target, ways } = await reached(made, making);
  // Only the first hop of a chain has a way of its own; the next one is reached from the one before.
  const before = first ? await configured(ways, made, chain, making) : [];
  return [...before, first ? target : { ...target, proxyCommand: undefined }];
}

const PLAIN = { name: "", connection: "ssh", password: undefined, keys: [] } as const;

/** The hops that the ssh configuration names. */
async function configured(
  ways: SshSettings["proxyJump"],
  { ssh, variables: { passphrase } }: GivenHost,
  chain: readonly string[],
  making: Making,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  const file = ssh.configFile === undefined ? {} : { configFile: ssh.configFile };
  const given = { asked: { name: "" }, ssh: file, named: false, variables: { ...PLAIN, passphrase } };
  for (const hop of ways?.value ?? []) {
    if (chain.includes(hop.host)) making.tell(throughItself(hop, ways?.place));
    else targets.push(...(await foreign(hop, given, [...chain, hop.host], targets.length === 0, making)));
  }
  return targets;
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
