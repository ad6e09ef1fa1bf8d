/** What templates of a command may reach: files beside the playbook, the environment, passwords, and with a switch programs. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../failure.ts";
import { REASONS } from "../files.ts";
import { listNames } from "../nearest.ts";
import type { Place, Source } from "../place.ts";
import { Unready } from "../playbook/template.ts";
import type { TemplateOptions } from "../playbook/template.ts";
import { remember, Secret } from "../secret.ts";
import { decrypt } from "../vault/decrypt.ts";
import { isEncrypted } from "../vault/envelope.ts";
import type { Keyring } from "../vault/keyring.ts";
import { pathsOf, shownPath } from "./search-path.ts";

export interface AccessOptions {
  readonly cwd: string;
  /** The playbook's folder; the current one where there is no playbook. */
  readonly folder: string;
  readonly vault: Keyring;
  /** Passwords that are made are kept in their files; else only for this run. */
  readonly keepPasswords: boolean;
  readonly allowPipe: boolean;
}

export function templateAccess(options: AccessOptions): TemplateOptions {
  const files = new Files(options);
  const passwords = new Map<string, Secret>();
  return {
    env: (name) => process.env[name],
    file: (name) => files.file(name),
    template: (name, from) => files.template(name, from),
    password: ({ path, make }) => {
      const known = passwords.get(path) ?? passwordIn(resolve(options.folder, path), make, options.keepPasswords);
      if (path !== "/dev/null") passwords.set(path, known);
      remember(known.reveal());
      return known;
    },
    ...(options.allowPipe ? { pipe: piping(options.folder) } : {}),
  };
}

/** Files as templates read them; the same in all of a run. */
class Files {
  readonly #options: AccessOptions;
  readonly #known = new Map<string, Source>();
  readonly #opening = new Map<string, Promise<void>>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** @throws Unready, InputError */
  file(name: string): string | Secret {
    const paths = pathsOf(name, "files", [this.#options.folder]);
    const source = this.#first(paths);
    if (source === undefined) throw refusal(`file \`${name}\` not found`, `looked for ${this.#shown(paths)}`);
    return source.secret === true ? new Secret(source.text) : source.text;
  }

  /** As `include` names it: never above the folders that are looked in. */
  template(name: string, from: Place): Source | undefined {
    if (name.split("/").includes("..")) return undefined;
    const { folder, cwd } = this.#options;
    return this.#first(pathsOf(name, "templates", [folder, dirname(resolve(cwd, from.source.file))]));
  }

  #shown(paths: readonly string[]): string {
    return listNames(paths.map((path) => shownPath(path, this.#options.cwd)));
  }

  #first(paths: readonly string[]): Source | undefined {
    const path = paths.find((each) => this.#known.has(each) || isFile(each));
    return path === undefined ? undefined : (this.#known.get(path) ?? this.#read(path));
  }

  #read(path: string): Source {
    const file = shownPath(path, this.#options.cwd);
    const bytes = reading(file, () => readFileSync(path));
    if (isEncrypted(bytes)) {
      const opening = this.#opening.get(path) ?? this.#decrypt(path, file, bytes);
      this.#opening.set(path, opening);
      throw new Unready(opening);
    }
    return this.#keep(path, { file, text: textOf(bytes, file) });
  }

  async #decrypt(path: string, file: string, bytes: Uint8Array): Promise<void> {
    const content = await decrypt(bytes, file, this.#options.vault);
    this.#keep(path, { file, text: textOf(content.bytes, file), secret: true });
  }

  #keep(path: string, source: Source): Source {
    this.#known.set(path, source);
    return source;
  }
}

/** What may not be looked at is one: reading it tells why. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return true;
  }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal(`\`${file}\` is not a text in UTF-8`);
  }
}

function reading<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw refusal(`\`${file}\` ${REASONS[code] ?? `cannot be used (${code})`}`);
  }
}

function refusal(message: string, help?: string): InputError {
  return new InputError([{ severity: "error", message, ...(help === undefined ? {} : { help }) }]);
}

/** The password that a file holds; of what `encrypt=` of Ansible kept beside it nothing. */
function passwordIn(path: string, make: () => string, keep: boolean): Secret {
  if (path === "/dev/null" || (!keep && !isFile(path))) return new Secret(make());
  return reading(path, () => {
    if (!isFile(path)) writeOnce(path, `${make()}\n`);
    return new Secret(
      readFileSync(path, "utf8")
        .trimEnd()
        .replace(/ salt=\S*(?: ident=\S*)?$/, ""),
    );
  });
}

/** Whole or not at all, and never over another's: two runs at a time end with the same password. */
function writeOnce(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    closeSync(file);
    rmSync(draft);
  }
}

/** Seconds, and bytes that a command may print. */
const DEADLINE = 10;
const MOST = 1024 * 1024;

type End = { readonly out: string } | { readonly why: string };

/** Each command is run once, however many hosts use it. */
function piping(cwd: string): (command: string) => string {
  const ended = new Map<string, End>();
  const running = new Map<string, Promise<void>>();
  return (command) => {
    const end = ended.get(command);
    if (end === undefined) {
      const run = running.get(command) ?? runShell(command, cwd).then((each) => void ended.set(command, each));
      running.set(command, run);
      throw new Unready(run);
    }
    if ("out" in end) return end.out;
    throw refusal(`lookup \`pipe\`: ${end.why}`);
  };
}

function runShell(command: string, cwd: string): Promise<End> {
  return new Promise((done) => {
    const options = { cwd, timeout: DEADLINE * 1000, maxBuffer: MOST, killSignal: "SIGKILL" } as const;
    execFile("/bin/sh", ["-c", command], options, (error, out) => {
      if (error === null) done({ out: out.trimEnd() });
      else if (error.killed === true) done({ why: `the command took longer than ${DEADLINE} seconds` });
      else if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") done({ why: "the command printed more than 1 MiB" });
      else done({ why: `the command ended with ${error.code ?? error.signal ?? "an error"}` });
    }).stdin?.end();
  });
}
