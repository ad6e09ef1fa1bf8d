/** `npm run bench`: bundles the bench as the program itself is bundled, and runs it. */
import { rmSync } from "node:fs";
import { built } from "../scripts/ready.mjs";

built();
const { build } = await import("esbuild");
const directory = `node_modules/.cache/dsrctl-bench`;
rmSync(directory, { recursive: true, force: true });
await build({
  entryPoints: ["bench/main.ts", "bench/floor.ts"],
  outdir: directory,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20.19",
  logLevel: "warning",
  external: ["cpu-features", "./crypto/build/Release/sshcrypto.node"],
});
await import(`../${directory}/main.cjs`);
