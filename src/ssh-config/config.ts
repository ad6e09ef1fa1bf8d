/** Reads the operator's ssh configuration once, and evaluates it for each host (ssh_config(5)). */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { account } from "../system/home.ts";
import type { Account } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import { deduplicate } from "../core/collect-problems.ts";
import type { Place } from "../core/source.ts";
import { evaluate, portOf } from "./evaluate.ts";
import type { Asked, Values } from "./evaluate.ts";
import type { Keyword } from "./keywords.ts";
import type { Word } from "./lex.ts";
import { Reader } from "./read.ts";
import type { ConfigFile, Root } from "./read.ts";
import { badToken, expandPath, tokensOf } from "./tokens.ts";
import type { Tokens } from "./tokens.ts";
import { flag, hops, seconds, strictness } from "./values.ts";
import type { Hop, Strictness } from "./values.ts";

/** A value and its place. */
export interface Said<T> {
  readonly value: T;
  readonly place: Place;
  /** From the operator's own file, not the system's. */
  readonly own: boolean;
}

/** The configuration for one host, with tokens replaced; without the keywords that it does not contain. */
export interface SshSettings {
  /** The name that was looked up. */
  readonly name: string;
  readonly hostName: string;
  readonly port: Said<number> | undefined;
  readonly user: Said<string> | undefined;
  /** Outermost first; empty for `none`. */
  readonly proxyJump: Said<readonly Hop[]> | undefined;
  /** With its tokens (%h %n %p %r %%), which are known to be valid. */
  readonly proxyCommand: Said<string> | undefined;
  /** Without `none`; `undefined` if none was named at all. */
  readonly identityFiles: readonly Said<string>[] | undefined;
  readonly identitiesOnly: boolean | undefined;
  /** A path, or `none`. */
  readonly identityAgent: Said<string> | undefined;
  readonly hostKeyAlias: string | undefined;
  readonly userKnownHosts: Said<readonly string[]> | undefined;
  readonly globalKnownHosts: Said<readonly string[]> | undefined;
  readonly strictness: Said<Strictness> | undefined;
  readonly connectTimeout: number | undefined;
  readonly aliveInterval: number | undefined;
  readonly aliveCount: number | undefined;
  /** The value as it is written, for options that only ssh(1) can use. */
  raw(keyword: Keyword): Said<string> | undefined;
}

export interface SshConfigOptions {
  /** The files, the strongest first. Left out: `~/.ssh/config` and `/etc/ssh/ssh_config`. */
  readonly files?: readonly Root[];
  /** Lets `Match exec` run its commands. */
  readonly exec?: boolean;
}

/** The files that ssh(1) reads by default. */
export function usualFiles(): readonly Root[] {
  return [
    { path: join(account().home, ".ssh", "config"), own: true, guarded: true },
    { path: "/etc/ssh/ssh_config", own: false, guarded: false },
  ];
}

/** Reads the files and what they include; every problem with them is in `problems`. */
export async function readSshConfig(options: SshConfigOptions = {}): Promise<SshConfig> {
  const me = account();
  const reader = new Reader(me);
  const files: ConfigFile[] = [];
  const roots = options.files ?? usualFiles();
  for (const root of roots) {
    const file = await reader.root(root);
    if (file !== undefined) files.push(file);
  }
  return new SshConfig(files, roots, reader.problems, me, options.exec ?? false);
}

export class SshConfig {
  /** Problems of the files, independent of any host. */
  readonly problems: readonly Problem[];
  readonly roots: readonly Root[];
  readonly #files: readonly ConfigFile[];
  readonly #local: Account;
  readonly #exec: ((command: string) => Promise<boolean>) | undefined;
  /** A command has the same result for all hosts for which it expands to the same text. */
  readonly #ran = new Map<string, Promise<boolean>>();

  constructor(
    files: readonly ConfigFile[],
    roots: readonly Root[],
    problems: readonly Problem[],
    me: Account,
    exec: boolean,
  ) {
    this.#files = files;
    this.roots = roots;
    this.problems = problems;
    this.#local = me;
    this.#exec = exec ? (command) => this.#run(command) : undefined;
  }

