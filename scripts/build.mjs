/**
 * Bundles src/cli.ts, split so that a command loads only what it uses, and without what no command uses.
 *
 *     node scripts/build.mjs                  into dist/
 *     node scripts/build.mjs FOLDER           into FOLDER
 *     node scripts/build.mjs FOLDER --inputs  and says in FOLDER/inputs.json what went into which file
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [outdir = "dist", inputs] = process.argv.slice(2);
// ssh2 is CommonJS: inside an ES module it needs what Node gives CommonJS modules.
const banner = [
  'import { createRequire as dsrctlRequire } from "node:module";',
  'import { fileURLToPath as dsrctlPath } from "node:url";',
  "const require = dsrctlRequire(import.meta.url);",
  "const dsrctlFilename = dsrctlPath(import.meta.url);",
  'const dsrctlDirname = dsrctlPath(new URL(".", import.meta.url));',
].join("\n");

/**
 * What packages carry along and no command uses; where, what, and what stands there instead. zod has its messages in 50
 * languages, yargs lays out help texts, with a table of all emoji; dsrctl has its own of both.
 */
const UNUSED = [
  { by: /\/zod\//, path: /\/locales\/index\.js$/, contents: "export {}" },
  { by: /\/yargs\//, path: /^(cliui|string-width)$/, contents: "export default () => { throw new Error('not used') }" },
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

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/cli.ts"],
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.20",
  // What is not read need not be parsed. Names stay: a bug's stack is to be read.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  logLevel: "warning",
  // Native parts that ssh2 can do without.
  external: ["cpu-features", "./crypto/build/Release/sshcrypto.node"],
  define: { __filename: "dsrctlFilename", __dirname: "dsrctlDirname" },
  // The same yaml as for Node, in modules: what is not used of it is left out.
  alias: { yaml: fileURLToPath(new URL("../node_modules/yaml/browser/index.js", import.meta.url)) },
  banner: { js: banner },
  plugins: [withoutUnused],
  outdir,
  metafile: true,
});

if (inputs === "--inputs") {
  const files = Object.entries(metafile.outputs).map(([path, output]) => [path, Object.keys(output.inputs)]);
  writeFileSync(join(outdir, "inputs.json"), JSON.stringify(Object.fromEntries(files)));
}
