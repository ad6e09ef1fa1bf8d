// @ts-check
/**
 * Writes what follows from the task types: the registry `src/tasks/index.ts` and one page a type in `docs/tasks/`.
 *
 *     node scripts/gen.mjs           writes them
 *     node scripts/gen.mjs --check   names the files that are out of date and exits 1
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import * as prettier from "prettier";
import { indexPage, MARK, typePage } from "./gen/page.mjs";
import { registry } from "./gen/registry.mjs";

/**
 * @typedef {import("./gen/page.mjs").Type} Type
 * @typedef {{ file: string, name: string, type: Type }} Found  `name` is that of the export
 */

const root = join(import.meta.dirname, "..");
const tasks = join(root, "src/tasks");
const docs = join(root, "docs/tasks");

/** The type files, without what is generated.
 * @returns {string[]} */
function typeFiles() {
  return readdirSync(tasks)
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .sort();
}

/** TypeScript that hands over every type file with the JSON Schema of its arguments, and the looks of an example.
 * @param {readonly string[]} files */
function entry(files) {
  const imports = files.map((file, index) => `import * as m${index} from "./${file}";`);
  const list = files.map((file, index) => `[${JSON.stringify(file)}, m${index}]`);
  return `${imports.join("\n")}
import { parse } from "yaml";
import { check, z } from "../core/schema.ts";
import { jsonEvent } from "../report/json-schema.ts";
import { playbookSchema } from "../playbook/json-schema.ts";
import { eraseTypes } from "../core/task-instance.ts";
export const modules = [${list.join(", ")}];
export const schemaOf = (type) => z.toJSONSchema(type.args, { io: "input", unrepresentable: "any" });
export const playbooks = (types) => playbookSchema(types.map((type) => eraseTypes(type)));
export const eventSchema = () => z.toJSONSchema(jsonEvent, { unrepresentable: "any" });
export const looksOf = (type, example) => parse(example, { version: "1.1" }).flatMap((task) => {
  const value = task[type.kind] ?? {};
  const args = typeof value === "string" && type.positionalArg !== undefined ? { [type.positionalArg]: value } : value;
  const checked = check(type.args, args);
  if (!("value" in checked)) return [];
  const look = type.look(checked.value);
  return [[...new Set(look.calls().map(({ of }) => of.text)), look.shown()].join("\\n\\n")];
});`;
}

/** Bundled beside node_modules, so that packages are found, and thrown away again.
 * @param {readonly string[]} files */
async function bundled(files) {
  const folder = join(root, "node_modules/.cache");
  const outfile = join(folder, `dsrctl-gen-${process.pid}.mjs`);
  mkdirSync(folder, { recursive: true });
  const stdin = { contents: entry(files), resolveDir: tasks, loader: /** @type {const} */ ("ts") };
  try {
    await esbuild.build({ stdin, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

/** @param {unknown} each @param {string} kind */
function isType(each, kind) {
  return typeof each === "object" && each !== null && "look" in each && "kind" in each && each.kind === kind;
}

/** @param {string} file @param {Record<string, unknown>} module @param {any} bundle @returns {Found} */
function found(file, module, bundle) {
  const kind = basename(file, ".ts");
  const pair = Object.entries(module).find(([, each]) => isType(each, kind));
  if (pair === undefined) throw new Error(`src/tasks/${file} exports no task type of the kind "${kind}"`);
  const [name, type] = /** @type {[string, any]} */ (pair);
  const plain = type.examples.filter((/** @type {string} */ it) => type.prepare === undefined && !it.includes("{{"));
  const looks = plain.flatMap((/** @type {string} */ example) => bundle.looksOf(type, example));
  return { file, name, type: { ...type, assertion: type.act === undefined, schema: bundle.schemaOf(type), looks } };
}

/** What every generated file shall hold, by path.
 * @param {readonly Found[]} all @param {object} events the JSON Schema of the lines of `--json`
 * @param {object} playbooks that of playbooks @returns {Promise<Map<string, string>>} */
async function wanted(all, events, playbooks) {
  const types = all.map(({ type }) => type);
  const raw = new Map([
    [join(tasks, "index.ts"), registry(all)],
    [join(docs, "README.md"), indexPage(types)],
    [join(root, "docs/events.schema.json"), JSON.stringify(events)],
    [join(root, "docs/playbook.schema.json"), JSON.stringify(playbooks)],
    ...types.map((type) => /** @type {[string, string]} */ ([join(docs, `${type.kind}.md`), typePage(type)])),
  ]);
  const pretty = [...raw].map(async ([path, text]) => {
    const options = await prettier.resolveConfig(path);
    return /** @type {[string, string]} */ ([path, await prettier.format(text, { ...options, filepath: path })]);
  });
  return new Map(await Promise.all(pretty));
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Pages that were generated for a type that is gone.
 * @param {ReadonlyMap<string, string>} files */
function orphans(files) {
  return readdirSync(docs)
    .map((name) => join(docs, name))
    .filter((path) => path.endsWith(".md") && !files.has(path) && textOf(path)?.includes(MARK));
}

async function main() {
  mkdirSync(docs, { recursive: true });
  const bundle = await bundled(typeFiles());
  const all = bundle.modules.map((/** @type {[string, any]} */ [file, module]) => found(file, module, bundle));
  const files = await wanted(all, bundle.eventSchema(), bundle.playbooks(all.map(({ type }) => type)));
  const stale = [...files].filter(([path, text]) => textOf(path) !== text);
  const gone = orphans(files);
  const names = [...stale.map(([path]) => path), ...gone].map((path) => relative(root, path));
  if (process.argv.includes("--check")) {
    for (const name of names) process.stderr.write(`${name} is out of date: run \`npm run gen\`\n`);
    process.exitCode = names.length === 0 ? 0 : 1;
    return;
  }
  for (const [path, text] of stale) writeFileSync(path, text);
  for (const path of gone) rmSync(path);
  process.stdout.write(names.length === 0 ? "nothing to do\n" : `${names.join("\n")}\n`);
}

await main();
