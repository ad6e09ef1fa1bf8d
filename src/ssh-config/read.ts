/** Reads the files of a configuration, with those that they include. */
import { readdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Account } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import type { Place, Source } from "../core/source.ts";
import { NotRead, patiently, readAny, readRegular } from "../system/read-input.ts";
import type { Word } from "./lex.ts";
import { matchesGlob } from "./pattern.ts";
import { readStatements } from "./statements.ts";
import type { Statement } from "./statements.ts";
import { quote } from "../core/shell.ts";

/** A file to begin with. */
export interface Root {
  readonly path: string;
  /** The path as the operator gave it. */
  readonly shown?: string | undefined;
  /** The operator's own: `~` is allowed in Include, and relative paths start at `~/.ssh`; otherwise at `/etc/ssh`. */
  readonly own: boolean;
  /** Named by the operator: it must exist. */
  readonly named?: { readonly place: Place } | undefined;
  /**
   * The file can make dsrctl run commands, so other users must not be able to write to it. As in ssh(1), this is not
   * checked for a named file.
   */
  readonly guarded: boolean;
}

export interface ConfigFile {
  readonly source: Source;
  readonly own: boolean;
  readonly items: readonly Item[];
}

export type Item =
  Exclude<Statement, { is: "include" }> | { readonly is: "include"; readonly files: readonly ConfigFile[] };

/** The depth of includes that ssh(1) allows. */
const DEEPEST = 16;
const LARGEST = 4 * 1024 * 1024;
/** Files that one configuration may have, counted each time they are included. */
const MOST = 1000;

export class Reader {
  readonly problems: Problem[] = [];
  readonly #local: Account;
  readonly #tell = (problem: Problem) => void this.problems.push(problem);
  #count = 0;

  constructor(local: Account) {
    this.#local = local;
  }

  /** `undefined` if it does not exist. */
  async root({ path, shown = path, own, named, guarded }: Root): Promise<ConfigFile | undefined> {
    const read = await this.#text(path, guarded, named?.place);
    if (read === undefined && named !== undefined && this.problems.length === 0)
      this.#wrong(named.place, `the ssh configuration \`${shown}\` does not exist`);
    return read === undefined ? undefined : this.#file({ file: shown, text: read }, own, [path]);
  }

  #wrong(place: Place | undefined, message: string, help?: string): undefined {
    const more = { ...(place === undefined ? {} : { place }), ...(help === undefined ? {} : { help }) };
    this.#tell({ severity: "error", code: "ssh-config", message, ...more });
    return undefined;
  }

  #none(place: Place, message: string): readonly string[] {
    this.#wrong(place, message);
    return [];
  }

  async #text(path: string, guarded: boolean, place: Place | undefined): Promise<string | undefined> {
    try {
      const { bytes, stat } = await (guarded ? readRegular(path) : readAny(path));
      const { mode, uid } = stat;
      const foreign = guarded && ((uid !== 0 && uid !== this.#local.uid) || (mode & 0o022) !== 0);
      if (foreign)
        return this.#wrong(
          place,
          `\`${path}\` is writable by other users; ssh refuses it`,
          `\`chmod go-w ${quote(path)}\``,
        );
      if (bytes.length > LARGEST) return this.#wrong(place, `\`${path}\` is larger than 4 MiB`);
      return bytes.toString("utf8");
    } catch (error) {
      if (error instanceof NotRead) return this.#wrong(place, `\`${path}\` ${error.message}`);
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      return this.#wrong(place, `\`${path}\` cannot be read (${code})`);
    }
  }

  async #file(source: Source, own: boolean, chain: readonly string[]): Promise<ConfigFile> {
    const items: Item[] = [];
    for (const statement of readStatements(source, this.#tell)) {
      if (statement.is === "include") items.push({ is: "include", files: await this.#include(statement, own, chain) });
      else items.push(statement);
    }
    return { source, own, items };
  }

  async #include(
    { paths }: { readonly paths: readonly Word[] },
    own: boolean,
    chain: readonly string[],
  ): Promise<readonly ConfigFile[]> {
    const files: ConfigFile[] = [];
    for (const word of paths) {
      for (const path of await this.#found(word, own)) {
        const file = await this.#included(path, word.place, own, chain);
        if (file !== undefined) files.push(file);
      }
    }
    return files;
  }

  async #included(path: string, place: Place, own: boolean, chain: readonly string[]): Promise<ConfigFile | undefined> {
    if (chain.includes(path)) return this.#wrong(place, `\`${path}\` includes itself: ${cycle(chain, path)}`);
    if (chain.length > DEEPEST) return this.#wrong(place, `more than ${DEEPEST} files include one another`);
    this.#count += 1;
    if (this.#count > MOST) return this.#count > MOST + 1 ? undefined : this.#wrong(place, `more than ${MOST} files`);
    const text = await this.#text(path, true, place);
    return text === undefined ? undefined : this.#file({ file: path, text }, own, [...chain, path]);
  }

  /** The files that match a path with wildcards; none is no error. */
  async #found(word: Word, own: boolean): Promise<readonly string[]> {
    const { text, place } = word;
    if (text.startsWith("~") && !own)
      return this.#none(place, "`~` has no meaning in the configuration of the whole system");
    if (/^~[^/]/.test(text)) return this.#none(place, "only `~/` is supported here");
    const directory = own ? join(this.#local.home, ".ssh") : "/etc/ssh";
    const path = text.startsWith("~") ? join(this.#local.home, text.slice(1)) : text;
    return expandGlob(isAbsolute(path) ? path : join(directory, path));
  }
}

function cycle(chain: readonly string[], path: string): string {
  return [...chain.slice(chain.indexOf(path)), path].map((each) => `\`${each}\``).join(" → ");
}

/** Directory by directory, in the order of their names; only a leading dot matches a leading dot (glob(7)). */
async function expandGlob(path: string): Promise<readonly string[]> {
  let found = ["/"];
  for (const part of path.split("/").filter((each) => each !== "")) {
    const next = await Promise.all(found.map((directory) => step(directory, part)));
    found = next.flat();
  }
  return found;
}

async function step(directory: string, part: string): Promise<readonly string[]> {
  if (!/[*?[]/.test(part)) return [join(directory, part)];
  const names = await patiently(() => readdir(directory)).catch(() => [] as string[]);
  const dots = part.startsWith(".");
  return names
    .filter((name) => (dots || !name.startsWith(".")) && matchesGlob(name, part))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => join(directory, name));
}
