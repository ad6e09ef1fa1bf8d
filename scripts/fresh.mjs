/**
 * `npm run fresh`: both commands of the README on a fresh machine. A minimal root file system of a Debian release, Node, this
 * machine's settings for apt, npm and certificates, a clean clone of what is committed; then `npm run demo` and `npm test` in
 * it, in namespaces of its own.
 *
 *     npm run fresh -- [--release bookworm|trixie] [--node machine|debian] [--only demo|test] [--keep]
 *
 * --release  Debian's release; else this machine's
 * --node     this machine's Node, or the release's own package; else the package where that is new enough
 * --only     one of the two commands
 * --keep     leave the root file system there and say where; else it is removed
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { announce, debianPackages, isDebian } from "./ready.mjs";

/** The releases, and whether their own nodejs runs dsrctl. */
const RELEASES = { bookworm: false, trixie: true };
/** Variables of the environment that package clients reach their registries by: proxies and certificates. */
const SETTINGS = /^(https?|no|all)_proxy$|_CA_|_CERT|_CAINFO/i;
const CLONE = "/root/dsrctl";

const { values: asked } = parseArgs({
  options: {
    release: { type: "string", default: /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] },
    node: { type: "string" },
    only: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const release = oneOf("--release", asked.release, Object.keys(RELEASES));
const node = oneOf("--node", asked.node ?? (RELEASES[release] ? "debian" : "machine"), ["machine", "debian"]);
const commands = asked.only === undefined ? ["demo", "test"] : [oneOf("--only", asked.only, ["demo", "test"])];

function oneOf(option, value, allowed) {
  if (allowed.includes(value)) return value;
  return refuse(`${option} must be one of ${allowed.join(", ")}, not ${value}`);
}

function refuse(why) {
  process.stderr.write(`error: ${why}\n`);
  process.exit(1);
}

if (!isDebian() || process.getuid?.() !== 0) refuse("a fresh machine is made by root on Debian");
debianPackages(["mmdebstrap", "git"]);

const root = mkdtempSync("/var/tmp/dsrctl-fresh-");
let ended = false;
let inside;
process.on("exit", () => {
  if (asked.keep) announce(`the root file system is in ${root}`);
  else rmSync(root, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    ended = true;
    inside?.kill("SIGKILL");
  });
}

function step(what, file, args, options = {}) {
  const began = Date.now();
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", ...options });
  if (status !== 0) refuse(`${what} failed: ${file} ended with ${status}\n${stdout ?? ""}${stderr ?? ""}`);
  announce(`${what} (${Math.round((Date.now() - began) / 1000)} s)`);
}

/** This machine's sources of Debian, for the release. */
function sources() {
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const ask = ["indextargets", "--format", format, "Created-By: Packages", "Origin: Debian"];
  const here = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const lines = execFileSync("apt-get", ask, { encoding: "utf8" }).split("\n");
  const found = lines.filter((line) => line.split(" ")[1]?.startsWith(here));
  if (found.length === 0) refuse("apt knows no source of Debian: run `apt-get update`");
  return [...new Set(found)].map((line) => `deb ${line.replace(` ${here}`, ` ${release}`)}\n`).join("");
}

/** This machine's settings of how apt reaches its sources. */
function aptSettings() {
  const lines = execFileSync("apt-config", ["dump"], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => /^Acquire::(https?::|ForceIPv|Retries|Check-)/.test(line) && !line.endsWith(' "";'));
}

function makeRoot() {
  const list = join(root, "sources.list");
  writeFileSync(list, sources());
  const options = aptSettings().map((line) => `--aptopt=${line.replace(/;$/, "")}`);
  const own = node === "debian" ? ["nodejs", "npm"] : [];
  const include = `--include=${["ca-certificates", "git", ...own].join(",")}`;
  const words = ["--mode=root", "--variant=apt", "--dpkgopt=force-unsafe-io", include, ...options];
  step(`minimal root of Debian ${release}`, "unshare", [
    "--mount",
    "mmdebstrap",
    ...words,
    release,
    join(root, "root"),
    list,
  ]);
}

/** Copies a file or directory of this machine to the same place in the root, as what it really is. */
function bring(path) {
  if (!existsSync(path)) return;
  const target = join(root, "root", path);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(realpathSync(path), target, { recursive: true, verbatimSymlinks: true });
}

function bringNode() {
  cpSync(realpathSync(process.execPath), join(root, "root/usr/local/bin/node"));
  const npm = join(execFileSync("npm", ["root", "--global"], { encoding: "utf8" }).trim(), "npm");
  const link =
    'mkdir -p "$1/usr/local/lib/node_modules" && cp -a "$2" "$1/usr/local/lib/node_modules/npm" && cd "$1/usr/local/bin"';
  const links = "ln -s ../lib/node_modules/npm/bin/npm-cli.js npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js npx";
  step("this machine's Node", "sh", ["-ec", `${link} && ${links}`, "sh", join(root, "root"), realpathSync(npm)]);
}

/** What package clients find here: npm's settings, certificates, proxies. */
function bringSettings() {
  const global = execFileSync("npm", ["config", "get", "globalconfig"], { encoding: "utf8" }).trim();
  const inRoot = node === "debian" ? "/etc/npmrc" : "/usr/local/etc/npmrc";
  if (existsSync(global)) {
    mkdirSync(join(root, "root", dirname(inRoot)), { recursive: true });
    cpSync(global, join(root, "root", inRoot));
  }
  const user = join(homedir(), ".npmrc");
  if (existsSync(user)) cpSync(user, join(root, "root/root/.npmrc"));
  bring("/usr/local/share/ca-certificates");
  bring("/etc/ssl/certs/ca-certificates.crt");
  for (const [, value] of settings()) if (isFile(value)) bring(value);
}

function isFile(path) {
  return path.startsWith("/") && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

function settings() {
  return Object.entries(process.env).filter(([name]) => SETTINGS.test(name) && !name.startsWith("npm_"));
}

/** Runs in new namespaces as their first process, so that what it started ends with it; the new root is a mount, as a machine's is. */
const ENTER = `
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/net dev/pts dev/shm
for node in null zero full random urandom tty net/tun; do
  [ ! -e /dev/$node ] || { : >dev/$node && mount --bind /dev/$node dev/$node; }
done
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for name in stdin:0 stdout:1 stderr:2; do ln -s /proc/self/fd/\${name#*:} dev/\${name%:*}; done
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/lock
mount --move . /
shift
exec chroot . "$@"
`;

function inRoot(script) {
  const env = Object.fromEntries(settings());
  const words = ["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-c", ENTER, "sh"];
  const home = { HOME: "/root", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TERM: "dumb" };
  const argv = [...words, join(root, "root"), "sh", "-c", script];
  inside = spawn("unshare", argv, { stdio: ["ignore", "inherit", "inherit"], env: { ...env, ...home, ...lab() } });
  return new Promise((resolve) => inside.on("close", (status) => resolve(status ?? 1)));
}

/** A lab of its own: cgroups are the machine's, in namespaces, too. */
function lab() {
  return { DSRCTL_LAB: `fresh-${release}-${process.pid}`, CI: "true" };
}

function removeCgroups() {
  const name = `dsrctl-${lab().DSRCTL_LAB}`;
  spawnSync("sh", ["-c", `find /sys/fs/cgroup/${name} -depth -type d -exec rmdir {} + 2>/dev/null`]);
}

const repository = new URL("..", import.meta.url).pathname;
if (execFileSync("git", ["-C", repository, "status", "--porcelain"], { encoding: "utf8" }) !== "")
  announce("there are changes that are not committed: the clone does not have them");
makeRoot();
if (node === "machine") bringNode();
bringSettings();
step("clean clone", "git", ["clone", "--quiet", "--no-hardlinks", repository, join(root, "root", CLONE)]);

let failed = 0;
const began = Date.now();
const run = commands.map((name) => `npm ${name === "demo" ? "run demo" : "test"}`).join(" && ");
failed = await inRoot(`cd ${CLONE} && node --version && ${run}`);
removeCgroups();
const minutes = ((Date.now() - began) / 60_000).toFixed(1);
const result = ended ? "interrupted" : failed === 0 ? "passed" : "FAILED";
announce(`Debian ${release}, Node of the ${node}: ${run}: ${result} in ${minutes} min`);
process.exitCode = failed === 0 && !ended ? 0 : 1;
