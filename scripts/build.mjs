/**
 * Bundles src/cli.ts, split so that a command loads only what it uses, and without what no command uses; and src/compile-cache.ts,
 * which loads that: `node DIRECTORY/dsrctl.cjs` is the program.
 *
 *     node scripts/build.mjs                  into dist/
 *     node scripts/build.mjs DIRECTORY           into DIRECTORY
 *     node scripts/build.mjs DIRECTORY --inputs  and says in DIRECTORY/inputs.json what went into which file
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const [outdir = "dist", inputs] = process.argv.slice(2);

/** Node's own comes with what draws differences. */
const ASSERT = `exports.ok = (holds) => { if (!holds) throw new Error("an assertion of a package failed") };
exports.equal = exports.strictEqual = (a, b) => exports.ok(a === b);
exports.notStrictEqual = (a, b) => exports.ok(a !== b);`;

/**
 * What packages carry along and no command uses; where, what, and what stands there instead. zod has its messages in 50
 * languages, yargs lays out help texts, with a table of all emoji; dsrctl has its own of both. yargs looks at what its own
 * methods are given; here TypeScript does. Of ssh2 we take the client, no SFTP, and none of the native parts that it can do
 * without; it gets a connection that is there, so that it asks no DNS, and compresses nothing (src/remote/ssh/client.ts).
 */
const UNUSED = [
  { by: /\/zod\//, path: /\/locales\/index\.js$/, contents: "export {}" },
  { by: /\/yargs\//, path: /^(cliui|string-width)$/, contents: "export default () => { throw new Error('not used') }" },
  { by: /\/yargs\//, path: /\/argsert\.js$/, contents: "export function argsert() {}" },
  { by: /\/ssh2\//, path: /\/(server|keygen|http-agents)\.js$/, contents: "module.exports = {}" },
  { by: /\/ssh2\//, path: /\/SFTP\.js$/, contents: "exports.SFTP = class SFTP {}" },
  { by: /\/ssh2\//, path: /^cpu-features$|\/sshcrypto\.node$/, contents: "throw new Error('not used')" },
  { by: /\/ssh2\//, path: /^dns$/, contents: "module.exports = {}" },
  {
    by: /\/ssh2\//,
    path: /^zlib$/,
    contents: "exports.createInflate = () => ({ _handle: {} }); exports.constants = {}",
  },
  { by: /\/(asn1|yargs)\//, path: /^assert$/, contents: ASSERT },
];

const withoutUnused = {
  name: "without-unused",
  setup({ onResolve, onLoad }) {
    for (const { by, path: filter, contents } of UNUSED) {
      const namespace = `instead-of-${filter.source}`;
      onResolve({ filter }, ({ path, importer }) => (by.test(importer) ? { path, namespace } : undefined));
      onLoad({ filter, namespace }, () => ({ contents }));
    }
  },
};

const OPTIONS = {
  platform: "node",
  target: "node20.19",
  // What is not read need not be parsed. Names stay: a bug's stack is to be read.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: "warning",
};

/** Only modules can be split. */
async function split() {
  return build({
    ...OPTIONS,
    entryPoints: ["src/cli.ts"],
    bundle: true,
    splitting: true,
    format: "esm",
    // The same yaml as for Node, in modules: what is not used of it is left out.
    alias: { yaml: fileURLToPath(new URL("../node_modules/yaml/browser/index.js", import.meta.url)) },
    plugins: [withoutUnused],
    outdir,
    write: false,
    metafile: true,
  });
}

/** A script as src/compile-cache.ts runs it: only scripts can be kept compiled. */
async function scriptOf(module) {
  const given = { supported: { "dynamic-import": false }, define: { "import.meta.url": "__url" } };
  const { code } = await transform(module, { ...OPTIONS, ...given, format: "cjs", logLevel: "error" });
  return code.includes("__url") ? `const __url=require("node:url").pathToFileURL(__filename).href;${code}` : code;
}

const { outputFiles, metafile } = await split();
const files = await Promise.all(
  outputFiles.map(async ({ path, text }) => ({ name: basename(path), code: await scriptOf(text) })),
);
const hash = createHash("sha256");
for (const { name, code } of files) hash.update(`${name} ${code.length}\n${code}`);

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
for (const { name, code } of files) writeFileSync(join(outdir, name), code);
await build({
  ...OPTIONS,
  entryPoints: ["src/compile-cache.ts"],
  format: "cjs",
  define: { BUILD: JSON.stringify(hash.digest("hex").slice(0, 16)) },
  outfile: join(outdir, "dsrctl.cjs"),
});

/** Directories of the packages that are bundled, from the paths of their files. */
function packagesIn(files) {
  const directories = files.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [
    ...new Set(
      directories.filter((directory) => directory !== undefined && existsSync(join(directory, "package.json"))),
    ),
  ].sort();
}

/** Who made what is bundled, and on what terms. */
function licenseOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? `License: ${license}` : readFileSync(join(directory, file), "utf8").trim();
  return `${name} ${version}\n\n${text}\n`;
}

const licenses = packagesIn(Object.keys(metafile.inputs)).map(licenseOf);
writeFileSync(join(outdir, "licenses.txt"), `dsrctl contains these packages:\n\n${licenses.join("\n---\n\n")}`);

if (inputs === "--inputs") {
  const from = Object.entries(metafile.outputs).map(([path, output]) => [basename(path), Object.keys(output.inputs)]);
  writeFileSync(join(outdir, "inputs.json"), JSON.stringify(Object.fromEntries(from)));
}
