// @ts-check
/**
 * Writes what follows from the task types: the registry `src/tasks/index.ts` and one page a type in `docs/tasks/`. And what
 * follows from the verbs: the registry `src/commands/verbs/index.ts`, `docs/cli.md` and the table in README.md. And the
 * registries of filters, faults and drills, the filters' names in docs/templates.md, the codes in docs/json.md.
 *
 *     node scripts/gen.mjs           writes them
 *     node scripts/gen.mjs --check   names the files that are out of date and exits 1
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import * as prettier from "prettier";
import { argumentTable, codeTable, indexPage, MARK, meaningTable, typePage } from "./gen/page.mjs";
import { between } from "./gen/marked.mjs";
import { registry } from "./gen/registry.mjs";
import { filterNames, DIRECTORIES, has, sibling, siblingRegistry } from "./gen/siblings.mjs";
import { starterModule } from "./gen/starter.mjs";
import { cliPage, inOrder, readmeVerbs, verbRegistry } from "./gen/verbs.mjs";

/**
 * @typedef {import("./gen/page.mjs").Type} Type
 * @typedef {{ file: string, name: string, type: Type }} Found  `name` is that of the export
 * @typedef {import("./gen/verbs.mjs").FoundVerb} FoundVerb
 * @typedef {{ verbs: readonly FoundVerb[], exitCodes: Record<string, string>, words: import("./gen/verbs.mjs").OptionWords }} CommandLine
 */

const isCheck = process.argv.includes("--check");
const root = join(import.meta.dirname, "..");
const tasks = join(root, "src/tasks");
const docs = join(root, "docs/tasks");
const verbs = join(root, "src/commands/verbs");

/** The hand-written files of a directory with a registry.
 * @param {string} directory @returns {string[]} */
function sourcesIn(directory) {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .sort();
}

/** TypeScript that exports `modules`: each file with what it exports.
 * @param {readonly string[]} files */
function modulesEntry(files) {
  const imports = files.map((file, index) => `import * as m${index} from "./${file}";`);
  const list = files.map((file, index) => `[${JSON.stringify(file)}, m${index}]`);
  return `${imports.join("\n")}
export const modules = [${list.join(", ")}];`;
}

/** TypeScript that hands over every type file with the JSON Schema of its arguments, and the looks of an example.
 * @param {readonly string[]} files */