  /** The configuration for one host; problems with it are reported. */
  async of(asked: Asked, tell: (problem: Problem) => void): Promise<SshSettings> {
    const means = { local: this.#local, exec: this.#exec, tell: deduplicate(tell) };
    const { values, hostName } = await evaluate(this.#files, asked, means);
    return settingsOf(asked, hostName, values, this.#local, means.tell);
  }

  #run(command: string): Promise<boolean> {
    const running = this.#ran.get(command) ?? run(command);
    this.#ran.set(command, running);
    return running;
  }
}

/** Milliseconds a command of `Match exec` may take. */
const PATIENCE = 10_000;

/** Run by the user's shell, as ssh(1) does; a command that does not end counts as failed. */
function run(command: string): Promise<boolean> {
  const shell = process.env["SHELL"] ?? "/bin/sh";
  return new Promise((resolve) => {
    const child = spawn(shell, ["-c", command], { stdio: "ignore", timeout: PATIENCE, killSignal: "SIGKILL" });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

function settingsOf(
  asked: Asked,
  hostName: string,
  values: Values,
  me: Account,
  tell: (problem: Problem) => void,
): SshSettings {
  const get = new Getter(values);
  const port = get.said("Port", portOf);
  const user = get.said("User", (text) => text);
  const alias = get.said("HostKeyAlias", (text) => text.toLowerCase())?.value;
  const jump = get.said("ProxyJump", hops);
  const endpoint = {
    ...{ original: asked.name, host: hostName, alias, jump: jump?.value.at(-1)?.host },
    ...{ port: asked.port ?? port?.value ?? 22, user: asked.user ?? user?.value ?? me.user },
  };
  const tokens = tokensOf(endpoint, me);
  const path = (word: Word) => expandPath(word, tokens, me, tell);
  return {
    name: asked.name,
    ...{ hostName, port, user, hostKeyAlias: alias },
    proxyJump: jump,
    proxyCommand: proxyCommandOf(get, tokens, tell),
    identityFiles: get.paths("IdentityFile", path),
    identitiesOnly: get.said("IdentitiesOnly", flag)?.value,
    identityAgent: agentOf(get, path),
    userKnownHosts: get.list("UserKnownHostsFile", path),
    globalKnownHosts: get.list("GlobalKnownHostsFile", (word) => word.text),
    strictness: get.said("StrictHostKeyChecking", strictness),
    connectTimeout: get.said("ConnectTimeout", seconds)?.value,
    aliveInterval: get.said("ServerAliveInterval", seconds)?.value,
    aliveCount: get.said("ServerAliveCountMax", Number)?.value,
    raw: (keyword) => get.said(keyword, (text) => text),
  };
}

class Getter {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  said<T>(keyword: Keyword, read: (text: string, word: Word) => T | undefined): Said<T> | undefined {
    const found = this.#values.get(keyword);
    const word = found?.words[0];
    const value = word === undefined ? undefined : read(word.text, word);
    if (found === undefined || word === undefined || value === undefined) return undefined;
    return { value, place: word.place, own: found.own };
  }

  paths(keyword: Keyword, path: (word: Word) => string | undefined): readonly Said<string>[] | undefined {
    const found = this.#values.get(keyword);
    return found?.words
      .filter(({ text }) => text.toLowerCase() !== "none")
      .flatMap((word) => {
        const value = path(word);
        return value === undefined ? [] : [{ value, place: word.place, own: found.own }];
      });
  }

  /** Of one line; empty for `none`. */
  list(keyword: Keyword, path: (word: Word) => string | undefined): Said<readonly string[]> | undefined {
    const found = this.#values.get(keyword);
    const [first] = found?.words ?? [];
    if (found === undefined || first === undefined) return undefined;
    const value = (this.paths(keyword, path) ?? []).map((each) => each.value);
    return { value, place: first.place, own: found.own };
  }
}

function proxyCommandOf(
  get: Getter,
  { h = "", n = "", p = "", r = "" }: Tokens,
  tell: (problem: Problem) => void,
): Said<string> | undefined {
  return get.said("ProxyCommand", (text, word) =>
    badToken(word, { "%": "%", h, n, p, r }, tell) ? undefined : text.replace(/^[ \t=]+/, ""),
  );
}

/** `SSH_AUTH_SOCK` and `$VARIABLE` name what the environment holds; without it there is no agent. */
function agentOf(get: Getter, path: (word: Word) => string | undefined): Said<string> | undefined {
  return get.said("IdentityAgent", (text, word) => {
    if (text === "none") return text;
    const variable = text === "SSH_AUTH_SOCK" ? text : /^\$(\w+)$/.exec(text)?.[1];
    return variable === undefined ? path(word) : (process.env[variable] ?? "none");
  });
}
