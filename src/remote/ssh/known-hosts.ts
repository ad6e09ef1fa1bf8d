/** Host keys and known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
import { createHash, createHmac } from "node:crypto";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Unreachable } from "../../core/problem.ts";
import { NotRead, patiently, readRegular } from "../../system/read-input.ts";
import { codeOf, refused } from "../../system/file-errors.ts";
import { HOST_KEY_ALGORITHMS } from "./client.ts";
import type { HostKeyAlgorithm } from "./client.ts";
import type { Target } from "../../core/target.ts";

/** A line of a known_hosts file. */
export interface KnownHostLine {
  readonly marker: "none" | "revoked" | "cert-authority";
  /** Patterns separated by commas, or one hashed name (`|1|SALT|HASH`). */
  readonly hosts: string;
  readonly type: string;
  /** The key as the file contains it, base64. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

/**
 * What the files say about a host's key. It is known, another key is known, or it is revoked. Or nothing is known about
 * the host, except perhaps an authority that could certify it.
 */
export type HostKeyCheck =
  | { readonly is: "known" }
  | { readonly is: "changed"; readonly old: KnownHostLine }
  | { readonly is: "revoked"; readonly by: KnownHostLine }
  | { readonly is: "new"; readonly authority: KnownHostLine | undefined };

/** The name a host's key is kept under: `[address]:port` unless the port is 22, or the alias. */
export function keyName(target: Target): string {
  if (target.hostKeyAlias !== undefined) return target.hostKeyAlias.toLowerCase();
  const address = target.address.toLowerCase();
  return target.port === 22 ? address : `[${address}]:${target.port}`;
}

/** `SHA256:…` as ssh-keygen -l shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The key type that the key itself contains (RFC 4253, section 6.6). */
export function keyType(key: Buffer): string {
  return key.length < 4 ? "" : key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

/** The known keys of one host. */
export class KnownHost {
  readonly #lines: readonly KnownHostLine[];
  readonly #withoutPort: readonly KnownHostLine[];

  /**
   * `withoutPort` are the lines of the bare address. Their keys are accepted at any port for which no other key of the
   * type is known. A key that differs from them proves nothing.
   */
  constructor(lines: readonly KnownHostLine[], withoutPort: readonly KnownHostLine[] = []) {
    this.#lines = lines;
    this.#withoutPort = withoutPort;
  }

  /** Known key types first; otherwise a host with several keys would seem changed. */
  get algorithms(): readonly HostKeyAlgorithm[] {
    const own = this.#lines.some(isPlain) ? this.#lines : this.#withoutPort;
    const types = new Set(own.filter(isPlain).map(({ type }) => type));
    const known = HOST_KEY_ALGORITHMS.filter((each) => types.has(each.startsWith("rsa-") ? "ssh-rsa" : each));
    return [...known, ...HOST_KEY_ALGORITHMS.filter((each) => !known.includes(each))];
  }

  judge(key: Buffer): HostKeyCheck {
    const text = key.toString("base64");
    const both = [...this.#lines, ...this.#withoutPort];
    const by = both.find(({ marker, key: revoked }) => marker === "revoked" && sameKey(revoked, text));
    if (by !== undefined) return { is: "revoked", by };
    const own = this.#lines.filter(isPlain);
    if (own.some((line) => sameKey(line.key, text))) return { is: "known" };
    const sameType = own.find(({ type }) => type === keyType(key));
    const bare = sameType === undefined ? this.#withoutPort.filter(isPlain) : [];
    if (bare.some((line) => sameKey(line.key, text))) return { is: "known" };
    const old = sameType ?? own[0];
    if (old !== undefined) return { is: "changed", old };
    return { is: "new", authority: both.find(({ marker }) => marker === "cert-authority") };
  }
}

function isPlain(line: KnownHostLine): boolean {
  return line.marker === "none";
}

function sameKey(a: string, b: string): boolean {
  return a.replace(/=+$/, "") === b.replace(/=+$/, "");
}

/**
 * The line of an authority that may vouch for the host (sshd(8), `@cert-authority`).
 * @throws Unreachable at stage `host-key` when a file is there but cannot be read.
 */
export async function certAuthorityFor(target: Target): Promise<KnownHostLine | undefined> {
  const lines = (await filesOf(target)).flatMap((file) => linesAbout(file, keyName(target)));
  return lines.find(({ marker }) => marker === "cert-authority");
}

/**
 * What the target's files say about it.
 *
 * @throws Unreachable at stage `host-key` when a file exists but cannot be read.
 */
export async function knownHost(target: Target): Promise<KnownHost> {
  const files = await filesOf(target);
  const about = (name: string) => files.flatMap((file) => linesAbout(file, name));
  const bare = target.hostKeyAlias === undefined && target.port !== 22;
  return new KnownHost(about(keyName(target)), bare ? about(target.address.toLowerCase()) : []);
}

/** A file's lines: those of plain names by name, since a thousand hosts have a thousand lines; and the others. */
interface KnownHostFile {
  readonly named: ReadonlyMap<string, readonly KnownHostLine[]>;
  /** Hashed names and patterns: each must be tried. */
  readonly others: readonly KnownHostLine[];
}

function linesAbout({ named, others }: KnownHostFile, name: string): readonly KnownHostLine[] {
  const found = [...(named.get(name) ?? []), ...others.filter(({ hosts }) => matches(hosts, name))];
  return found.filter(isKey).sort((a, b) => a.line - b.line);
}

/** Whether the line contains a valid key of the type that it names; ssh skips other lines. */
function isKey({ type, key }: KnownHostLine): boolean {
  if (!/^[A-Za-z0-9+/]+=*$/.test(key)) return false;
  const bytes = Buffer.from(key, "base64");
  let at = 0;
  while (at + 4 <= bytes.length) at += 4 + bytes.readUInt32BE(at);
  return at === bytes.length && keyType(bytes) === type;
}

function filed(lines: readonly KnownHostLine[]): KnownHostFile {
  const named = new Map<string, KnownHostLine[]>();
  const others = lines.filter(({ hosts }) => /^\||[*?!]/.test(hosts));
  const tried = new Set(others);
  for (const line of lines.filter((each) => !tried.has(each))) {
    for (const name of new Set(line.hosts.toLowerCase().split(","))) {
      const there = named.get(name);
      if (there === undefined) named.set(name, [line]);
      else there.push(line);
    }
  }
  return { named, others };
}

function filesOf({ knownHosts }: Target): Promise<readonly KnownHostFile[]> {
  return Promise.all(knownHosts.map(fileOf));
}

/** Parsed files, with the values that distinguish one version of a file from another. */
const files = new Map<string, { readonly version: string; readonly made: Promise<KnownHostFile> }>();

async function fileOf(file: string): Promise<KnownHostFile> {
  try {
    const { mtimeMs, size, ino } = await patiently(() => stat(file));
    const version = `${mtimeMs} ${size} ${ino}`;
    const before = files.get(file);
    if (before?.version === version) return await before.made;
    const made = readRegular(file).then(({ bytes }) => filed(parseKnownHosts(bytes.toString("utf8"), file)));
    files.set(file, { version, made });
    return await made;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return NOT_THERE;
    if (error instanceof NotRead)
      throw new Unreachable("host-key", `\`${file}\` ${error.message}`, { hint: "see `UserKnownHostsFile`" });
    throw refusedFor(`\`${file}\` cannot be read`, error);
  }
}

const NOT_THERE = filed([]);

/** The lines with content; lines that cannot be parsed are skipped, as ssh does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHostLine[] {
  return text.split("\n").flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/);
    if (raw.trim() === "" || raw.trimStart().startsWith("#")) return [];
    const marked = words[0]?.startsWith("@") === true;
    const marker = marked ? MARKERS.get(words[0] ?? "") : "none";
    const [hosts, type, key] = marked ? words.slice(1) : words;
    if (marker === undefined || hosts === undefined || type === undefined || key === undefined) return [];
    return [{ marker, hosts, type, key, file, line: index + 1 }];
  });
}

const MARKERS: ReadonlyMap<string, KnownHostLine["marker"]> = new Map([
  ["@revoked", "revoked"],
  ["@cert-authority", "cert-authority"],
]);

/**
 * Whether the hosts field of a line matches a name: `*` and `?` as in a shell; one matching `!pattern` excludes the
 * name.
 */
export function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return matchesHash(hosts, name);
  const patterns = hosts.toLowerCase().split(",");
  if (patterns.some((each) => each.startsWith("!") && glob(each.slice(1), name))) return false;
  return patterns.some((each) => !each.startsWith("!") && glob(each, name));
}

function matchesHash(hosts: string, name: string): boolean {
  const [, , salt = "", hash = ""] = hosts.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function glob(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(name);
}

/** The pending write to each file: the next write reads the file after it. */
const writing = new Map<string, Promise<unknown>>();

/**
 * Writes down the key of a new host (`accept-new`); call it after the host has proved that it owns the key. One machine
 * may be reached under several names at the same time. For the later ones the key that the first wrote is known, or the
 * key counts as changed.
 *
 * @returns what the files say now
 * @throws Unreachable at stage `host-key` when the file cannot be written: a key that is not remembered is not
 * accepted.
 */
export async function addKnownHost(target: Target, key: Buffer): Promise<HostKeyCheck> {
  const [file] = target.knownHosts;
  if (file === undefined)
    throw new Unreachable("host-key", "there is no known_hosts file to write the new host key to");
  const before = writing.get(file);
  const mine = (before ?? Promise.resolve()).then(() => rememberIn(file, target, key));
  const done = mine.catch(() => undefined);
  writing.set(file, done);
  return mine;
}

async function rememberIn(file: string, target: Target, key: Buffer): Promise<HostKeyCheck> {
  const verdict = (await knownHost(target)).judge(key);
  if (verdict.is !== "new") return verdict;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await patiently(() => append(file, `${keyName(target)} ${keyType(key)} ${key.toString("base64")}\n`));
    return { is: "known" };
  } catch (error) {
    throw refusedFor(`the new host key cannot be written to \`${file}\``, error);
  }
}

function refusedFor(what: string, error: unknown): Unreachable {
  const { cause, hint } = refused(error);
  return new Unreachable("host-key", `${what}: ${cause}`, hint === undefined ? {} : { hint });
}

/** A line of its own, even if the file's last line has no newline; in one write, since others may write, too. */
async function append(file: string, line: string): Promise<void> {
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    await handle.appendFile(size > 0 && buffer[0] !== 0x0a ? `\n${line}` : line);
  } finally {
    await handle.close();
  }
}
