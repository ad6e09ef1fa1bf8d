/**
 * Makes a fresh machine ready: npm packages, Debian packages, the built program. Only what is missing, each
 * announced. Needs nothing but Node itself.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** One line to the terminal. */
export function announce(text) {
  process.stdout.write(`==> ${text}\n`);
}

/** Runs a command with its output shown; ends the process when it fails. */
export function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { stdio: "inherit", ...options });
  if (status !== 0) process.exit(status ?? 1);
}

/** What a command prints, without the line break at its end. */
export function captured(command, args) {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 }).stdout.trimEnd();
}

/** npm packages, when there are none or the lock file has changed since. */
export function npmPackages() {
  const installed = "node_modules/.package-lock.json";
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync("package-lock.json").mtimeMs) return;
  announce("installing npm packages (npm ci)");
  run("npm", ["ci", "--no-audit", "--no-fund", "--omit=optional", "--loglevel=error", ...OPTIONAL]);
}

/** esbuild's program is an optional package; without it nothing is built. */
const OPTIONAL = ["--include=optional", "--include=dev"];

/** Debian packages, on Debian as root; elsewhere what needs them is skipped with a reason. */
export function debianPackages(names) {
  if (!isDebian() || process.getuid?.() !== 0) return;
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  announce(`installing Debian packages: ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", ...missing];
  const options = { stdio: ["ignore", "ignore", "inherit"], env };
  if (spawnSync("apt-get", install, { ...options, stdio: "ignore" }).status === 0) return;
  run("apt-get", ["update", "-qq"], options);
  run("apt-get", install, options);
}

export function isDebian() {
  return existsSync("/etc/debian_version");
}

function isInstalled(name) {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { encoding: "utf8" });
  return stdout === "installed";
}

/** The program in dist/, when there is none or a source is newer. */
export function built() {
  const made = existsSync("dist/dsrctl.cjs") ? statSync("dist/dsrctl.cjs").mtimeMs : 0;
  if (newest("src") < made && statSync("package-lock.json").mtimeMs < made) return;
  announce("building dsrctl");
  run(process.execPath, ["scripts/build.mjs"]);
}

function newest(directory) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs));
}

/** The version line of package.json, for announcements. */
export function version() {
  return JSON.parse(readFileSync("package.json", "utf8")).version;
}
