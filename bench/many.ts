/** Many connections at once: more names than hosts, so that it is the controller that is measured. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BenchError } from "./fault.ts";
import type { Ground } from "./ground.ts";
import { startHosts } from "./hosts.ts";
import type { Hosts } from "./hosts.ts";
import { measure } from "./measure.ts";
import type { Command, Measured } from "./measure.ts";
import type { Say } from "./rounds.ts";
import { digits, table } from "./table.ts";

const HOSTS = 10;
const WORKLOAD = join(process.cwd(), "bench/workload");

/** A table: dsrctl as it comes, dsrctl with all hosts at once, and the bare client. */
export async function measureMany(ground: Ground, connections: number, say: Say): Promise<string> {
  const hosts = await startHosts(ground, HOSTS, `${connections}:30:${connections}`);
  try {
    writeNames(ground.directory, hosts, connections);
    await ground.line.delay(0);
    const rows = [];
    for (const [title, command] of subjects(ground.directory, connections)) {
      const measured = await measure(ground, hosts, command);
      if (measured.code !== 0) throw new BenchError(`${title} failed: ${measured.err.slice(-1000)}`);
      say(`  ${title} ${measured.wall.toFixed(1)} s`);
      rows.push(rowOf(title, measured, connections));
    }
    return table(["", "wall s", "CPU s", "CPU ms each", "MB", "host CPU ms each"], rows);
  } finally {
    await hosts.end();
  }
}

function rowOf(title: string, { wall, cpu, memory, hostCpu }: Measured, connections: number): readonly string[] {
  const each = (seconds: number): string => digits((seconds / connections) * 1000);
  return [title, digits(wall), digits(cpu), each(cpu), digits(memory), each(hostCpu * HOSTS)];
}

function subjects(directory: string, connections: number): readonly (readonly [string, Command])[] {
  const play = ["play", join(WORKLOAD, "many.yml"), "-i", join(directory, "many.json"), "--json"];
  const dsrctl = (...more: readonly string[]): Command => ({
    argv: [process.execPath, "bin/dsrctl.cjs", ...play, ...more],
  });
  const floor = join(process.cwd(), "node_modules/.cache/dsrctl-bench/floor.cjs");
  return [
    ["dsrctl, 50 hosts at once (the default)", dsrctl()],
    [`dsrctl, ${connections} hosts at once`, dsrctl("--forks", String(connections))],
    ["floor: ssh2, all at once", { argv: [process.execPath, floor, directory, join(WORKLOAD, "many.sh")] }],
  ];
}

function writeNames(directory: string, hosts: Hosts, connections: number): void {
  const names = Array.from({ length: connections }, (_, at) => {
    const address = hosts.all[at % hosts.all.length]?.address ?? "";
    return [`name${at + 1}`, address] as const;
  });
  const vars = {
    ansible_user: "root",
    ansible_ssh_private_key_file: join(directory, "id"),
    ansible_ssh_common_args: `-F none -o UserKnownHostsFile=${join(directory, "known_hosts")} -o StrictHostKeyChecking=yes`,
  };
  const entries = names.map(([name, address]) => [name, { ansible_host: address }] as const);
  writeFileSync(join(directory, "many.json"), JSON.stringify({ all: { vars, hosts: Object.fromEntries(entries) } }));
  writeFileSync(join(directory, "addresses"), names.map(([, address]) => `${address}\n`).join(""));
}
