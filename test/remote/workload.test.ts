/**
 * What a converged run costs, counted and not timed: connections, execs, round trips, bytes, and the processes that are
 * started on the host. More than stands here is a step back; less is written down here.
 *
 * The host is this machine in namespaces of its own (network, mounts, processes), so that its sysctls and /etc are its own, and
 * so that the kernel counts its processes for it. There is no systemd in it: a script answers for systemctl, one process a
 * call like the real one.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import type { Event, Recap } from "../../src/core/event.ts";
import { sshdMissing, startSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

/** What a command that is an event costs a host beyond the looks: six processes, one of them its own, two that read what it prints. */
const EVENT = { processes: 6, sent: 400, received: 400 };

/** What a file that is new starts, from the look before to the answer; and one that is replaced. */
const FILE = { fresh: 17, replaced: 23 };

/** What the looks of the twenty tasks cost a host. The directory's own name is in the bytes that are sent. */
const LOOKS = { processes: 12, sent: 14_900, received: 2200 };

const WORKLOAD = join(import.meta.dirname, "../workload");

const SYSTEMCTL = `#!/bin/sh
verb=$1 next=
while [ "$1" != -- ]; do shift; done
shift
for unit; do
  enabled=enabled state='ActiveState=active
SubState=running'
  case $unit in *nothing*) enabled=disabled state='ActiveState=inactive
SubState=dead' ;; esac
  if [ "$verb" = is-enabled ]; then echo "$enabled"; continue; fi
  printf "$next"'Id=%s.service\\nLoadState=loaded\\n%s\\nUnitFileState=%s\\n' "\${unit%.service}" "$state" "$enabled"
  next='\\n'
done
`;

/** Root's .bashrc starts processes that no look of ours may start: bash runs it wherever it believes to be sshd's child. */
const SET_UP = `set -e
ip link set lo up
mkdir -p "$0/etc" "$0/work" "$0/home"
mount -t overlay -o "lowerdir=/etc,upperdir=$0/etc,workdir=$0/work" none /etc
mkdir -p /etc/systemd/system/test.target.wants
for unit in web lb; do ln -s /bin/true /etc/systemd/system/test.target.wants/$unit.service; done
mount --bind "$0/systemctl" "$(readlink -f "$(command -v systemctl)")"
sed -i "s|^\\(root:.*:\\)[^:]*:\\([^:]*\\)$|\\1$0/home:\\2|" /etc/passwd
for n in 1 2 3 4 5 6 7 8 9; do echo /bin/true; done >"$0/home/.bashrc"
echo ready
read -r end`;

let dir: string;
let sshd: Sshd;
let holder: ChildProcess;
let inside: readonly string[];

async function play(book: string): Promise<{ readonly recap: Recap | undefined; readonly said: string }> {
  let said = "";
  const line = ["play", book, "-i", join(dir, "hosts.json"), "--json"];
  await runCommand(line, "0", {
    out: (text) => void (said += text),
    err: (text) => void (said += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir },
    ...{ stop: new AbortController().signal, end: new AbortController().signal },
  });
  const lines = said.split("\n").filter((each) => each.startsWith("{"));
  const end = lines.map((each) => JSON.parse(each) as Event).find(({ type }) => type === "run-end");
  return { recap: end?.type === "run-end" ? end.recap[0] : undefined, said };
}

/** The number that the host's kernel gave to its last process; asking takes as many each time. */
const lastPid = (): number =>
  Number(execFileSync("nsenter", [...inside, "cat", "/proc/sys/kernel/ns_last_pid"], { encoding: "utf8" }));

/** What a play costs, and how many processes the host starts for it, the login's among them. */
async function counted(book: string) {
  const before = lastPid();
  const { recap, said } = await play(book);
  return { recap, said, processes: lastPid() - before };
}

const missing = sshdMissing ?? (process.getuid?.() === 0 ? undefined : "needs root");

