/** Files that tasks of a playbook name: read once, the same for every host and to the end of the run. */
import { basename, dirname } from "node:path";
import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import { kindOfPath, namesIn, readContent, textSource } from "../../files.ts";
import { didYouMean, listNames } from "../../text/suggest.ts";
import type { Source } from "../../core/source.ts";
import type { PlaybookFile } from "../../core/task-type.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { pathsOf, shownPath } from "./search-path.ts";

interface Beside {
  /** The playbook's directory. */
  readonly directory: string;
  readonly vault: Keyring;
  readonly cwd: string;
}

export class PlaybookFiles {
  readonly #beside: Beside;
  readonly #read = new Map<string, Promise<PlaybookFile>>();
  readonly #texts = new WeakMap<PlaybookFile, Source>();

  constructor(beside: Beside) {
    this.#beside = beside;
  }

  /** @param path as the task gives it. @throws InputError */
  read(path: string, kind: "files" | "templates"): Promise<PlaybookFile> {
    const key = `${kind}/${path}`;
    const known = this.#read.get(key) ?? readFor(this.#beside, path, kind);
    this.#read.set(key, known);
    return known;
  }

  /** @throws InputError when it is not UTF-8 */
  text(file: PlaybookFile): Source {
    const known = this.#texts.get(file) ?? textSource(file.bytes, file.path, file.secret);
    this.#texts.set(file, known);
    return known;
  }
}

async function readFor(
  { directory, vault, cwd }: Beside,
  path: string,
  kind: "files" | "templates",
): Promise<PlaybookFile> {
  const tried = pathsOf(path, kind, [directory]);
  for (const each of tried) {
    if ((await kindOfPath(each)) !== "file") continue;
    const name = shownPath(each, cwd);
    return { path: name, ...(await readContent(each, { shown: name, vault, regular: true })) };
  }
  throw new InputError([await noFile(path, tried, cwd)]);
}

async function noFile(path: string, tried: readonly string[], cwd: string): Promise<Problem> {
  for (const each of tried) {
    if ((await kindOfPath(each)) === "directory")
      return {
        severity: "error",
        code: "file-unreadable",
        message: `\`${shownPath(each, cwd)}\` is a directory, not a file`,
      };
  }
  const beside = await Promise.all(tried.map((each) => namesIn(dirname(each))));
  const label = didYouMean(basename(path), beside.flat());
  const help = `looked for ${listNames(tried.map((each) => shownPath(each, cwd)))}`;
  return {
    severity: "error",
    code: "file-not-found",
    message: `\`${path}\` not found`,
    ...(label === undefined ? {} : { label }),
    help,
  };
}
