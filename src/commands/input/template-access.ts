/**
 * What a command's templates can reach: files next to the playbook, the environment, passwords, and programs if a
 * switch allows it.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { link, mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { unlessStopped } from "../../system/abort.ts";
import { InputError } from "../../core/problem.ts";
import type { ProblemCode } from "../../core/problem-code.ts";
import { REASONS, fileProblemCode } from "../../files.ts";
import { listNames } from "../../text/suggest.ts";
import type { Place, Source } from "../../core/source.ts";
import { Unready } from "../../jinja/templates.ts";
import type { TemplateOptions } from "../../jinja/templates.ts";
import { NotRead, patiently, readRegular } from "../../system/read-input.ts";
import { codeOf } from "../../system/file-errors.ts";
import { registerSecret, Secret } from "../../core/secret.ts";
import { decrypt } from "../../vault/decrypt.ts";
import { isEncrypted } from "../../vault/envelope.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { pathsOf, shownPath } from "./search-path.ts";

export interface AccessOptions {
  readonly cwd: string;
  /** The playbook's directory; the current one if there is no playbook. */
  readonly directory: string;
  readonly vault: Keyring;
  /** Generated passwords are kept in their files; otherwise only for this run. */
  readonly keepPasswords: boolean;
  readonly allowPipe: boolean;
  /** An interruption: all waits end. */
  readonly stop: AbortSignal;
}

export function templateAccess(options: AccessOptions): TemplateOptions {
  const files = new Files(options);
  const passwords = new Ends<Secret>(options.stop);
  return {
    env: (name) => process.env[name],
    file: (name) => files.file(name),
    template: (name, from) => files.template(name, from),
    password: ({ path, make }) => {
      if (path === "/dev/null") return remembered(new Secret(make()));
      return passwords.of(path, () => passwordIn(resolve(options.directory, path), make, options.keepPasswords));
    },
    ...(options.allowPipe ? { pipe: piping(options) } : {}),
  };
}

function remembered(secret: Secret): Secret {
  registerSecret(secret.reveal());
  return secret;
}

/**
 * Results of slow work by name, each computed once per run. A rendering that needs one stops, and starts again when the
 * result is there.
 */
class Ends<T> {
  readonly #stop: AbortSignal;
  readonly #ends = new Map<string, { readonly value: T } | { readonly error: unknown }>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(stop: AbortSignal) {
    this.#stop = stop;
  }

  /** @throws Unready; the error of the work, at each use, so that the message has its place. */
  of(name: string, work: () => Promise<T>): T {
    const end = this.#ends.get(name);
    if (end === undefined) throw new Unready(unlessStopped(this.#stop, this.#begun(name, work)));
    if ("error" in end) throw end.error;
    return end.value;
  }

  #begun(name: string, work: () => Promise<T>): Promise<void> {
    const running =
      this.#running.get(name) ??
      work().then(
        (value) => void this.#ends.set(name, { value }),
        (error: unknown) => void this.#ends.set(name, { error }),
      );
    this.#running.set(name, running);
    return running;
  }
}

/** Files as templates read them; the same in all of a run. */
class Files {
  readonly #options: AccessOptions;
  readonly #found: Ends<Source | undefined>;
  readonly #read = new Map<string, Promise<Source>>();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#found = new Ends(options.stop);
  }

  /** @throws Unready, InputError */
  file(name: string): string | Secret {
    const paths = pathsOf(name, "files", [this.#options.directory]);
    const source = this.#first(paths);
    if (source === undefined)
      throw refusal("file-not-found", `file \`${name}\` not found`, `looked for ${this.#shown(paths)}`);
    return source.secret === true ? new Secret(source.text) : source.text;
  }

  /** As `include` names it: never above the directories that are looked in. */
  template(name: string, from: Place): Source | undefined {
    if (name.split("/").includes("..")) return undefined;
    const { directory, cwd } = this.#options;
    return this.#first(pathsOf(name, "templates", [directory, dirname(resolve(cwd, from.source.file))]));
  }

  #shown(paths: readonly string[]): string {
    return listNames(paths.map((path) => shownPath(path, this.#options.cwd)));
  }

  #first(paths: readonly string[]): Source | undefined {
    return this.#found.of(paths.join("\0"), () => this.#find(paths));
  }

  async #find(paths: readonly string[]): Promise<Source | undefined> {
    for (const path of paths) {
      if (!(await isFile(path))) continue;
      const reading = this.#read.get(path) ?? this.#source(path);
      this.#read.set(path, reading);
      return reading;
    }
    return undefined;
  }

  async #source(path: string): Promise<Source> {
    const file = shownPath(path, this.#options.cwd);
    const bytes = await reading(file, async () => (await readRegular(path)).bytes);
    if (!isEncrypted(bytes)) return { file, text: textOf(bytes, file) };
    const content = await decrypt(bytes, file, this.#options.vault);
    return { file, text: textOf(content.bytes, file), secret: true };
  }
}

/**
 * A path that cannot be examined counts as a file: reading it reports why.
 *
 * @throws InputError when its file system does not answer
 */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await patiently(() => stat(path))).isFile();
  } catch (error) {
    if (error instanceof NotRead) throw refusal("file-unreadable", `\`${path}\` ${error.message}`);
    return !["ENOENT", "ENOTDIR"].includes(codeOf(error));
  }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal("not-utf8", `\`${file}\` is not a text in UTF-8`);
  }
}

async function reading<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw refusal(fileProblemCode(code), `\`${file}\` ${REASONS[code] ?? `cannot be read (${code})`}`);
  }
}

function refusal(code: ProblemCode, message: string, help?: string): InputError {
  return new InputError([{ severity: "error", code, message, ...(help === undefined ? {} : { help }) }]);
}

/** The password that a file contains, without what Ansible's `encrypt=` keeps next to it. */
async function passwordIn(path: string, make: () => string, keep: boolean): Promise<Secret> {
  if (!keep && !(await isFile(path))) return remembered(new Secret(make()));
  return reading(path, async () => {
    if (!(await isFile(path))) await patiently(() => writeOnce(path, `${make()}\n`));
    const text = (await readRegular(path)).bytes.toString("utf8");
    return remembered(new Secret(text.trimEnd().replace(/ salt=\S*(?: ident=\S*)?$/, "")));
  });
}

/** Completely or not at all, and never over an existing file: two runs at the same time end with the same password. */
async function writeOnce(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await file.close();
    await rm(draft);
  }
}

/** Limits for a command: seconds, and bytes of output. */
const DEADLINE = 10;
const MOST = 1024 * 1024;

type End = { readonly out: string } | { readonly why: string };

/** Each command is run once, no matter how many hosts use it. */
function piping({ directory, stop }: AccessOptions): (command: string) => string {
  const ends = new Ends<End>(stop);
  return (command) => {
    const end = ends.of(command, () => runShell(command, directory));
    if ("out" in end) return end.out;
    throw refusal("program-failed", `lookup \`pipe\`: ${end.why}`);
  };
}

function runShell(command: string, cwd: string): Promise<End> {
  return new Promise((done) => {
    const options = { cwd, timeout: DEADLINE * 1000, maxBuffer: MOST, killSignal: "SIGKILL" } as const;
    execFile("/bin/sh", ["-c", command], options, (error, out) => {
      if (error === null) done({ out: out.trimEnd() });
      else if (error.killed === true) done({ why: `the command timed out after ${DEADLINE} seconds` });
      else if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") done({ why: "the command printed more than 1 MiB" });
      else done({ why: `the command ended with ${error.code ?? error.signal ?? "an error"}` });
    }).stdin?.end();
  });
}