describe.skipIf(missing !== undefined)(`the reference workload${missing === undefined ? "" : ` (${missing})`}`, () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "dsrctl-workload-"));
    sshd = await startSshd();
    mkdirSync(join(dir, "ns"));
    execFileSync("mount", ["-t", "tmpfs", "none", join(dir, "ns")]);
    writeFileSync(join(dir, "ns/systemctl"), SYSTEMCTL, { mode: 0o755 });
    const argv = ["-pfnm", "--mount-proc", "/bin/sh", "-c", SET_UP, join(dir, "ns")];
    holder = spawn("unshare", argv, { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout!, "data");
    const init = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").trim();
    inside = ["-t", init, "-p", "-n", "-m", "--"];
    const server = `${process.env["SSHD"] ?? "/usr/sbin/sshd"} -i -f ${join(sshd.dir, "sshd_config")} -E ${join(dir, "log")}`;
    const host = {
      ...{ ansible_host: "127.0.0.1", ansible_port: sshd.port, ansible_user: "root" },
      ansible_ssh_private_key_file: sshd.userKeyPath,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts} -o ProxyCommand="nsenter ${inside.join(" ")} ${server}"`,
      ...{ root: join(dir, "site"), packages: ["dpkg", "openssh-server"], services: ["web", "lb", "nothing"] },
      closed: { address: "127.0.0.1", ports: [9, 10] },
    };
    mkdirSync(join(dir, "site"));
    writeFileSync(join(dir, "hosts.json"), JSON.stringify({ all: { hosts: { web1: host } } }));
  });
  afterAll(async () => {
    holder.stdin!.end();
    if (holder.exitCode === null) await once(holder, "exit");
    await sshd.stop();
    execFileSync("umount", [join(dir, "ns")]);
    rmSync(dir, { recursive: true });
  });

  test("converged costs one connection, one exec, one round trip, and no more processes and bytes than stand here", async () => {
    const site = join(WORKLOAD, "site.yml");
    const first = await play(site);
    // One to look, one to act: four tasks write lines of one file, and none surprises the next.
    expect(first.recap, first.said).toMatchObject({ failed: 0, unreachable: 0, cost: { roundTrips: 2 } });
    // What a login starts is the machine's matter: it is counted with a look that starts nothing, and taken off.
    writeFileSync(join(dir, "little.yml"), "- hosts: all\n  tasks: [{ command: { cmd: 'true', creates: / } }]\n");
    const login = await counted(join(dir, "little.yml"));
    const { recap, said, processes } = await counted(site);
    expect(recap, said).toMatchObject({ ok: 20, changed: 0 });
    expect(recap?.cost).toMatchObject({ connections: 1, execs: 1, roundTrips: 1 });
    expect(processes - login.processes).toBe(LOOKS.processes);
    // The directories of this test and of the shell have names of their own length; else these are exact.
    expect(recap?.cost?.sent).toBeLessThanOrEqual(LOOKS.sent);
    expect(recap?.cost?.received).toBeLessThanOrEqual(LOOKS.received);
  });

  test("a step costs its command and little more", async () => {
    const costs = [];
    for (const count of [1, 4]) {
      const task = "{ command: uname, changed_when: false }";
      writeFileSync(join(dir, "events.yml"), `- hosts: all\n  tasks: [${Array(count).fill(task).join(", ")}]\n`);
      costs.push(await counted(join(dir, "events.yml")));
    }
    const [one, four] = costs as [(typeof costs)[0], (typeof costs)[0]];
    expect(four.recap, four.said).toMatchObject({ ok: 4, changed: 0 });
    expect(four.recap?.cost?.roundTrips).toBe(one.recap?.cost?.roundTrips);
    expect(four.processes - one.processes).toBeLessThanOrEqual(3 * EVENT.processes + 1);
    expect(four.recap!.cost!.sent - one.recap!.cost!.sent).toBeLessThanOrEqual(3 * EVENT.sent);
    expect(four.recap!.cost!.received - one.recap!.cost!.received).toBeLessThanOrEqual(3 * EVENT.received);
  });

  /** Processes that five files cost more than two. */
  async function moreFor(prefix: string, content: string): Promise<number> {
    const costs = [];
    for (const names of ["ab", "cdefg"]) {
      const tasks = [...names].map(
        (name) => `{ file: { path: "{{ root }}/${prefix}${name}", content: ${content}, mode: "0644" } }`,
      );
      writeFileSync(join(dir, "files.yml"), `- hosts: all\n  tasks: [${tasks.join(", ")}]\n`);
      costs.push(await counted(join(dir, "files.yml")));
    }
    const [two, five] = costs as [(typeof costs)[0], (typeof costs)[0]];
    expect(five.recap, five.said).toMatchObject({ changed: 5 });
    return five.processes - two.processes;
  }

  /** A process more may be the machine's matter (something waited longer); hardly three times in a row. */
  async function tried(wanted: number, once: (time: number) => Promise<number>): Promise<number> {
    let more = await once(0);
    for (let time = 1; time < 3 && more !== wanted; time++) more = await once(time);
    return more;
  }

  test("a file costs no more processes than stand here, new or replaced", async () => {
    const [fresh, replaced] = [3 * FILE.fresh, 3 * FILE.replaced];
    expect(await tried(fresh, (time) => moreFor(`new${time}`, "first"))).toBe(fresh);
    expect(await tried(replaced, (time) => moreFor("new0", `again${time}`))).toBe(replaced);
  });
});
