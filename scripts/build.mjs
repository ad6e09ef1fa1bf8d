/** Bundles src/cli.ts into dist/, split so that a command loads only what it uses. */
import { rmSync } from "node:fs";
import { build } from "esbuild";

// ssh2 is CommonJS: inside an ES module it needs what Node gives CommonJS modules.
const banner = [
  'import { createRequire as dsrctlRequire } from "node:module";',
  'import { fileURLToPath as dsrctlPath } from "node:url";',
  "const require = dsrctlRequire(import.meta.url);",
  "const dsrctlFilename = dsrctlPath(import.meta.url);",
  'const dsrctlDirname = dsrctlPath(new URL(".", import.meta.url));',
].join("\n");

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/cli.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.20",
  sourcemap: true,
  logLevel: "warning",
  // Native parts that ssh2 can do without.
  external: ["cpu-features", "./crypto/build/Release/sshcrypto.node"],
  define: { __filename: "dsrctlFilename", __dirname: "dsrctlDirname" },
  banner: { js: banner },
});
