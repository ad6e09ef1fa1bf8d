/**
 * `npm run test:rich-rules -- REPOSITORY [--again]`: rich rules judged by dsrctl and by the parser of every release of firewalld
 * since RHEL 7's first (docs/rich-rules.md). REPOSITORY is a clone of firewalld with its tags.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { matrix } from "./matrix.mjs";
import { captured, debianPackages, npmPackages, run } from "./ready.mjs";

const OLDEST = "v0.3.9";
const CASES = ["written rules", "rules made of right and wrong values"];

npmPackages();
debianPackages(["firewalld", "iptables"]);
const repository = process.argv.slice(2).find((word) => !word.startsWith("--"));
const tags = captured("git", ["-C", repository ?? "", "tag", "--list", "v*", "--sort=version:refname"]).split("\n");
const releases = tags.slice(tags.indexOf(OLDEST)).filter((tag) => /^v[\d.]+$/.test(tag));
if (!tags.includes(OLDEST)) {
  process.stderr.write(`error: no clone of firewalld with the tag ${OLDEST}: ${repository ?? "name its directory"}\n`);
  process.exit(1);
}

const cases = releases.flatMap((release) => {
  let told;
  return CASES.map((name) => ({ key: [release, name], tried: () => outcome((told ??= judged(release)), name) }));
});
const about =
  "What `npm run test:rich-rules` found: dsrctl and the parser of each release of firewalld take the same rules.";
await matrix({ table: "docs/rich-rules.md", title: "Rich rules", about, columns: ["firewalld", "rules"] }, cases);

/** The report of the test for one release. */
function judged(release) {
  const directory = mkdtempSync(join(tmpdir(), "dsrctl-rich-"));
  const report = join(directory, "report.json");
  const vitest = [
    "run",
    "--project=remote",
    "test/remote/rich-oracle.test.ts",
    "-t",
    `the parser: ${sources(release)}`,
  ];
  const reporter = ["--reporter=json", `--outputFile=${report}`];
  const env = { ...process.env, FIREWALLD_SOURCES: sources(release) };
  spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", ...vitest, ...reporter], { env, stdio: "ignore" });
  const results = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).testResults : [];
  rmSync(directory, { recursive: true });
  return results.flatMap(({ assertionResults }) => assertionResults);
}

function outcome(told, name) {
  const found = told.find(({ title, status }) => title === name && status !== "skipped" && status !== "pending");
  return found?.status === "passed" ? "passed" : (found?.failureMessages[0] ?? "did not run");
}

/** The directory that holds the package `firewall` of a release. */
function sources(release) {
  const directory = resolve("node_modules/.cache/dsrctl-firewalld", release);
  if (existsSync(directory)) return join(directory, "src");
  mkdirSync(directory, { recursive: true });
  run("sh", ["-c", 'git -C "$1" archive "$2" src/firewall | tar -x -C "$3"', "sh", repository, release, directory]);
  // Its placeholders are texts, and nothing that parses a rule looks into them.
  const template = join(directory, "src/firewall/config/__init__.py.in");
  if (existsSync(template)) copyFileSync(template, template.replace(/\.in$/, ""));
  return join(directory, "src");
}
