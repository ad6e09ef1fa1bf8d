/** When OpenSSH's own ssh has to be the way to a host: for what ssh2 cannot do. */
import { access } from "node:fs/promises";
import { certAuthorityFor } from "../ssh/known-hosts.ts";
import { defaultKeyPaths } from "../ssh/private-keys.ts";
import { publicKey } from "../ssh/public-key.ts";
import { patiently } from "../../system/read-input.ts";
import type { Target } from "../../core/target.ts";

/** Why, in a few words; `undefined` when ssh2 will do. One hop that needs it makes the whole way need it. */
export async function reasonForOpenSsh(target: Target): Promise<string | undefined> {
  if (target.openssh === undefined) return undefined;
  for (const each of [target, ...target.jump]) {
    const why = each.openssh?.why ?? (await byKeys(each)) ?? (await byAuthority(each));
    if (why !== undefined) return each === target ? why : `${why} (jump host \`${each.name}\`)`;
  }
  return undefined;
}

async function byKeys(target: Target): Promise<string | undefined> {
  const named = [...target.keys, ...(target.offered ?? [])];
  for (const path of named.length > 0 || target.offered !== undefined ? named : defaultKeyPaths()) {
    if (await exists(`${path}-cert.pub`)) return `the key ${path} has a certificate`;
    if ((await publicKey(path))?.type.startsWith("sk-") === true) return `the key ${path} is on a FIDO token`;
  }
  return undefined;
}

async function byAuthority(target: Target): Promise<string | undefined> {
  const line = await certAuthorityFor(target);
  return line === undefined ? undefined : `the host has a @cert-authority (${line.file}:${line.line})`;
}

async function exists(path: string): Promise<boolean> {
  return patiently(() => access(path)).then(
    () => true,
    () => false,
  );
}
