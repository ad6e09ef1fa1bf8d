/** Hosts of the bench: each a systemd with its own network, processes and mounts, and a real sshd; see host.sh. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endCgroup } from "../src/lab/cgroup.ts";
import { BenchError } from "./fault.ts";
import { ownNetwork, startIn, until } from "./ground.ts";
import type { Ground } from "./ground.ts";

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Addresses of the two hosts after it, in a ring. */
  readonly peers: readonly string[];
}

interface Running {
  readonly host: Host;
  readonly cgroup: string;
  readonly pid: number;
}

export interface Hosts {
  readonly all: readonly Host[];
  /** Ends all hosts and starts them anew, as they were at first. */
  renew(): Promise<void>;
  /** CPU seconds that the hosts have used so far, all together. */
  cpu(): number;
  /** Commands, subsystems and shells that sshd has started so far, on all hosts together. */
  sessions(): number;
  /** Waits until the hosts do nothing any more. */
  calm(): Promise<void>;
  end(): Promise<void>;
}

function address(index: number): string {
  return `10.87.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
}

function hostAt(index: number, count: number): Host {
  const peers = [1, 2].map((step) => address((index + step) % count));
  return { name: `host${index + 1}`, address: address(index), peers };
}

/** Starts hosts and writes `hosts.json` (an inventory), `known_hosts` and `addresses` into the ground's directory. */
export async function startHosts(ground: Ground, count: number, maxStartups?: string): Promise<Hosts> {
  const all = Array.from({ length: count }, (_, index) => hostAt(index, count));
  writeSite(ground.directory, all);
  const start = (host: Host): Promise<Running> => startHost(ground, host, maxStartups);
  let running = await inTurns(all, start);
  const end = async (): Promise<void> => {
    await inTurns(running, async (each) => endCgroup(each.cgroup));
    running = [];
  };
  const cpu = (): number => sum(running.map((each) => cpuSeconds(each.cgroup)));
  const renew = async (): Promise<void> => {
    await end();
    running = await inTurns(all, start);
  };
  return { all, renew, cpu, sessions: () => sum(running.map(sessionsOf)), calm: () => calm(cpu), end };
}

/** Eight at a time: starting a host is work for the kernel, and all at once would time out. */
async function inTurns<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<readonly Out[]> {
  const results: Out[] = [];
  for (let at = 0; at < items.length; at += 8) {
    results.push(...(await Promise.all(items.slice(at, at + 8).map(work))));
  }
  return results;
}

async function startHost(ground: Ground, host: Host, maxStartups = "10:30:100"): Promise<Running> {
  const cgroup = join(ground.cgroup, host.name);
  const apart = ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child"];
  const script = join(process.cwd(), "bench/host.sh");
  const about = [ground.directory, host.name, host.peers.join(" "), maxStartups];
  const child = startIn(cgroup, [...apart, "sh", script, ...about]);
  const { pid } = child;
  await ground.line.host(host.address, await ownNetwork(pid));
  await until(`${host.name} listens`, () => {
    if (child.exitCode !== null) throw new BenchError(`${host.name} ended as it started, with code ${child.exitCode}`);
    return listens(pid, 22) && listens(pid, 80);
  });
  return { host, cgroup, pid };
}

/** proc(5), net/tcp: local address and port in hexadecimal, state 0A is LISTEN. */
function listens(pid: number, port: number): boolean {
  const table = readFileSync(`/proc/${pid}/net/tcp`, "utf8");
  return table.includes(`:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A `);
}

function cpuSeconds(cgroup: string): number {
  const used = /^usage_usec (\d+)$/m.exec(readFileSync(join(cgroup, "cpu.stat"), "utf8"))?.[1];
  if (used === undefined) throw new BenchError(`${cgroup}/cpu.stat says nothing of usage_usec`);
  return Number(used) / 1e6;
}

function sessionsOf({ pid }: Running): number {
  const init = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return readFileSync(`/proc/${init}/root/run/sshd.log`, "utf8").split("Starting session: ").length - 1;
}

async function calm(cpu: () => number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (let before = cpu(); Date.now() < deadline;) {
    await pause(100);
    const now = cpu();
    if (now - before < 0.005) return;
    before = now;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function writeSite(directory: string, hosts: readonly Host[]): void {
  const key = readFileSync(join(directory, "host_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  write("known_hosts", hosts.map((host) => `${host.address} ${key}\n`).join(""));
  write("addresses", hosts.map((host) => `${host.address}\n`).join(""));
  const entries = hosts.map((host, index) => {
    const variables = { ansible_host: host.address, peers: host.peers, priority: 100 + (index % 2) };
    return [host.name, variables] as const;
  });
  const vars = {
    ansible_user: "root",
    ansible_ssh_private_key_file: join(directory, "id"),
    ansible_ssh_common_args: `-F none -o UserKnownHostsFile=${join(directory, "known_hosts")} -o StrictHostKeyChecking=yes`,
  };
  write("hosts.json", JSON.stringify({ all: { vars, hosts: Object.fromEntries(entries) } }));
}