function entry(files) {
  return `${modulesEntry(files)}
import { parse } from "yaml";
import { check, z } from "../core/schema.ts";
import { PROBLEM_CODES } from "../core/problem-code.ts";
import { jsonEvent } from "../report/json-schema.ts";
import { playbookSchema } from "../playbook/json-schema.ts";
import { siteJsonSchema } from "../site/json-schema.ts";
import { site, siteHost } from "../site/model/schema.ts";
import { DSR_ENTRIES } from "../site/derive/dsr.ts";
import { eraseTypes } from "../core/task-instance.ts";
export const schemaOf = (type) => z.toJSONSchema(type.args, { io: "input", unrepresentable: "any" });
export const playbooks = (types) => playbookSchema(types.map((type) => eraseTypes(type)));
export const codes = PROBLEM_CODES;
const plainSchema = (schema) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
export const sites = () =>
  ({ json: siteJsonSchema(), site: plainSchema(site), siteHost: plainSchema(siteHost), entries: DSR_ENTRIES });
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

/** TypeScript that hands over every verb's file, and how the help puts options and exit codes.
 * @param {readonly string[]} files */
function verbEntry(files) {
  return `${modulesEntry(files)}
export { EXIT_CODES as exitCodes } from "../args/exit-codes.ts";
export { optionWords as words } from "../args/help.ts";`;
}

/** What a verb does is not loaded: it needs the registries, which may be out of date.
 * @type {esbuild.Plugin} */
const withoutLazy = {
  name: "without-lazy",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    ),
};

/** Bundled beside node_modules, so that packages are found, and thrown away again.
 * @param {string} contents @param {string} resolveDir @param {esbuild.Plugin[]} plugins */
async function bundled(contents, resolveDir, plugins = []) {
  const directory = join(root, "node_modules/.cache");
  const outfile = join(directory, `dsrctl-gen-${basename(resolveDir)}-${process.pid}.mjs`);
  mkdirSync(directory, { recursive: true });
  const stdin = { contents, resolveDir, loader: /** @type {const} */ ("ts") };
  const options = { bundle: true, platform: "node", format: "esm", packages: "external" };
  try {
    await esbuild.build({ .../** @type {esbuild.BuildOptions} */ (options), stdin, outfile, plugins });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

const TYPE = {
  path: "src/tasks",
  kind: "task type of the file's name",
  is: (/** @type {any} */ value, /** @type {string} */ stem) => has(value, "look") && value.kind === stem,
};
const VERB = {
  path: "src/commands/verbs",
  kind: "verb of the file's name",
  is: (/** @type {any} */ value, /** @type {string} */ stem) => has(value, "call") && value.name === stem,
};

/** @param {string} file @param {Record<string, unknown>} module @param {any} bundle @returns {Found} */
function found(file, module, bundle) {
  const { name, value: type } = sibling(TYPE, [file, module]);
  const plain = type.examples.filter((/** @type {string} */ it) => type.prepare === undefined && !it.includes("{{"));
  const looks = plain.flatMap((/** @type {string} */ example) => bundle.looksOf(type, example));
  return { file, name, type: { ...type, assertion: type.act === undefined, schema: bundle.schemaOf(type), looks } };
}

/** @param {string} file @param {Record<string, any>} module @returns {FoundVerb} */
function foundVerb(file, module) {
  const { name, value: verb } = sibling(VERB, [file, module]);
  return { file, name, verb };
}

/** @returns {Promise<CommandLine>} */
async function commandLine() {
  const bundle = await bundled(verbEntry(sourcesIn(verbs)), verbs, [withoutLazy]);
  const all = bundle.modules.map((/** @type {[string, any]} */ [file, module]) => foundVerb(file, module));
  return { verbs: inOrder(all), exitCodes: bundle.exitCodes, words: bundle.words };
}

/** @param {CommandLine} line @param {object} events the JSON Schema of the lines of `--json`
 * @param {object} playbooks that of playbooks @returns {readonly (readonly [string, string])[]} */
function ofVerbs({ verbs: all, exitCodes, words }) {
  const each = all.map(({ verb }) => verb);
  const readme = join(root, "README.md");
  return [
    [join(verbs, "index.ts"), verbRegistry(all)],
    [join(root, "docs/cli.md"), cliPage(each, exitCodes, words)],
    [readme, between(readFileSync(readme, "utf8"), "Verbs", readmeVerbs(each))],
  ];
}

/** The registries of directories with siblings of one kind, and what follows from their files.
 * @returns {Promise<ReadonlyMap<string, string>>} */
async function ofSiblings() {
  const paths = DIRECTORIES.map(({ path }) => path);
  const files = paths.flatMap((path) => sourcesIn(join(root, path)).map((file) => `${path}/${file}`));
  const bundle = await bundled(modulesEntry(files), root);
  /** @param {string} path @returns {[string, Record<string, any>][]} */
  const modulesOf = (path) =>
    bundle.modules.flatMap((/** @type {[string, any]} */ [file, module]) =>
      dirname(file) === path ? [[basename(file), module]] : [],
    );
  const templates = join(root, "docs/templates.md");
  const names = filterNames(modulesOf("src/jinja/filters"));
  return formatted(
    new Map([
      ...DIRECTORIES.map(
        (directory) =>
          /** @type {[string, string]} */ ([
            join(root, directory.path, "index.ts"),
            siblingRegistry(directory, modulesOf(directory.path)),
          ]),
      ),
      [templates, between(readFileSync(templates, "utf8"), "Filters", names)],
    ]),
  );
}

/** The JSON Schema of descriptions, and the tables of their page.
 * @param {{ json: object, site: object, siteHost: object, entries: Record<string, string> }} sites
 * @returns {readonly (readonly [string, string])[]} */
function ofSites({ json, site, siteHost, entries }) {
  const path = join(root, "docs/site.md");
  const keys = (/** @type {string} */ kind, /** @type {object} */ schema) => argumentTable({ kind, schema }, "key");
  const parts = /** @type {const} */ ([
    ["Keys of site", keys("site", site)],
    ["Keys of site_host", keys("site_host", siteHost)],
    ["Entries of dsr", meaningTable("entry", entries)],
  ]);
  const page = parts.reduce((text, [what, table]) => between(text, what, table), readFileSync(path, "utf8"));
  return [
    [join(root, "docs/site.schema.json"), JSON.stringify(json)],
    [path, page],
  ];
}

/** What every other generated file must hold, by path.
 * @param {readonly Found[]} all @param {CommandLine} line @param {object} events the JSON Schema of the lines of `--json`
 * @param {object} playbooks that of playbooks @param {Record<string, string>} codes those of problems, with their meanings
 * @param {any} sites what descriptions of sites are made of
 * @returns {Promise<Map<string, string>>} */
async function wanted(all, line, events, playbooks, codes, sites) {
  const json = join(root, "docs/json.md");
  const types = all.map(({ type }) => type);
  const raw = new Map([
    ...ofVerbs(line),
    ...ofSites(sites),
    [join(tasks, "index.ts"), registry(all)],
    [join(root, "src/commands/run/starter.generated.ts"), starterModule(root)],
    [join(docs, "README.md"), indexPage(types)],
    [json, between(readFileSync(json, "utf8"), "Codes", codeTable(codes))],
    [join(root, "docs/events.schema.json"), JSON.stringify(events)],
    [join(root, "docs/playbook.schema.json"), JSON.stringify(playbooks)],
    ...types.map((type) => /** @type {[string, string]} */ ([join(docs, `${type.kind}.md`), typePage(type)])),
  ]);
  return formatted(raw);
}

/** @param {ReadonlyMap<string, string>} raw text by path @returns {Promise<Map<string, string>>} */
async function formatted(raw) {
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

/** Writes the files that are out of date, unless they are only checked.
 * @param {ReadonlyMap<string, string>} files @returns {readonly string[]} their names */
function written(files) {
  const stale = [...files].filter(([path, text]) => textOf(path) !== text);
  if (!isCheck) for (const [path, text] of stale) writeFileSync(path, text);
  return stale.map(([path]) => relative(root, path));
}

async function main() {
  mkdirSync(docs, { recursive: true });
  // First, since what the verbs say follows from these registries.
  const siblings = written(await ofSiblings());
  const bundle = await bundled(entry(sourcesIn(tasks)), tasks);
  const all = bundle.modules.map((/** @type {[string, any]} */ [file, module]) => found(file, module, bundle));
  const playbooks = bundle.playbooks(all.map(({ type }) => type));
  const files = await wanted(all, await commandLine(), bundle.eventSchema(), playbooks, bundle.codes, bundle.sites());
  const gone = orphans(files);
  if (!isCheck) for (const path of gone) rmSync(path);
  const names = [...siblings, ...written(files), ...gone.map((path) => relative(root, path))];
  if (isCheck) {
    for (const name of names) process.stderr.write(`${name} is out of date: run \`npm run gen\`\n`);
    process.exitCode = names.length === 0 ? 0 : 1;
  } else process.stdout.write(names.length === 0 ? "nothing to do\n" : `${names.join("\n")}\n`);
}

await main();
