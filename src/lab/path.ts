/**
 * The way of ssh connections into the lab: a ProxyCommand that can be slowed down, for hosts where the kernel cannot
 * delay packets. It is a file on the machine, so that the inventory and OpenSSH use the same.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NAMESPACE_PATH, PATHS } from "./site.ts";
import { addressesOf } from "./topology.ts";
import type { Seat } from "./topology.ts";

const SCRIPT = join(PATHS.ssh, "path");
const RELAY = join(PATHS.ssh, "slow.mjs");
const DELAYS = join(PATHS.run, "delay");

/** Ansible's and OpenSSH's ProxyCommand for every host of the lab; inventories/lab/hosts.yml has the same. */
export const PROXY_COMMAND = `${SCRIPT} %h %p`;

const script = `#!/bin/sh
# path HOST PORT: into the lab's network; slowly where \`dsrctl lab delay\` says so.
slow=${DELAYS}/$1
[ ! -e "$slow" ] || exec ${process.execPath} ${RELAY} "$1" "$2" $(cat "$slow")
exec nsenter --net=${NAMESPACE_PATH} nc "$1" "$2"
`;

const relay = `// slow.mjs HOST PORT MS JITTER: hands on what it gets, each way that much later, in order.
import { spawn } from "node:child_process";
const [host, port, ms, jitter] = process.argv.slice(2);
const way = spawn("nsenter", ["--net=${NAMESPACE_PATH}", "nc", host, port], { stdio: ["pipe", "pipe", "inherit"] });
let last = 0;
function slowly(from, to) {
  let due = 0;
  const later = (act) => {
    due = Math.max(due, Date.now() + Number(ms) + Number(jitter) * Math.random());
    last = Math.max(last, due);
    setTimeout(act, due - Date.now());
  };
  from.on("data", (chunk) => later(() => to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  to.on("error", () => process.exit(1));
}
slowly(process.stdin, way.stdin);
slowly(way.stdout, process.stdout);
way.on("close", (code) => setTimeout(() => process.exit(code ?? 1), Math.max(0, last - Date.now()) + 1));
`;

/** Writes the two programs; the same at every `up`, but for the Node that runs the relay. */
export function ensurePath(): void {
  writeFileSync(SCRIPT, script, { mode: 0o755 });
  writeFileSync(RELAY, relay);
}

/**
 * Milliseconds each way, give or take; `undefined`: as fast as it goes. Counts for connections that are made from now
 * on.
 */
export function slowPath(seat: Seat, by: { readonly ms: number; readonly jitterMs?: number } | undefined): void {
  const files = addressesOf(seat).map((address) => join(DELAYS, address));
  for (const file of files) rmSync(file, { force: true });
  if (by === undefined) return;
  mkdirSync(DELAYS, { recursive: true });
  for (const file of files) writeFileSync(file, `${by.ms} ${by.jitterMs ?? 0}\n`);
}
