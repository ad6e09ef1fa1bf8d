/** `-e`: variables above all others. */
import { resolve } from "node:path";
import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import { readSource } from "../../files.ts";
import { throwIfErrors } from "../../core/collect-problems.ts";
import { suspectNames } from "../../inventory/connection.ts";
import type { Variable, Variables } from "../../inventory/types.ts";
import { inventoryNameProblem, readVariables } from "../../inventory/variables.ts";
import type { Place, Source } from "../../core/source.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { unlock } from "../../yaml/unlock.ts";
import { readYaml } from "../../yaml/index.ts";
import type { Entry, Node } from "../../yaml/index.ts";

export interface ExtraVars {
  readonly variables: Variables;
  readonly warnings: readonly Problem[];
}

/**
 * Each is `KEY=VALUE` (several, with blanks between), a YAML or JSON map, or `@FILE` with one. The later the stronger.
 * @throws InputError
 */
export async function extraVars(given: readonly string[], cwd: string, vault?: Keyring): Promise<ExtraVars> {
  const problems: Problem[] = [];
  const tell = (problem: Problem): void => void problems.push(problem);
  const layers = await Promise.all(
    given.map(async (text) => readNode(isMap(text) ? await fromYaml(text, cwd, vault) : fromPairs(text), tell)),
  );
  const variables = new Map(layers.flatMap((layer) => [...layer]));
  problems.push(...suspectNames(variables.values()));
  throwIfErrors(problems);
  return { variables, warnings: problems };
}

function isMap(text: string): boolean {
  return /^\s*[@{[]/.test(text) || /^[\w-]+:\s/.test(text);
}

async function fromYaml(text: string, cwd: string, vault: Keyring | undefined): Promise<Node> {
  const isFile = text.startsWith("@");
  const shown = text.slice(1);
  const source: Source = isFile
    ? await readSource(resolve(cwd, shown), { shown, what: "file of extra variables", vault })
    : { file: "-e", text };
  const node = readYaml(source);
  await unlock(node, vault);
  return node;
}

function readNode(node: Node, tell: (problem: Problem) => void): ReadonlyMap<string, Variable> {
  if (node.kind === "map") return readVariables(node, "extra variables", tell, inventoryNameProblem);
  const help = 'write `-e KEY=VALUE`, `-e \'{"key": "value"}\'` or `-e @FILE`';
  throw new InputError([
    { severity: "error", code: "invalid-value", message: "expected a map of variables", place: node.place, help },
  ]);
}

const PAIR = /\s*([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)\s*/dy;

/** As Ansible: values of `KEY=VALUE` are text. */
function fromPairs(text: string): Node {
  const source: Source = { file: "-e", text };
  const entries = new Map<string, Entry>();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.length) {
    const start = PAIR.lastIndex;
    const found = PAIR.exec(text);
    if (found === null) throw new InputError([notPairs(source, start)]);
    const entry = pair(source, found);
    entries.set(entry.key, entry);
  }
  return { kind: "map", entries: [...entries.values()], place: { source, start: 0, end: text.length } };
}

function pair(source: Source, { 1: key = "", 2: value = "", indices }: RegExpExecArray): Entry {
  const placeOf = ([start, end]: readonly [number, number] = [0, 0]): Place => ({ source, start, end });
  const [place, text] = [placeOf(indices?.[2]), unquoted(value)];
  return { key, keyPlace: placeOf(indices?.[1]), value: { kind: "scalar", value: text, text, place, unsafe: false } };
}

function unquoted(value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1);
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
}

function notPairs(source: Source, start: number): Problem {
  const blank = start > 0 ? "quote a value with spaces: `-e \"KEY='two words'\"`; " : "";
  return {
    severity: "error",
    code: "invalid-value",
    message: "expected `KEY=VALUE`",
    place: { source, start, end: source.text.length },
    help: `${blank}write a map as \`-e '{"key": "value"}'\`, a file as \`-e @FILE\``,
  };
}
