/** `-e`: variables above all others. */
import { resolve } from "node:path";
import { InputError } from "../failure.ts";
import { readSource } from "../files.ts";
import type { Layer, Variable } from "../engine/variables.ts";
import type { Source } from "../place.ts";
import type { Keyring } from "../vault/keyring.ts";
import { unlock } from "../yaml/unlock.ts";
import { plain, readYaml } from "../yaml.ts";
import type { Node } from "../yaml.ts";

/**
 * Each is `KEY=VALUE` (several, with blanks between), a YAML or JSON map, or `@FILE` with one. The later the stronger.
 * @throws InputError
 */
export async function extraVars(given: readonly string[], cwd: string, vault?: Keyring): Promise<Layer> {
  const layers = await Promise.all(
    given.map(async (text) => (isMap(text) ? await fromYaml(text, cwd, vault) : fromPairs(text))),
  );
  return new Map(layers.flatMap((layer) => [...layer]));
}

function isMap(text: string): boolean {
  return /^\s*[@{]/.test(text) || /^[\w-]+:\s/.test(text);
}

async function fromYaml(text: string, cwd: string, vault: Keyring | undefined): Promise<Layer> {
  const isFile = text.startsWith("@");
  const shown = text.slice(1);
  const source: Source = isFile
    ? await readSource(resolve(cwd, shown), { shown, what: "file of extra variables", vault })
    : { file: "-e", text };
  const node = readYaml(source);
  await unlock(node, vault);
  return fromNode(node);
}

function fromNode(node: Node): Layer {
  if (node.kind === "map") return new Map(node.entries.map(({ key, value }) => [key, variable(value)]));
  const help = 'write `-e KEY=VALUE`, `-e \'{"key": "value"}\'` or `-e @FILE`';
  throw new InputError([{ severity: "error", message: "variables are a map", place: node.place, help }]);
}

function variable(node: Node): Variable {
  return { value: plain(node), place: node.place, node };
}

const PAIR = /\s*([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)\s*/y;

/** As Ansible: values of `KEY=VALUE` are text. */
function fromPairs(text: string): Layer {
  const source: Source = { file: "-e", text };
  const variables = new Map<string, Variable>();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.length) {
    const start = PAIR.lastIndex;
    const found = PAIR.exec(text);
    if (found === null) throw new InputError([notPairs(source, start)]);
    const [, name = "", value = ""] = found;
    variables.set(name, { value: unquoted(value), place: { source, start, end: PAIR.lastIndex } });
  }
  return variables;
}

function unquoted(value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1);
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
}

function notPairs(source: Source, start: number): InputError["problems"][number] {
  return {
    severity: "error",
    message: "expected `KEY=VALUE`",
    place: { source, start, end: source.text.length },
    help: 'a map is written `-e \'{"key": "value"}\'`, a file `-e @FILE`',
  };
}
