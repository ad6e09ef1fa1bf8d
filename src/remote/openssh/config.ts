/** Writes the configuration for OpenSSH's ssh: what dsrctl knows about the target, then the operator's own files. */
import { Unreachable } from "../../core/problem.ts";
import type { Target } from "../../core/target.ts";
import { bracketed } from "../../text/ip.ts";

/** These come first because the operator's values for them would break dsrctl's connection. */
const ALWAYS = [
  ...["BatchMode yes", "ControlMaster no", "ControlPath none", "ControlPersist no", "ClearAllForwardings yes"],
  ...["ForwardAgent no", "ForwardX11 no", "PermitLocalCommand no", "RemoteCommand none", "RequestTTY no"],
  // The debug messages contain what a host sends in place of a version (messages.ts).
  ...["EscapeChar none", "LogLevel DEBUG1", "UpdateHostKeys no", "ForkAfterAuthentication no", "StdinNull no"],
];

/**
 * A configuration for `ssh -F`. ssh takes the first value it finds, so dsrctl's come before the operator's files.
 *
 * @throws Unreachable at stage `proxy` for a value that a configuration cannot contain.
 */
export function openSshConfig(target: Target): string {
  const chain = chainOf(target);
  const blocks = chain.map((each, index) => blockOf(each, chain[index - 1]));
  const files = target.openssh?.files ?? [];
  return `${[...ALWAYS, ...blocks.flat(), "Match all", ...files.map((file) => `Include ${word(file)}`)].join("\n")}\n`;
}

/** The hosts on the way and the target, each with its own way. */
export function chainOf(target: Target): readonly Target[] {
  return [...target.jump, target].map((each, index) => ({ ...each, jump: target.jump.slice(0, index) }));
}

/** The name to look up in the operator's files; it is also the name on the command line. */
export function askedName({ asked, address }: Target): string {
  return name(asked ?? address);
}

function blockOf(target: Target, before: Target | undefined): readonly string[] {
  const { knownHosts, keepalive, agent, hostKeyAlias } = target;
  return [
    `Match originalhost ${askedName(target)}`,
    ...(target.openssh?.options ?? []).map(([keyword, value]) => `${keyword} ${plain(value)}`),
    `HostName ${name(target.address)}`,
    `Port ${target.port}`,
    `User ${word(target.user)}`,
    `ConnectTimeout ${target.connectTimeout}`,
    `ServerAliveInterval ${keepalive.interval}`,
    `ServerAliveCountMax ${keepalive.count}`,
    `StrictHostKeyChecking ${target.hostKeys === "strict" ? "yes" : "accept-new"}`,
    `UserKnownHostsFile ${knownHosts.length === 0 ? "none" : knownHosts.map(path).join(" ")}`,
    "GlobalKnownHostsFile none",
    ...(hostKeyAlias === undefined ? [] : [`HostKeyAlias ${word(hostKeyAlias)}`]),
    ...keysOf(target),
    `IdentityAgent ${agent === undefined ? "none" : path(agent)}`,
    ...wayOf(target, before),
  ];
}

function keysOf({ keys, offered = [], identitiesOnly }: Target): readonly string[] {
  const files = [...new Set([...keys, ...offered])].map((file) => `IdentityFile ${path(file)}`);
  return identitiesOnly === true ? [...files, "IdentitiesOnly yes"] : files;
}

function wayOf({ proxyCommand }: Target, before: Target | undefined): readonly string[] {
  if (before !== undefined) return [`ProxyJump ${bracketed(askedName(before))}`];
  return proxyCommand === undefined ? ["ProxyJump none", "ProxyCommand none"] : [`ProxyCommand ${plain(proxyCommand)}`];
}

function name(text: string): string {
  if (/^[A-Za-z0-9_.:][A-Za-z0-9_.:%-]*$/.test(text)) return text;
  throw cannot(text);
}

/** One word, quoted so that ssh reads it literally. */
function word(text: string): string {
  return `"${plain(text).replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A path in which a percent sign begins no token; `${` would still name a variable. */
function path(text: string): string {
  if (text.includes("${")) throw cannot(text);
  return word(text.replaceAll("%", "%%"));
}

function plain(text: string): string {
  if (/[\r\n\0]/.test(text)) throw cannot(text);
  return text;
}

function cannot(text: string): Unreachable {
  return new Unreachable("proxy", `\`${text}\` cannot be written in OpenSSH's ssh configuration`);
}
