/** What a configuration says of a host, in one form for ssh(1) (`ssh -G`) and for us. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Problem } from "../../src/core/problem.ts";
import { lineAndColumn } from "../../src/core/source.ts";
import { evaluate } from "../../src/ssh-config/evaluate.ts";
import { KEYWORDS, kindOf } from "../../src/ssh-config/keywords.ts";
import type { Keyword } from "../../src/ssh-config/keywords.ts";
import { account } from "../../src/system/home.ts";
import { readSshConfig } from "../../src/ssh-config/config.ts";
import { Reader } from "../../src/ssh-config/read.ts";
import { flag, hops, seconds, strictness } from "../../src/ssh-config/values.ts";

export interface Case {
  readonly name: string;
  readonly host: string;
  readonly config: string;
  /** Further files, beside the configuration. `DIR` in all texts is that directory. */
  readonly files?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly port?: number;
  /** Lets `Match exec` run. */
  readonly exec?: boolean;
}

/** Keyword to values; `error`: the line that is wrong, `?` when it is not named. */
export type Answer = Readonly<Record<string, readonly string[]>>;

/** Those that `ssh -G` prints as they were set. */
const COMPARED = KEYWORDS.filter(
  (each) => !["Tag", "Ciphers", "MACs", "SecurityKeyProvider"].includes(each) && !each.endsWith("Algorithms"),
);

/** The keys that are tried when none is named. */
const KEYS = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss"];

/** What ssh(1) prints for what was not set; 10.0 has no DSA keys any more. */
const UNSET: Readonly<Record<string, string | readonly string[]>> = {
  addressfamily: "any",
  connecttimeout: "none",
  gssapiauthentication: "no",
  hostbasedauthentication: "no",
  identitiesonly: "no",
  proxyusefdpass: "no",
  serveralivecountmax: "3",
  serveraliveinterval: "0",
  stricthostkeychecking: "ask",
  globalknownhostsfile: "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
  userknownhostsfile: "HOME/.ssh/known_hosts HOME/.ssh/known_hosts2",
  identityfile: [[...KEYS, "id_dsa"], KEYS].map((names) => names.map((name) => `~/.ssh/${name}`).join(" ")),
};

/** A directory with the files of a case, while it is worked on. */
export async function withFiles<T>(each: Case, work: (dir: string) => T | Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "dsrctl-config-"));
  try {
    const files = { config: each.config, ...each.files };
    for (const [name, text] of Object.entries(files)) {
      const path = join(dir, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text.replaceAll("DIR", dir), { mode: 0o600 });
    }
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function portable(text: string, dir: string): string {
  const { home, user } = account();
  const known = text.replaceAll(dir, "DIR").replaceAll(home, "HOME");
  return known === user ? "USER" : known === hostname() ? "MACHINE" : known;
}

/** What `ssh -G` says. */
export function theirs({ host, user, port }: Case, dir: string): Answer {
  const asked = [...(user === undefined ? [] : ["-l", user]), ...(port === undefined ? [] : ["-p", String(port)])];
  const { status, stdout, stderr } = spawnSync("ssh", ["-G", "-F", join(dir, "config"), ...asked, "--", host], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status !== 0) return { error: [/ line (\d+):/.exec(stderr)?.[1] ?? "?"] };
  const answer: Record<string, string[]> = {};
  for (const line of stdout.split("\n")) {
    const [name, value] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
    if (COMPARED.some((each) => each.toLowerCase() === name)) (answer[name] ??= []).push(portable(value, dir));
  }
  return withoutDefaults(answer);
}

function withoutDefaults(answer: Readonly<Record<string, readonly string[]>>): Answer {
  const kept = Object.entries(answer).map(
    ([name, values]) => [name, values.map((value) => plain(name, value))] as const,
  );
  return Object.fromEntries(
    kept
      .filter(([name, values]) => ![UNSET[name]].flat().includes(values.join(" ")))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** One form for what has several: `[10.0.0.1]` for a hop, `true` for `yes`. */
function plain(name: string, value: string): string {
  if (name === "proxyjump") return value.replaceAll(/\[([^\]:]*)\]/g, "$1").replaceAll("ssh://", "");
  return name === "stricthostkeychecking" ? (strictness(value) ?? value) : value;
}

const EXPANDED: readonly Keyword[] = ["HostName", "UserKnownHostsFile", "IdentityAgent", "HostKeyAlias"];

/** What we say: the values as they stand, but for those that `ssh -G` expands as well. */
export async function ours(each: Case, dir: string): Promise<Answer> {
  const { host, user, port, exec = true } = each;
  const roots = [{ path: join(dir, "config"), own: true, guarded: false }];
  const config = await readSshConfig({ files: roots, exec });
  const problems: Problem[] = config.problems.filter(({ severity }) => severity === "error");
  const asked = { name: host, user, port };
  const tell = (problem: Problem) => void problems.push(problem);
  const settings = await config.of(asked, tell);
  if (problems.length > 0) return { error: [lineOf(problems)] };
  const reader = new Reader(account());
  const file = await reader.root(roots[0]!);
  const { values } = await evaluate(file === undefined ? [] : [file], asked, {
    local: account(),
    exec: (command) => Promise.resolve(spawnSync("/bin/sh", ["-c", command]).status === 0),
    tell,
  });
  const answer: Record<string, string[]> = {
    hostname: [settings.hostName],
    user: [user ?? settings.user?.value ?? account().user],
    ...(settings.hostKeyAlias === undefined ? {} : { hostkeyalias: [settings.hostKeyAlias] }),
    port: [String(port ?? settings.port?.value ?? 22)],
    ...(settings.userKnownHosts === undefined
      ? {}
      : { userknownhostsfile: [settings.userKnownHosts.value.join(" ") || "none"] }),
    ...(settings.identityAgent === undefined ? {} : { identityagent: [settings.identityAgent.value] }),
  };
  for (const [keyword, { words }] of values) {
    if (!COMPARED.includes(keyword) || EXPANDED.includes(keyword) || keyword in { User: 0, Port: 0 }) continue;
    const texts = words.map((word) => shown(keyword, word.text));
    const joined = kindOf(keyword) === "files" ? [texts.join(" ")] : texts;
    if (joined.join() !== "") answer[keyword.toLowerCase()] = joined;
  }
  const said = Object.entries(answer).map(([name, list]) => [name, list.map((value) => portable(value, dir))] as const);
  return withoutDefaults(Object.fromEntries(said));
}

function shown(keyword: Keyword, text: string): string {
  switch (kindOf(keyword)) {
    case "time":
      return String(seconds(text));
    case "flag":
      return flag(text) === true ? "yes" : "no";
    case "command":
    case "jump":
      return text === "none" || (keyword === "ProxyJump" && hops(text)?.length === 0)
        ? ""
        : text.replace(/^[ \t=]+/, "");
    default:
      return text;
  }
}

function lineOf([first]: readonly Problem[]): string {
  return first?.place === undefined ? "?" : String(lineAndColumn(first.place).line);
}

/** Whether both mean the same; an error for which ssh(1) names no line is one at any line. */
export function agree(one: Answer, other: Answer): boolean {
  if (one["error"]?.[0] === "?" || other["error"]?.[0] === "?")
    return one["error"] !== undefined && other["error"] !== undefined;
  return JSON.stringify(one) === JSON.stringify(other);
}
