/**
 * `npm run test:twin`: a real site on its twin, fourteen hosts of three Debian releases (test/twin). It needs root, Debian,
 * and what `npm test` installs.
 */
import { spawnSync } from "node:child_process";
import { built, npmPackages } from "./ready.mjs";

npmPackages();
built();
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project=twin", ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, vitest, { stdio: "inherit" });
process.exitCode = status ?? 1;
