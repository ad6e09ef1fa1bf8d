/**
 * `node bench/inventory.mjs [--hosts N] [--runs N]`: the CPU and memory that `inventory --list` takes, on 10,000 hosts in 50 groups
 * with group_vars (the bounds: 2 s, 300 MB), and on a small inventory over what bare node takes (the bound: 120 ms).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { hosts: { type: "string", default: "10000" }, runs: { type: "string", default: "5" } },
});
const [hosts, runs] = [Number(values.hosts), Number(values.runs)];
const program = resolve(import.meta.dirname, "../bin/dsrctl.cjs");

const directory = mkdtempSync(join(tmpdir(), "dsrctl-bench-inventory-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const GROUPS = 50;
const names = (group) =>
  Array.from({ length: hosts / GROUPS }, (_, index) => `g${group}-n${String(index).padStart(4, "0")}.example.com`);
const groups = Array.from({ length: GROUPS }, (_, group) => [`group${group}`, names(group)]);
const address = (group, index) => `10.${group}.${index >> 8}.${index & 255}`;

write("small/hosts", "[web]\nweb1 ansible_host=10.0.0.3\nweb2\n[lb]\nlb1\n");
write(
  "ini/hosts",
  groups
    .map(
      ([group, all], g) =>
        `[${group}]\n${all.map((name, n) => `${name} ansible_host=${address(g, n)} rack=${n % 40}\n`).join("")}`,
    )
    .join(""),
);
write(
  "yaml/hosts.yml",
  groups
    .map(
      ([group, all], g) =>
        `${group}:\n  hosts:\n${all.map((name, n) => `    ${name}: { ansible_host: ${address(g, n)}, rack: ${n % 40} }\n`).join("")}`,
    )
    .join(""),
);
for (const kind of ["ini", "yaml"]) {
  write(`${kind}/group_vars/all.yml`, "ntp: [10.0.0.1, 10.0.0.2]\ndomain: example.com\nadmins: { alice: 1, bob: 2 }\n");
  for (const [group] of groups)
    write(`${kind}/group_vars/${group}.yml`, `vip: 10.0.0.5\nports: [80, 443]\nname: ${group}\nweight: 3\n`);
}

const bare = best(() => measured(["-e", "0"]));
show("bare node", bare);
for (const [what, argument] of [
  ["small", "small/hosts"],
  [`${hosts} hosts, INI`, "ini/hosts"],
  [`${hosts} hosts, YAML`, "yaml/hosts.yml"],
]) {
  show(
    what,
    best(() => measured([program, "inventory", "--list", "-i", argument])),
  );
}

function write(name, text) {
  mkdirSync(join(directory, name, ".."), { recursive: true });
  writeFileSync(join(directory, name), text);
}

function measured(args) {
  const told =
    'import { writeSync } from "node:fs"; process.on("exit", () => { const u = process.resourceUsage(); writeSync(3, JSON.stringify([u.userCPUTime + u.systemCPUTime, u.maxRSS])); });';
  const { status, stderr, output } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(told)}`, ...args],
    {
      ...{ cwd: directory, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe", "pipe"] },
    },
  );
  if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`);
  const [cpu, memory] = JSON.parse(output[3]);
  return { cpu: cpu / 1000, memory: memory / 1024 };
}

/** The least of several: what else runs on the machine only adds. */
function best(measure) {
  const all = Array.from({ length: runs }, measure);
  return { cpu: Math.min(...all.map(({ cpu }) => cpu)), memory: Math.min(...all.map(({ memory }) => memory)) };
}

function show(what, { cpu, memory }) {
  process.stdout.write(
    `${what.padEnd(20)} ${cpu.toFixed(0).padStart(6)} ms CPU ${(cpu - bare.cpu).toFixed(0).padStart(6)} over node ${memory.toFixed(0).padStart(5)} MB\n`,
  );
}
