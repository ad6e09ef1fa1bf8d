/** One inventory file of any kind, into the draft. */
import { access, constants } from "node:fs/promises";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { readSource } from "../files.ts";
import { collectProblems } from "../core/collect-problems.ts";
import type { Source } from "../core/source.ts";
import { patiently, readHead } from "../system/read-input.ts";
import { readData } from "./data.ts";
import type { Draft } from "./draft.ts";
import type { FoundFile } from "./find.ts";
import { readIni } from "./ini.ts";
import { readScript } from "./script-groups.ts";
import type { ScriptOptions } from "./script.ts";
import type { Keyring } from "../vault/keyring.ts";
import { readGroups } from "./yaml-groups.ts";
import { pathWord } from "../core/shell.ts";

/** Problems go to the draft. Without options for scripts a file that is a program is left out. */
export async function readInventory(
  draft: Draft,
  file: FoundFile,
  script: ScriptOptions | undefined,
  vault?: Keyring,
): Promise<void> {
  const tell = (problem: Problem) => void draft.problems.push(problem);
  await collectProblems(tell, async () => {
    if (await isProgram(file)) return script === undefined ? undefined : readScript(draft, file, script);
    const source = await readSource(file.path, { shown: file.shown, what: "inventory", vault });
    if (isIni(source)) return readIni(draft, withoutMark(source));
    if (source.file.endsWith(".toml")) throw new InputError([toml(source)]);
    readGroups(draft, readData(source, tell));
  });
}

/**
 * A file that is executable and begins as programs do. An execute bit alone does not count, because some file systems
 * give it to all files.
 *
 * @throws InputError for a script that lacks the bit
 */
async function isProgram({ path, shown }: FoundFile): Promise<boolean> {
  const head = await headOf(path);
  const script = head.startsWith("#!");
  if (!script && !head.startsWith("\u007fELF")) return false;
  if (await mayRun(path)) return true;
  if (!script) return false;
  const message = `inventory \`${shown}\` begins with \`#!\` and may not be run`;
  throw new InputError([
    { severity: "error", code: "program-failed", message, help: `\`chmod +x ${pathWord(shown)}\`` },
  ]);
}

/** The first bytes, as Latin-1; none if they cannot be read, which the later reading reports. */
async function headOf(path: string): Promise<string> {
  return readHead(path, 4).then(
    ({ bytes }) => bytes.toString("latin1"),
    () => "",
  );
}

async function mayRun(path: string): Promise<boolean> {
  try {
    await patiently(() => access(path, constants.X_OK));
    return true;
  } catch {
    return false;
  }
}

const HEADER = /^[ \t]*\[[^\]\r\n,'"{]+\][ \t]*(?:[#;].*)?\r?$/m;
const YAML_LINE = /^(?:---|%|[{[]|\?\s|["']|[^\s=]+\s*:(?:\s|$))/;

/** Ansible tries YAML, then INI. Here the file's name decides, or else its content. */
function isIni({ file, text }: Source): boolean {
  if (/\.(?:ini|cfg)$/.test(file)) return true;
  if (/\.(?:json|toml)$/.test(file)) return false;
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const first = lines.find((line) => /^\s*[^\s#;]/.test(line))?.trim();
  if (first === undefined) return lines.some((line) => line.trim().startsWith(";")) && !/\.ya?ml$/.test(file);
  if (HEADER.test(first)) return true;
  return !/\.ya?ml$/.test(file) && (HEADER.test(text) || !YAML_LINE.test(first));
}

function withoutMark(source: Source): Source {
  return source.text.startsWith("\ufeff") ? { ...source, text: source.text.slice(1) } : source;
}

function toml(source: Source): Problem {
  const help = `write it as YAML: \`ansible-inventory -i ${source.file} --list --yaml\` shows how`;
  return {
    severity: "error",
    code: "not-supported",
    message: `\`${source.file}\`: inventories in TOML are not supported`,
    help,
  };
}
