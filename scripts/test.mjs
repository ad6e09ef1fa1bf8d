/**
 * `npm test`: every test. What needs root or Debian is skipped with a reason elsewhere. Ends with one line
 * `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { announce, built, debianPackages, npmPackages } from "./ready.mjs";

npmPackages();
// Each package with the programs that it is needed for. Services start with their packages: a machine that runs systemd is
// somebody's, and keeps the firewall it has. iptables is what firewalld recommends, and what its direct rules need.
const packages = JSON.parse(readFileSync("scripts/packages.json", "utf8"));
debianPackages(Object.keys(packages.always));
if (!existsSync("/run/systemd/system")) debianPackages(Object.keys(packages.services));
built();

const check = spawnSync(process.execPath, ["scripts/check.mjs", "--without-tests"], { stdio: "inherit" });

// One after another: the lab's hosts and the real sshd want the machine for themselves.
const directory = mkdtempSync(join(tmpdir(), "dsrctl-test-"));
const broken = [];
const counts = { passed: 0, failed: check.status === 0 ? 0 : 1, skipped: 0 };
for (const [project, what] of [
  ["unit", "unit tests"],
  ["remote", "tests against real shells, a real sshd and a real firewalld"],
  ["lab", "tests on the lab of real hosts"],
]) {
  announce(what);
  const report = join(directory, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const vitest = [
    "node_modules/vitest/vitest.mjs",
    "run",
    `--project=${project}`,
    ...reporters,
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync(process.execPath, vitest, { stdio: "inherit" });
  const told = JSON.parse(readFileSync(report, "utf8"));
  counts.passed += told.numPassedTests;
  counts.failed += told.numFailedTests === 0 && status !== 0 ? 1 : told.numFailedTests;
  counts.skipped += told.numPendingTests;
  broken.push(...told.testResults.flatMap(failuresOf));
}
if (process.getuid?.() === 0) spawnSync(process.execPath, ["bin/dsrctl.cjs", "lab", "down"], { stdio: "ignore" });
if (broken.length > 0) announce(`what failed:\n${broken.join("\n")}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** A line a failed test, or for a file that could not be run at all; the end of a long log tells what to look for. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((each) => each.status === "failed");
  if (failed.length === 0) return status === "failed" ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map((each) => `${file}: ${each.fullName}: ${firstLine(each.failureMessages[0])}`);
}

function firstLine(text = "") {
  return stripVTControlCharacters(text).split("\n", 1)[0];
}
