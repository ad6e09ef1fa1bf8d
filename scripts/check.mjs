/** `npm run check`: format, lint, types, generated files, prose, unused code and the unit tests; what CI runs as well. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";

const node = process.execPath;
const CACHE = "node_modules/.cache";
const cached = (name) => ["--cache", `--cache-location=${CACHE}/${name}`];
const steps = [
  [
    "format",
    node,
    [
      "node_modules/prettier/bin/prettier.cjs",
      "--check",
      "--log-level=warn",
      ...cached("prettier/.prettier-cache"),
      ".",
    ],
  ],
  ["lint", node, ["node_modules/eslint/bin/eslint.js", "--max-warnings=0", ...cached("eslint/"), "."]],
  ["types", node, ["node_modules/typescript/bin/tsc", "--incremental", "--tsBuildInfoFile", `${CACHE}/types`]],
  ["generated files", node, ["scripts/gen.mjs", "--check"]],
  ["keepalived's keywords", node, ["scripts/keepalived-keywords.mjs", "--check"]],
  ["prose", node, ["scripts/prose.mjs"]],
  ["unused code", node, ["node_modules/knip/bin/knip.js"]],
  ["unit tests", node, ["node_modules/vitest/vitest.mjs", "run", "--project=unit", "--reporter=dot"]],
];
const wanted = process.argv.includes("--without-tests") ? steps.slice(0, -1) : steps;

const waiting = [...wanted];
let failed = 0;
// The longest first, beside the others: a machine of two cores is kept busy to the end.
waiting.reverse();
await Promise.all(Array.from({ length: Math.max(2, availableParallelism() - 1) }, work));
process.exitCode = failed === 0 ? 0 : 1;

async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const [name, command, args] = step;
    const started = Date.now();
    const { status, said } = await ended(spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] }));
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${status === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)\n`);
    if (status !== 0) process.stdout.write(`${said}\n`);
    if (status !== 0) failed += 1;
  }
}

function ended(child) {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  return new Promise((resolve, reject) => child.on("error", reject).on("close", (status) => resolve({ status, said })));
}
