/** Adds the operator's ssh configuration to a host's connection variables, which override it. */
import { access } from "node:fs/promises";
import { account } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import { patiently } from "../system/read-input.ts";
import type { OpenSsh, Target } from "../core/target.ts";
import type { Said, SshConfig, SshSettings } from "../ssh-config/config.ts";
import type { Keyword } from "../ssh-config/keywords.ts";
import type { SshOptions } from "./ssh-options.ts";

type Tell = (problem: Problem) => void;

/** The options, with the configuration's values for those that are left out. */
export function withConfig(ssh: SshOptions, said: SshSettings, tell: Tell): SshOptions {
  const way = ssh.proxyCommand === undefined && ssh.proxyJump === undefined;
  const knownHosts = ssh.knownHosts ?? knownHostsOf(said, tell);
  const hostKeys = ssh.hostKeys ?? strictnessOf(said, tell);
  return {
    ...filled(ssh, {
      ...{ port: said.port?.value, user: said.user?.value, hostKeyAlias: said.hostKeyAlias },
      ...{
        connectTimeout: said.connectTimeout,
        keepaliveInterval: said.aliveInterval,
        keepaliveCount: said.aliveCount,
      },
      ...{ identitiesOnly: said.identitiesOnly, identityAgent: said.identityAgent?.value },
      ...(way ? { proxyCommand: said.proxyCommand?.value } : {}),
    }),
    knownHosts,
    ...(hostKeys === undefined ? {} : { hostKeys }),
  };
}

/** `undefined` is no value here. */
function filled(ssh: SshOptions, more: { readonly [K in keyof SshOptions]?: SshOptions[K] | undefined }): SshOptions {
  const open = Object.entries(more).filter(([name, value]) => value !== undefined && !(name in ssh));
  return { ...ssh, ...(Object.fromEntries(open) as SshOptions) };
}

/** ssh(1)'s own files if none are named: the user's first, new keys go there. */
function knownHostsOf({ userKnownHosts, globalKnownHosts }: SshSettings, tell: Tell): readonly string[] {
  const directory = `${account().home}/.ssh`;
  const own = [`${directory}/known_hosts`, `${directory}/known_hosts2`];
  const user = userKnownHosts?.value ?? own;
  const everyone = globalKnownHosts?.value ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
  if (!user.includes("/dev/null")) return [...user, ...everyone];
  if (userKnownHosts !== undefined)
    tell(warning(userKnownHosts, "no known hosts are kept in /dev/null", "the usual files are used"));
  const kept = user.filter((path) => path !== "/dev/null");
  return [...(kept.length === 0 ? own : kept), ...everyone];
}

function strictnessOf({ strictness }: SshSettings, tell: Tell): Target["hostKeys"] | undefined {
  if (strictness === undefined) return undefined;
  if (strictness.value !== "no") return strictness.value === "accept-new" ? "accept-new" : "strict";
  const note = "the key of a host that is new is taken once, as `accept-new` does; a changed key is refused";
  tell(warning(strictness, "host keys are always checked", note));
  return "accept-new";
}

function warning({ place }: Said<unknown>, message: string, note: string): Problem {
  return { severity: "warning", code: "ssh-config", message, place, note };
}

/** The keys that the configuration names; missing ones are reported, and left to the agent. */
export async function offeredKeys({ identityFiles }: SshSettings, tell: Tell): Promise<readonly string[] | undefined> {
  for (const { value, place } of identityFiles ?? []) {
    const there = await Promise.any([value, `${value}.pub`].map((path) => patiently(() => access(path)))).then(
      () => true,
      () => false,
    );
    if (!there)
      tell({
        severity: "warning",
        code: "private-key",
        message: `there is no key \`${value}\``,
        place,
        note: PASSED_OVER,
      });
  }
  return identityFiles?.map(({ value }) => value);
}

const PASSED_OVER = "ssh passes it over; so does dsrctl";

/** Settings of the operator's own file that require OpenSSH's own ssh, and the reason. */
const ONLY_OPENSSH: readonly (readonly [keyword: Keyword, asks: (value: string) => boolean])[] = [
  ["CertificateFile", isSet],
  ["PKCS11Provider", isSet],
  ["SecurityKeyProvider", (value) => isSet(value) && value !== "internal"],
  ["GSSAPIAuthentication", isYes],
  ["HostbasedAuthentication", isYes],
  ["KnownHostsCommand", isSet],
  ["RevokedHostKeys", isSet],
  ["ProxyUseFdpass", isYes],
  ["BindAddress", isSet],
  ["BindInterface", isSet],
  ["AddressFamily", (value) => value.toLowerCase() !== "any"],
  ["KexAlgorithms", isForeign],
  ["Ciphers", isForeign],
  ["MACs", isForeign],
  ["HostKeyAlgorithms", isForeign],
  ["PubkeyAcceptedAlgorithms", isForeign],
];

function isSet(value: string): boolean {
  return value.toLowerCase() !== "none";
}

function isYes(value: string): boolean {
  return ["yes", "true"].includes(value.toLowerCase());
}

/** A list that adds algorithms, or one without any that ssh2 is sure to have. */
function isForeign(value: string): boolean {
  if (/^[-^]/.test(value)) return false;
  return value.startsWith("+") || !value.split(",").some((each) => COMMON.test(each));
}

const COMMON =
  /^(?:curve25519-sha256|ecdh-sha2-nistp\d+|diffie-hellman-group(?:14-sha256|16-sha512|18-sha512|-exchange-sha256)|aes\d+-(?:ctr|gcm@openssh\.com)|chacha20-poly1305@openssh\.com|hmac-sha2-(?:256|512)(?:-etm@openssh\.com)?|ssh-ed25519|ecdsa-sha2-nistp\d+|rsa-sha2-(?:256|512)|\*)$/;

export interface Asking {
  /** `ansible_connection: openssh`. */
  readonly named: boolean;
  readonly ssh: SshOptions;
  readonly said: SshSettings;
  readonly config: SshConfig;
}

/** The configuration for OpenSSH's ssh and the reason to use it, if it is used. */
export function openSshOf({ named, ssh, said, config }: Asking): OpenSsh {
  const options = ssh.onlyOpenSsh ?? [];
  const first = options[0]?.[0];
  const file = ONLY_OPENSSH.find(([keyword, asks]) => {
    const found = said.raw(keyword);
    return found?.own === true && asks(found.value);
  })?.[0];
  const why = named
    ? "`ansible_connection: openssh`"
    : first !== undefined
      ? `\`${first}\` in the ssh arguments`
      : file === undefined
        ? undefined
        : `\`${file}\` in the ssh configuration`;
  return { why, files: config.roots.map(({ path }) => path), options };
}
