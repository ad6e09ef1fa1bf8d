/**
 * What a bench stands on: a directory for keys and inventories, a cgroup that all its processes are in, the controller's
 * network namespace and the line that joins it with the hosts'. Every process ends with this one, however that ends,
 * and what they had made (namespaces, devices, mounts) goes with the last of them.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cgroup2Mount, endCgroup, isPopulated } from "../src/lab/cgroup.ts";
import { insideCgroup, succeeds } from "../src/lab/process.ts";
import { BenchError } from "./fault.ts";
import { openLine } from "./line.ts";
import type { Line } from "./line.ts";

const NAME = "dsrctl-bench";

/** The controller's address on the line; hosts follow in the same /16. */
export const CONTROLLER = "10.87.0.1";

export interface Ground {
  readonly directory: string;
  /** The compiled line.c. */
  readonly program: string;
  readonly cgroup: string;
  /** The file that stands for the controller's network namespace. */
  readonly network: string;
  readonly line: Line;
  end(): Promise<void>;
}

const INOTIFY = "/proc/sys/fs/inotify/max_user_instances";

/** A systemd takes three inotify instances, and Linux gives a user 128. @returns puts it back as it was. */
function allowInotify(): () => void {
  const before = readFileSync(INOTIFY, "utf8");
  if (Number(before) >= 65_536) return () => undefined;
  writeFileSync(INOTIFY, "65536");
  return () => writeFileSync(INOTIFY, before);
}

/** Waits until something holds, looking every few milliseconds. @throws BenchError after two minutes. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new BenchError(`${what}: not so after two minutes`);
    await pause(5);
  }
}

/** Starts a program in a cgroup; it is killed when this process ends. */
export function startIn(cgroup: string, argv: readonly string[]): ChildProcess & { readonly pid: number } {
  mkdirSync(cgroup, { recursive: true });
  const [file = "", ...args] = insideCgroup(cgroup, ["setpriv", "--pdeathsig", "KILL", ...argv]);
  const child = spawn(file, args, { detached: true, stdio: ["ignore", "ignore", "inherit"], cwd: "/" });
  if (child.pid === undefined) throw new BenchError(`cannot start ${argv[0] ?? ""}`);
  return child as ChildProcess & { readonly pid: number };
}

/** The network namespace file of a program started with `unshare --net`, once it has one of its own. */
export async function ownNetwork(pid: number): Promise<string> {
  const file = `/proc/${pid}/ns/net`;
  const here = readlinkSync("/proc/self/ns/net");
  await until("a network namespace of its own", () => readlinkSync(file) !== here);
  return file;
}

/** Ends all that runs in the cgroup. Hundreds of network namespaces take the kernel longer than the lab would wait. */
async function endAll(cgroup: string): Promise<void> {
  for (let again = 12; ; again--) {
    try {
      return await endCgroup(cgroup);
    } catch (failure) {
      if (again === 0) throw failure;
    }
  }
}

/** @throws BenchError when the machine cannot do it, or another bench is running. */
export async function breakGround(): Promise<Ground> {
  refuseWhereItCannotRun();
  const cgroup = join(cgroup2Mount() ?? "", NAME);
  if (isPopulated(cgroup)) throw new BenchError("another bench is running on this machine");
  await endAll(cgroup);
  sweep();
  const directory = mkdtempSync(join(tmpdir(), `${NAME}-${process.pid}-`));
  try {
    return await stand(directory, cgroup);
  } catch (failure) {
    await endAll(cgroup);
    rmSync(directory, { recursive: true, force: true });
    throw failure;
  }
}

async function stand(directory: string, cgroup: string): Promise<Ground> {
  const program = join(directory, "line");
  execFileSync("cc", ["-O2", "-o", program, "bench/line.c"]);
  for (const key of ["id", "host_key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", NAME, "-f", join(directory, key)]);
  }
  mkdirSync(join(directory, "home"));
  // Ansible's own defaults, not the machine's.
  writeFileSync(join(directory, "ansible.cfg"), "");
  const up = ["unshare", "--net", "sh", "-c", "ip link set lo up && exec sleep infinity"];
  const network = await ownNetwork(startIn(join(cgroup, "wire"), up).pid);
  const line = openLine(program, join(cgroup, "wire"));
  await line.controller(CONTROLLER, network);
  const restore = allowInotify();
  const end = async (): Promise<void> => {
    await endAll(cgroup);
    restore();
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, program, cgroup, network, line, end };
}

/** Directories of a bench that was killed. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${NAME}-(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !succeeds("kill", "-0", pid)) rmSync(join(tmpdir(), name), { recursive: true });
  }
}

const NEEDS = [
  ["cc", "gcc and libc6-dev"],
  ["/usr/sbin/sshd", "openssh-server"],
  ["ssh-keygen", "openssh-client"],
  ["ip", "iproute2"],
  ["/lib/systemd/systemd", "systemd"],
] as const;

function refuseWhereItCannotRun(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new BenchError("the bench makes network namespaces: run it on Linux, as root");
  }
  if (cgroup2Mount() === undefined) throw new BenchError("no cgroup2 file system is mounted");
  const lacking = NEEDS.filter(([file]) => !succeeds("sh", "-c", `command -v ${file}`));
  if (lacking.length > 0) throw new BenchError(`install ${lacking.map(([, name]) => name).join(", ")}`);
}
