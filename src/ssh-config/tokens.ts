/** Replaces tokens, environment variables and `~` in values (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES). */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Account } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import type { Word } from "./lex.ts";

/** The values of the tokens, for one host. */
export interface Endpoint {
  /** The name that was asked for, `%n`. */
  readonly original: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly alias: string | undefined;
  /** The last host on the way (ProxyJump). */
  readonly jump: string | undefined;
}

export type Tokens = Readonly<Record<string, string>>;

export function tokensOf(at: Endpoint, local: Account): Tokens {
  const full = hostname();
  const port = String(at.port);
  return {
    ...{ "%": "%", h: at.host, n: at.original, p: port, r: at.user, k: at.alias ?? at.original },
    ...{ d: local.home, u: local.user, i: String(local.uid), l: full, L: full.split(".")[0] ?? full },
    /** Evaluated only if a value uses it: it may start a process. */
    get C() {
      return createHash("sha1")
        .update(`${full}${at.host}${port}${at.user}${hashedJump(at)}`)
        .digest("hex");
    },
  };
}

/** Since OpenSSH 9.6 the jump host is in `%C`: files with that name are the installed ssh's. */
function hashedJump({ jump }: Endpoint): string {
  if (jump === undefined) return "";
  const { stderr } = spawnSync("ssh", ["-V"], { encoding: "utf8", timeout: 5000 });
  const [, major, minor] = /^OpenSSH_(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 100 + Number(minor) < 906 ? "" : jump;
}

/** The tokens of HostName. */
export function hostTokens(original: string): Tokens {
  return { "%": "%", h: original };
}

type Tell = (problem: Problem) => void;

/** The value with its tokens replaced; `undefined` if one is not known, which is reported. */
export function expand(word: Word, tokens: Tokens, tell: Tell): string | undefined {
  const bad = badToken(word, tokens, tell);
  return bad ? undefined : word.text.replaceAll(/%(.)/gs, (_, letter: string) => tokens[letter] ?? "");
}

/** Reports the first token that is not known. */
export function badToken(word: Word, tokens: Tokens, tell: Tell): boolean {
  for (const found of word.text.matchAll(/%(.?)/gs)) {
    const letter = found[1] ?? "";
    if (letter !== "" && Object.hasOwn(tokens, letter)) continue;
    const help = `known here are ${Object.keys(tokens)
      .sort(byLetter)
      .map((each) => `\`%${each}\``)
      .join(", ")}`;
    const message = letter === "" ? "a `%` at the end: write `%%` for a percent sign" : `unknown token \`${found[0]}\``;
    tell({ severity: "error", code: "ssh-config", message, place: inWord(word, found.index, found[0].length), help });
    return true;
  }
  return false;
}

function byLetter(a: string, b: string): number {
  return a.localeCompare(b, "en");
}

/** A stretch of a word; the whole word where quotes or backslashes hide the place. */
function inWord({ text, place }: Word, index: number, length: number): Place {
  const { source, start, end } = place;
  if (source.text.slice(start, end) !== text) return place;
  return { source, start: start + index, end: start + index + length };
}

/** A path: `~` and `~user` first, then tokens and `${VARIABLE}`. */
export function expandPath(word: Word, tokens: Tokens, local: Account, tell: Tell): string | undefined {
  if (badToken(word, tokens, tell)) return undefined;
  const tilde = expandTilde(word, local, tell);
  if (tilde === undefined) return undefined;
  const missing = [...tilde.matchAll(VARIABLE)]
    .map((each) => each[1] ?? "")
    .find((name) => process.env[name] === undefined);
  if (missing !== undefined) return unset(word, missing, tell);
  return tilde.replaceAll(/%(.)|\$\{([^}]*)\}/gs, (_, letter?: string, name?: string) =>
    letter === undefined ? (process.env[name ?? ""] ?? "") : (tokens[letter] ?? ""),
  );
}

const VARIABLE = /\$\{([^}]*)\}/g;

function unset(word: Word, name: string, tell: Tell): undefined {
  const written = `\${${name}}`;
  const place = inWord(word, Math.max(0, word.text.indexOf(written)), written.length);
  tell({ severity: "error", code: "ssh-config", message: `the environment variable \`${name}\` is not set`, place });
  return undefined;
}

function expandTilde(word: Word, local: Account, tell: Tell): string | undefined {
  const match = /^~([^/]*)(.*)$/s.exec(word.text);
  if (match === null) return word.text;
  const [, user = "", rest = ""] = match;
  const home = user === "" || user === local.user ? local.home : homeOf(user);
  if (home !== undefined) return `${home.replace(/\/+$/, "")}${rest === "" ? "" : rest}`;
  const place = inWord(word, 0, user.length + 1);
  tell({ severity: "error", code: "ssh-config", message: `there is no user \`${user}\` on this machine`, place });
  return undefined;
}

/** As getpwnam(3) has it: the user database may be more than a file. */
function homeOf(user: string): string | undefined {
  if (!homes.has(user)) {
    const { status, stdout } = spawnSync("getent", ["passwd", "--", user], { encoding: "utf8", timeout: 10_000 });
    homes.set(user, status === 0 ? stdout.split("\n")[0]?.split(":")[5] : undefined);
  }
  return homes.get(user);
}

const homes = new Map<string, string | undefined>();
