/** `npm run check`: format, lint, types, generated files, unused code and the unit tests; what CI runs as well. */
import { spawnSync } from "node:child_process";

const node = process.execPath;
const steps = [
  ["format", node, ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level=warn", "."]],
  [
    "lint",
    node,
    [
      "node_modules/eslint/bin/eslint.js",
      "--max-warnings=0",
      "--cache",
      "--cache-location=node_modules/.cache/eslint/",
      ".",
    ],
  ],
  ["types", node, ["node_modules/typescript/bin/tsc", "--noEmit"]],
  ["generated files", node, ["scripts/gen.mjs", "--check"]],
  ["keepalived's keywords", node, ["scripts/keepalived-keywords.mjs", "--check"]],
  ["unused code", node, ["node_modules/knip/bin/knip.js"]],
  ["unit tests", node, ["node_modules/vitest/vitest.mjs", "run", "--project=unit", "--reporter=dot"]],
];
const wanted = process.argv.includes("--without-tests") ? steps.slice(0, -1) : steps;

let failed = 0;
for (const [name, command, args] of wanted) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)\n`);
  if (status !== 0) process.stdout.write(`${stdout}${stderr}\n`);
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
