/** Private keys to log in with. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { account } from "../../system/home.ts";
import { Unreachable } from "../../core/problem.ts";
import { NotRead, readRegular } from "../../system/read-input.ts";
import { refused } from "../../system/file-errors.ts";
import type { Secret } from "../../core/secret.ts";
import { quote } from "../../core/shell.ts";
import { publicKey } from "./public-key.ts";
import { singleLine } from "../transport/sanitize.ts";
import { parseKey } from "./client.ts";
import type { ParsedKey } from "./client.ts";
import type { Target } from "../../core/target.ts";

export interface Key {
  readonly path: string;
  readonly key: ParsedKey;
}

export interface Keys {
  /** Keys that the inventory names. */
  readonly named: readonly Key[];
  /** Keys of ssh_config, or the usual ones. */
  readonly others: readonly Key[];
  /** Why a usual key was skipped, for the message if authentication fails. */
  readonly passedOver: readonly string[];
  /** The public halves of all keys, no matter where the private half is. */
  readonly halves: readonly Buffer[];
}

/** What ssh tries when no key is named (ssh_config(5), IdentityFile), without those that ssh2 cannot use. */
export function defaultKeyPaths(): readonly string[] {
  return ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(account().home, ".ssh", name));
}

/**
 * The keys that the target names, and those that ssh_config names, or the usual ones. A key that the inventory names
 * must be usable, here or by the agent; other keys that are not usable are skipped.
 *
 * @throws Unreachable at stage `auth`: a named key is missing, readable by others, or not a key; without an agent also:
 * encrypted, or the public half.
 */
export async function loadKeys(target: Target): Promise<Keys> {
  const offered = target.offered ?? (target.keys.length > 0 ? [] : defaultKeyPaths());
  const named = [...new Set(target.keys)];
  const all = [...new Set([...named, ...offered])];
  const read = await Promise.all(all.map((path) => readKey(path, target.passphrase)));
  const wrong = read.flatMap((each, index) =>
    each instanceof KeyTrouble ? [{ each, isNamed: index < named.length }] : [],
  );
  const forAgent = ({ encrypted, isPublic }: KeyTrouble): boolean =>
    target.agent !== undefined && (encrypted || isPublic);
  const fatal = wrong.find(({ each, isNamed }) => isNamed && !forAgent(each));
  if (fatal !== undefined) throw new Unreachable("auth", fatal.each.message, { hint: fatal.each.hint });
  const usable = (keys: typeof read): readonly Key[] =>
    keys.filter((each): each is Key => !(each instanceof KeyTrouble));
  return {
    named: usable(read.slice(0, named.length)),
    others: usable(read.slice(named.length)),
    passedOver: wrong
      .filter(({ each }) => (!each.missing || target.offered !== undefined) && !(each.isPublic && forAgent(each)))
      .map(({ each }) => each.message),
    halves: target.agent === undefined ? [] : await halvesOf(all),
  };
}

/** A file's name identifies the key, no matter which half the file contains. */
async function halvesOf(paths: readonly string[]): Promise<readonly Buffer[]> {
  const found = await Promise.all(paths.map(publicKey));
  return found.flatMap((each) => (each === undefined ? [] : [each.blob]));
}

class KeyTrouble {
  readonly message: string;
  readonly hint: string;
  readonly missing: boolean;
  /** The agent may hold it open. */
  readonly encrypted: boolean;
  /** The agent may hold the private half. */
  readonly isPublic: boolean;

  constructor(message: string, hint: string, is: "missing" | "encrypted" | "public" | "wrong" = "wrong") {
    this.message = message;
    this.hint = hint;
    this.missing = is === "missing";
    this.encrypted = is === "encrypted";
    this.isPublic = is === "public";
  }
}

async function readKey(path: string, passphrase: Secret | undefined): Promise<Key | KeyTrouble> {
  try {
    const { bytes: text, stat } = await readRegular(path);
    const { mode, uid, mtimeMs, size } = stat;
    // The public half may be readable by others, and is the wrong file.
    if ((mode & 0o077) !== 0 && uid === process.getuid?.() && !isPublic(text)) return readable(path, mode);
    const parsed = parsedOnce(`${path}\0${mtimeMs}\0${size}`, text, passphrase);
    return parsed instanceof KeyFault ? parsed.at(path) : { path, key: parsed };
  } catch (error) {
    return unreadable(path, error as NodeJS.ErrnoException);
  }
}

function readable(path: string, mode: number): KeyTrouble {
  const octal = (mode & 0o7777).toString(8).padStart(4, "0");
  return new KeyTrouble(
    `the private key \`${path}\` is accessible to other users (mode ${octal})`,
    `\`chmod 600 ${quote(path)}\``,
  );
}

