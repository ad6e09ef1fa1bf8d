/** Screens of the program itself: each directory is an input, its `command` what is typed there, its `prepare` a script. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { splitWords } from "../../src/text/shell-words.ts";
import { dsrctl } from "../vault/dsrctl.ts";

export interface Screens {
  readonly names: readonly string[];
  /** What is shown for one of them: the command, standard output, standard error, the exit code. */
  readonly screen: (name: string) => Promise<string>;
  readonly remove: () => void;
}

/** A copy of the inputs; modes, which version control does not keep, are 0600 where no `prepare` says otherwise. */
export function screensOf(inputs: string): Screens {
  const directory = mkdtempSync(join(tmpdir(), "dsrctl-screens-"));
  cpSync(inputs, directory, { recursive: true });
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o600);
  const names = readdirSync(directory).filter((name) => existsSync(join(directory, name, "command")));
  return { names: names.sort(), screen: (name) => shown(join(directory, name)), remove: () => rmSync(directory, { recursive: true }) };
}

async function shown(cwd: string): Promise<string> {
  if (existsSync(join(cwd, "prepare"))) execFileSync("sh", ["prepare"], { cwd });
  const command = readFileSync(join(cwd, "command"), "utf8").trim();
  const words = splitWords(command);
  if (!Array.isArray(words)) throw new Error(`the command is open: ${command}`);
  const { code, out, err } = await dsrctl(cwd, ...(words as readonly string[]));
  const said = err === "" ? "" : `(standard error)\n${err}`;
  return `$ dsrctl ${command}\n${out.toString()}${said}exit ${code}\n`.replaceAll(/took \d+\.\d s/g, "took 0.0 s");
}
