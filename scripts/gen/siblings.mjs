// @ts-check
/**
 * Directories whose files are siblings of one kind: each file exports one value of it, and `index.ts` follows from them. A file
 * that exports no value holds the types that the siblings share.
 */
import { HEAD } from "./marked.mjs";

/**
 * @typedef {{ file: string, name: string, value: any }} Sibling  `name` is that of the export
 * @typedef {object} Directory
 * @property {string} path
 * @property {string} kind what each file exports, in words
 * @property {(value: any, stem: string) => boolean} is whether an export is that; `stem`: the name of the file without `.ts`
 * @property {(all: readonly Sibling[]) => string} registry the text of `index.ts`
 */

/** @param {any} value @param {string} key */
export function has(value, key) {
  return typeof value === "object" && value !== null && key in value;
}

/** @type {readonly Directory[]} */
export const DIRECTORIES = [
  {
    path: "src/jinja/filters",
    kind: "filter family",
    is: (value) => has(value, "filters") && has(value, "collections"),
    registry: (all) => `import type { FilterFamily } from "../values/native.ts";
${imports(all)}

export const FILTER_FAMILIES: readonly FilterFamily[] = [${all.map(({ name }) => name).join(", ")}];
`,
  },
  {
    path: "src/drills/faults",
    kind: "fault of the file's name",
    is: (value, stem) => has(value, "inject") && value.name === stem,
    registry: (all) => `import type { Fault } from "./fault.ts";
${imports(all)}

/** Every fault, by the name that drills use. */
export const FAULTS = { ${byName(all)} } satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;
`,
  },
  {
    path: "src/drills/definitions",
    kind: "drill of the file's name",
    is: (value, stem) => has(value, "expects") && value.name === stem,
    registry: (all) => `import type { DrillDefinition } from "./definition.ts";
${imports(all)}

/** Every drill, by its name on the command line. */
export const DRILLS: Readonly<Record<string, DrillDefinition>> = { ${byName(all)} };
`,
  },
];

/** @param {readonly { file: string, name: string }[]} all */
export function imports(all) {
  return all.map(({ file, name }) => `import { ${name} } from "./${file}";`).join("\n");
}

/** @param {readonly Sibling[]} all */
function byName(all) {
  return all
    .map(({ name, value }) => (name === value.name ? name : `${JSON.stringify(value.name)}: ${name}`))
    .join(", ");
}

/** @param {Directory} directory @param {readonly (readonly [string, Record<string, any>])[]} modules by file @returns {string} */
export function siblingRegistry(directory, modules) {
  const all = modules.filter(([, module]) => Object.keys(module).length > 0).map((each) => sibling(directory, each));
  return `${HEAD}\n${directory.registry(all)}`;
}

/** The value that a file exports.
 * @param {Pick<Directory, "path" | "kind" | "is">} directory @param {readonly [string, Record<string, any>]} module
 * @returns {Sibling} */
export function sibling({ path, kind, is }, [file, module]) {
  const pair = Object.entries(module).find(([, value]) => is(value, file.replace(/\.ts$/, "")));
  if (pair === undefined) throw new Error(`${path}/${file} exports no ${kind}`);
  return { file, name: pair[0], value: pair[1] };
}

/** The names of filters for docs/templates.md.
 * @param {readonly (readonly [string, Record<string, any>])[]} modules @returns {string} */
export function filterNames(modules) {
  const families = modules.flatMap(([, module]) => Object.values(module)).filter((value) => has(value, "filters"));
  const names = families.flatMap(({ filters }) => Object.keys(filters));
  const quoted = names.toSorted().map((name) => `\`${name}\``);
  return quoted.join(" ").replaceAll(/(?=.{121})(.{1,119}\S) /g, "$1\n");
}
