/** A host key that is not accepted, in words. */
import { Unreachable } from "../../core/problem.ts";
import { pathWord, quote } from "../../core/shell.ts";
import { fingerprint, keyName, keyType } from "./known-hosts.ts";
import type { KnownHostLine, HostKeyCheck } from "./known-hosts.ts";
import type { Target } from "../../core/target.ts";

/** Why the key is refused; undefined when it is known. */
export function hostKeyFailure(target: Target, key: Buffer, verdict: HostKeyCheck): Unreachable | undefined {
  switch (verdict.is) {
    case "known":
      return undefined;
    case "changed":
      return changed(target, key, verdict.old);
    case "revoked":
      return revoked(key, verdict.by);
    case "new":
      return unknown(target, key, verdict.authority);
  }
}

function shown(key: Buffer): string {
  return `${keyType(key)} ${fingerprint(key)}`;
}

function place(line: KnownHostLine): string {
  return `${line.file}:${line.line}`;
}

function changed(target: Target, key: Buffer, old: KnownHostLine): Unreachable {
  const was = `${old.type} ${fingerprint(Buffer.from(old.key, "base64"))}`;
  const what = `the host key has changed: the host shows ${shown(key)}, known is ${was} (${place(old)})`;
  const hint =
    `if the host was installed anew: ${verify(key)}; only then: \`ssh-keygen -R ${quote(keyName(target))} -f ${quote(old.file)}\`. ` +
    "If no one installed a new key, an attacker may be between you and the host";
  return new Unreachable("host-key", what, { hint });
}

function revoked(key: Buffer, by: KnownHostLine): Unreachable {
  const hint = "create a new host key (`ssh-keygen -A`) and find the reason: the key may be stolen";
  return new Unreachable("host-key", `the host key ${shown(key)} is revoked (${place(by)})`, { hint });
}

function unknown(target: Target, key: Buffer, authority: KnownHostLine | undefined): Unreachable {
  const what = `the host key is not known: ${shown(key)} for \`${keyName(target)}\``;
  if (authority !== undefined) {
    const only = `${what}; the @cert-authority at ${place(authority)} does not count, host certificates are not supported`;
    return new Unreachable("host-key", only, {
      hint: `${verify(key)}, then add the key itself: \`${add(target, key)}\``,
    });
  }
  return new Unreachable("host-key", what, { hint: `${verify(key)}, then: \`${add(target, key)}\`` });
}

/** How to learn the right fingerprint by another way than this connection. */
function verify(key: Buffer): string {
  const name = FILES.get(keyType(key)) ?? "*";
  return `compare with what the host's console says to \`ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub\``;
}

const FILES: ReadonlyMap<string, string> = new Map([
  ["ssh-ed25519", "ed25519"],
  ["ssh-rsa", "rsa"],
  ["ecdsa-sha2-nistp256", "ecdsa"],
  ["ecdsa-sha2-nistp384", "ecdsa"],
  ["ecdsa-sha2-nistp521", "ecdsa"],
]);

/** ssh-keyscan only where it can reach the host and would write the name that we look up. */
function add(target: Target, key: Buffer): string {
  const file = target.knownHosts[0] ?? "~/.ssh/known_hosts";
  const direct = target.jump.length === 0 && target.proxyCommand === undefined && target.hostKeyAlias === undefined;
  if (!direct)
    return `echo ${quote(`${keyName(target)} ${keyType(key)} ${key.toString("base64")}`)} >> ${pathWord(file)}`;
  const type = FILES.get(keyType(key)) ?? keyType(key);
  return `ssh-keyscan -t ${type} -p ${target.port} ${quote(target.address)} >> ${pathWord(file)}`;
}