function unreadable(path: string, error: NodeJS.ErrnoException): KeyTrouble {
  if (error instanceof NotRead)
    return new KeyTrouble(`the private key \`${path}\` ${error.message}`, "see `ansible_ssh_private_key_file`");
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new KeyTrouble(`there is no private key \`${path}\``, "see `ansible_ssh_private_key_file`", "missing");
    case "EISDIR":
      return new KeyTrouble(`\`${path}\` is a directory, not a private key`, "see `ansible_ssh_private_key_file`");
    default: {
      const { cause, hint = "see whether the file is as it was" } = refused(error);
      return new KeyTrouble(`the private key \`${path}\` cannot be read: ${cause}`, hint);
    }
  }
}

/** A name that does not exist yet: the command in a hint replaces nothing. */
function free(path: string, count = 1): string {
  const name = count === 1 ? path : `${path}${count}`;
  return existsSync(name) ? free(path, count + 1) : name;
}

/** Why the content of a file is not a key to log in with; the same for every name of the file. */
class KeyFault {
  readonly #what: string;
  readonly #hint: string;
  readonly #is: "encrypted" | "public" | "wrong";

  constructor(what: string, hint: string, is: "encrypted" | "public" | "wrong" = "wrong") {
    this.#what = what;
    this.#hint = hint;
    this.#is = is;
  }

  at(path: string): KeyTrouble {
    const hint = this.#hint
      .replaceAll("KEY", () => quote(path))
      .replaceAll("OPENSSH", () => quote(free(path.replace(/\.ppk$/i, ""))))
      .replaceAll("NEW", () => quote(free(`${path}.new`)));
    return new KeyTrouble(`\`${path}\` ${this.#what}`, hint, this.#is);
  }
}

interface Parsed {
  readonly passphrase: string | undefined;
  readonly result: ParsedKey | KeyFault;
}

/** Decrypting a key blocks for 300 ms, so it is done once per run, not once per host. */
const parsed = new Map<string, Parsed>();

function parsedOnce(identity: string, text: Buffer, secret: Secret | undefined): ParsedKey | KeyFault {
  const passphrase = secret?.reveal();
  const before = parsed.get(identity);
  if (before !== undefined && before.passphrase === passphrase) return before.result;
  const result = parse(text, passphrase);
  parsed.set(identity, { passphrase, result });
  return result;
}

const PUBLIC = new KeyFault(
  "is a public key",
  "give the private one, without `.pub`, or start the agent that holds it",
  "public",
);
const TO_AGENT = "add it to the agent: `ssh-add KEY`";
const ENCRYPTED = /encrypted|passphrase/i;

function parse(text: Buffer, passphrase: string | undefined): ParsedKey | KeyFault {
  if (isPublic(text)) return PUBLIC;
  const plain = parseKey(text, undefined);
  if (!(plain instanceof Error)) return usable(plain);
  if (!ENCRYPTED.test(plain.message)) return new KeyFault(...unknown(text, plain));
  if (passphrase === undefined) return new KeyFault("is encrypted, and no passphrase is given", TO_AGENT, "encrypted");
  const opened = parseKey(text, passphrase);
  return opened instanceof Error
    ? new KeyFault("does not open with the passphrase", "check that it is the passphrase of this key")
    : usable(opened);
}

function isPublic(text: Buffer): boolean {
  return /^\s*(?:(?:ssh|ecdsa|sk)-\S+ AAAA|---- BEGIN SSH2 PUBLIC KEY|-----BEGIN (?:RSA )?PUBLIC KEY)/.test(
    text.toString("latin1"),
  );
}

function usable(key: ParsedKey): ParsedKey | KeyFault {
  return key.isPrivateKey() ? key : PUBLIC;
}

/** ssh-keygen(1) rewrites a key in place; a conversion to another format gets another file name. */
function unknown(text: Buffer, error: Error): [what: string, hint: string] {
  const head = text.toString("latin1");
  const putty = /^PuTTY-User-Key-File-(\d+):/.exec(head)?.[1];
  if (putty !== undefined && putty !== "2")
    return [
      `is a PuTTY key of version ${putty}, which is not supported`,
      "`puttygen KEY -O private-openssh -o OPENSSH`",
    ];
  // OpenSSH before 9.6 reads no Ed25519 key in this format (RFC 8410, section 7).
  if (/-----BEGIN PRIVATE KEY-----\s+MC4CAQAwBQYDK2Vw/.test(head))
    return ["is an Ed25519 key in PKCS#8 format, which is not supported", ANOTHER];
  if (/-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(head))
    return ["is in PKCS#8 format, which is not supported", "rewrite it in OpenSSH's own: `ssh-keygen -p -f KEY`"];
  return [
    `is not a private key that can be used: ${singleLine(error.message)}`,
    `check that the file is complete; ${ANOTHER}`,
  ];
}

const ANOTHER = "make another one: `ssh-keygen -t ed25519 -f NEW`";
