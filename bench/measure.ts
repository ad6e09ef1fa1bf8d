/** One command on the controller's side, measured: time, CPU, memory, and what the line and the hosts saw of it. */
import { mkdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { processesIn } from "../src/lab/cgroup.ts";
import { attempt } from "../src/lab/process.ts";
import type { Ground } from "./ground.ts";
import type { Hosts } from "./hosts.ts";

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What a command cost on the controller. */
export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** CPU seconds, user and system, of all its processes. */
  readonly cpu: number;
  /** MB: the largest process (ru_maxrss), or all processes together (Pss, looked at as it runs) where that is more. */
  readonly memory: number;
}

export interface Measured extends Cost {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
  /** CPU seconds a host. */
  readonly hostCpu: number;
  /** TCP connections, sessions that sshd started, round trips, kB on the line: a host. */
  readonly connections: number;
  readonly execs: number;
  readonly roundTrips: number;
  readonly kilobytes: number;
}

export interface Ended extends Cost {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };

/** Runs a command in the controller's namespace. What it leaves running ends with it. */
export async function runOnController(ground: Ground, command: Command): Promise<Ended> {
  const cgroup = join(ground.cgroup, "controller");
  mkdirSync(cgroup, { recursive: true });
  const usage = join(ground.directory, "usage");
  const env = { ...ENVIRONMENT, HOME: join(ground.directory, "home"), ...command.env };
  const apart = [
    "unshare",
    "--pid",
    "--mount",
    "--fork",
    "--kill-child",
    "--mount-proc",
    `--wd=${command.cwd ?? process.cwd()}`,
  ];
  const measured = [ground.program, "usage", usage, join(cgroup, "cpu.stat"), ...command.argv];
  const enter = ["setpriv", "--pdeathsig", "KILL", "nsenter", `--net=${ground.network}`, ...apart, ...measured];
  const ended = attempt(enter, { env, cgroup });
  const peak = await peakOf(cgroup, ended);
  const [wall = 0, largest = 0, cpu = 0] = readFileSync(usage, "utf8").split(" ").map(Number);
  return { ...(await ended), wall: wall / 1e6, cpu: cpu / 1e6, memory: Math.max(largest, peak) / 1000 };
}

/** Looks at all processes together until the end; looking takes no more than a thirtieth of the time. */
async function peakOf(cgroup: string, ended: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const done = ended.finally(() => over.abort()).catch(() => undefined);
  let peak = 0;
  for (let rest = 100; !over.signal.aborted;) {
    await pause(rest, undefined, { signal: over.signal }).catch(() => undefined);
    const began = performance.now();
    const pids = processesIn(cgroup);
    const sizes = pids.length > 3 ? await Promise.all(pids.map(pssOf)) : [];
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    rest = Math.max(100, 30 * (performance.now() - began));
  }
  await done;
  return peak;
}

async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
}

/** Runs a command against the hosts. */
export async function measure(ground: Ground, hosts: Hosts, command: Command): Promise<Measured> {
  await hosts.calm();
  await ground.line.clear();
  const before = { cpu: hosts.cpu(), sessions: hosts.sessions() };
  const ended = await runOnController(ground, command);
  await hosts.calm();
  const traffic = [...(await ground.line.report()).values()];
  const aHost = (total: number): number => total / hosts.all.length;
  const total = (key: "connections" | "roundTrips" | "bytes"): number =>
    traffic.reduce((sum, each) => sum + each[key], 0);
  return {
    ...ended,
    hostCpu: aHost(hosts.cpu() - before.cpu),
    connections: aHost(total("connections")),
    execs: aHost(hosts.sessions() - before.sessions),
    roundTrips: aHost(total("roundTrips")),
    kilobytes: aHost(total("bytes")) / 1000,
  };
}
