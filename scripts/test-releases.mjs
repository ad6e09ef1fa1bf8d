/**
 * `npm run test:releases [-- --again]`: playbooks/site.yml on the lab with hosts of each release (docs/releases.md):
 * a first run, a second one with nothing to do, drift that is found and repaired, and a failover.
 */
import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { matrix } from "./matrix.mjs";
import { announce, built, npmPackages } from "./ready.mjs";

/** Named by what its hosts run. `lb2` is a host with another release than the others. */
const LABS = [
  { release: "bullseye" },
  { release: "bookworm" },
  { release: "bookworm-rpm" },
  { release: "trixie" },
  { release: "forky", informational: true },
  { release: "bookworm", lb2: "trixie" },
];
const DRIFTS = JSON.parse(readFileSync("test/lab/drifts.json", "utf8"));
const PACKAGES = ["keepalived", "firewalld", "systemd", "openssh-server"];
/** The last of these that a host has installs its packages. */
const INSTALLERS = ["apt", "dnf"];
const STEPS = { "first run": firstRun, "second run": secondRun, drift, failover };

process.env.DSRCTL_LAB = "releases";
npmPackages();
built();
const cases = LABS.map(({ release, lb2, informational }) => ({
  ...{ key: [lb2 === undefined ? release : `${release}, lb2 ${lb2}`], informational },
  tried: () => tried(release, lb2),
}));
const about =
  "What `npm run test:releases` found: `playbooks/site.yml` on the lab with hosts of each release. " +
  "Versions and the kernel are those of lb2. What comes next after the stable release, forky, may fail. " +
  "The hosts of bookworm-rpm have dnf, rpm packages, and the paths and unit files of RHEL (docs/lab.md). " +
  "The lab has no RHEL and no SELinux; test/remote/install.test.ts tests with stand-ins that files get their SELinux context.";
const measured = [
  "installer",
  "keepalived",
  "firewalld",
  "systemd",
  "OpenSSH",
  "kernel",
  ...Object.keys(STEPS),
  "seconds",
];
await matrix({ table: "docs/releases.md", title: "Releases", about, columns: ["release"], measured }, cases);
dsrctl("lab", "down");

/** The cells of one release, and what went wrong first. */
function tried(release, lb2) {
  const began = Date.now();
  const done = [];
  let outcome = "passed";
  try {
    up(release, lb2);
    for (const [name, step] of Object.entries(STEPS)) {
      announce(`${release}: ${name}`);
      done.push(step());
    }
  } catch (error) {
    outcome = `failed: ${error.message}`;
  }
  const steps = Object.keys(STEPS).map((_, index) => done[index] ?? "-");
  return { cells: [...versions(), ...steps, String(Math.round((Date.now() - began) / 1000))], outcome };
}

/** Fresh hosts of the releases. */
function up(release, lb2) {
  must("lab", "reset", "--release", release);
  if (lb2 !== undefined) must("lab", "reset", "lb2", "--release", lb2);
}

function firstRun() {
  const { end, code, trouble } = play();
  if (code !== 0) throw new Error(`first run: ${trouble}`);
  const changed = sum(end, "changed");
  if (changed === 0) throw new Error("first run: it changed nothing");
  if (!isServed()) throw new Error("first run: the client is not served");
  return `${changed} changed, ${end.seconds.toFixed(0)} s`;
}

function isServed() {
  const { stdout } = dsrctl("lab", "ssh", "client", "curl", "-s", "-m", "3", "http://10.0.0.5/");
  return /^web[12]$/m.test(stdout);
}

function secondRun() {
  const { end, code, moved, trouble } = play();
  if (code !== 0 || moved.length > 0) throw new Error(`second run: ${trouble}${moved.join("; ")}`);
  if (end.recap.some(({ cost }) => cost.execs !== 1)) throw new Error("second run: more than one exec on a host");
  return `0 changed, ${end.seconds.toFixed(1)} s`;
}

/** All drifts at once: each is found, and nothing else. */
function drift() {
  for (const { host, by } of DRIFTS) must("lab", "ssh", host, by);
  const expected = DRIFTS.flatMap(({ found }) => found).sort();
  for (const args of [["--check"], []]) {
    const { code, moved, trouble } = play(...args);
    const others = difference(expected, moved);
    if (code !== 0 || others.length > 0) throw new Error(`drift${args.join("")}: ${trouble}${others.join("; ")}`);
  }
  const { moved } = play();
  if (moved.length > 0) throw new Error(`drift is not repaired: ${moved.join("; ")}`);
  return `${DRIFTS.length} repaired`;
}

function failover() {
  const { stdout, stderr, status } = dsrctl("drill", "failover", "-i", "lab", "--json");
  const end = lines(stdout).at(-1) ?? {};
  const trouble = [...(end.reasons ?? []), ...(end.trouble ?? []), ...(end.notAsBefore ?? [])].join("; ");
  if (status !== 0 || !end.proved || !end.restored) throw new Error(`failover: ${trouble || stderr}`);
  return `${end.probes.longest.toFixed(1)} s not served`;
}

function versions() {
  const names = [...INSTALLERS, ...PACKAGES].join(" ");
  const ask = `
    dpkg-query -W -f '\${Package} \${Version}\\n' ${names} 2>/dev/null
    rpm -q --qf '%{NAME} %{VERSION}\\n' ${PACKAGES.join(" ")} 2>/dev/null
    uname -r`;
  const { stdout } = dsrctl("lab", "ssh", "lb2", ask);
  const found = new Map(stdout.split("\n").map((line) => line.split(" ")));
  const kernel = stdout.trimEnd().split("\n").at(-1) ?? "";
  const installer = INSTALLERS.findLast((name) => found.has(name));
  return [
    `${installer} ${upstream(found.get(installer))}`,
    ...PACKAGES.map((name) => upstream(found.get(name))),
    /^\d+\.\d+/.exec(kernel)?.[0] ?? "-",
  ];
}

/** `1:2.2.7-1+b2`: 2.2.7. */
function upstream(version) {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version ?? "")?.[1] ?? "-";
}

function play(...args) {
  const { stdout, stderr, status: code } = dsrctl("play", "site.yml", "-i", "lab", "--json", ...args);
  const events = lines(stdout);
  const tasks = events.filter(({ type }) => type === "task");
  const moved = tasks.filter(({ status }) => status === "changed" || status === "will-change");
  const wrong = tasks.filter(({ status }) => status === "failed");
  const trouble = wrong.map(({ host, name, why }) => `${host}: ${name}: ${why ?? ""}`).join("; ");
  return {
    ...{ code, trouble: trouble || (code === 0 ? "" : stderr) },
    moved: moved.map(({ host, name }) => `${host}: ${name}`).sort(),
    end: events.find(({ type }) => type === "run-end"),
  };
}

function sum({ recap }, key) {
  return recap.reduce((total, host) => total + host[key], 0);
}

/** What one list has and the other has not. */
function difference(expected, found) {
  return [
    ...expected.filter((each) => !found.includes(each)).map((each) => `not found: ${each}`),
    ...found.filter((each) => !expected.includes(each)).map((each) => `also: ${each}`),
  ];
}

function lines(text) {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

function must(...args) {
  const { status, stdout, stderr } = dsrctl(...args);
  if (status !== 0) throw new Error(`dsrctl ${args.join(" ")}: ${stderr || stdout}`);
}

function dsrctl(...args) {
  return spawnSync(process.execPath, ["bin/dsrctl.cjs", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
}
