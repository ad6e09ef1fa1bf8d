/**
 * `npm test`: every test. What needs root or Debian is skipped with a reason elsewhere. Ends with one line
 * `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { announce, built, debianPackages, npmPackages } from "./ready.mjs";

npmPackages();
debianPackages([
  "openssh-server",
  "openssh-client",
  "sudo",
  "busybox-static",
  "fish",
  "tcsh",
  "netcat-openbsd",
  "curl",
]);
built();

const check = spawnSync(process.execPath, ["scripts/check.mjs", "--without-tests"], { stdio: "inherit" });

const report = join(mkdtempSync(join(tmpdir(), "dsrctl-test-")), "report.json");
announce("running the tests (units, a real sshd on loopback, the lab of real hosts)");
const tests = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: "inherit" },
);
if (process.getuid?.() === 0) spawnSync(process.execPath, ["bin/dsrctl.js", "lab", "down"], { stdio: "ignore" });
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
const failed = numFailedTests + (check.status === 0 ? 0 : 1) + (tests.status !== 0 && numFailedTests === 0 ? 1 : 0);
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
process.stdout.write(`${numPassedTests} passed, ${failed} failed${skipped}\n`);
process.exitCode = failed === 0 && check.status === 0 && tests.status === 0 ? 0 : 1;
