/**
 * A firewalld of our own: the real daemon with its own D-Bus in private mount, network and process namespaces, on a stock
 * configuration. The machine's own firewall, bus and files are not touched.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { eraseTypes } from "../../src/core/task-instance.ts";
import type { AnyTaskType, TaskInstance, Evaluation } from "../../src/core/task-instance.ts";
import { standalone } from "../../src/remote/shell/function-library.ts";
import { sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import type { Output, AnyState, TaskType } from "../../src/core/task-type.ts";

const TOOLS = [
  "/usr/sbin/firewalld",
  "/usr/bin/firewall-cmd",
  "/usr/bin/busctl",
  "/usr/bin/dbus-daemon",
  "/usr/bin/unshare",
];

/** What is missing here, or `undefined`. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "root";
  return TOOLS.find((tool) => !existsSync(tool));
}

/** The first process says `up` once its bus answers; what it runs ends with it. */
const INIT = String.raw`
mount --make-rprivate /
for d in /run /var/log /mnt; do mount -t tmpfs tmpfs $d; done
mkdir -p /run/dbus /mnt/firewalld && cp -a /etc/firewalld/. /mnt/firewalld
rm -f /mnt/firewalld/zones/*.xml* /mnt/firewalld/direct.xml* && sed -i 's/^DefaultZone=.*/DefaultZone=public/' /mnt/firewalld/firewalld.conf
mount --bind /mnt/firewalld /etc/firewalld
mount -t sysfs sysfs /sys
ip link set lo up
for i in 0 1; do ip link add eth$i type veth peer name peer$i; ip link set eth$i up; done
ip addr add 10.0.0.4/24 dev eth0
dbus-daemon --system --fork --nopidfile
echo up
exec sleep 3600
`;

export class Sandbox {
  readonly #root: ChildProcess;
  readonly #pid: number;

  constructor(root: ChildProcess, pid: number) {
    this.#root = root;
    this.#pid = pid;
  }

  static async start(): Promise<Sandbox> {
    const words = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-ec", INIT];
    const root = spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve, reject) => {
      root.stdout.once("data", () => resolve());
      root.once("exit", (code) => reject(new Error(`the namespaces ended with ${code}`)));
    });
    const children = readFileSync(`/proc/${root.pid}/task/${root.pid}/children`, "utf8");
    const sandbox = new Sandbox(root, Number(children.trim()));
    sandbox.start();
    return sandbox;
  }

  /** Starts firewalld and waits until it has its name on the bus. */
  start(): void {
    this.must(`firewalld --nofork --nopid >/run/firewalld.log 2>&1 & echo $! >/run/firewalld.pid
until busctl --auto-start=no call org.freedesktop.DBus / org.freedesktop.DBus NameHasOwner s org.fedoraproject.FirewallD1 | grep -q true
do kill -0 $(cat /run/firewalld.pid); sleep 0.05; done
firewall-cmd -q --state || [ $? = 251 ]`);
  }

  /** Ends firewalld and waits until its name is gone. */
  stop(): void {
    this.must(`kill $(cat /run/firewalld.pid)
while busctl --auto-start=no call org.freedesktop.DBus / org.freedesktop.DBus NameHasOwner s org.fedoraproject.FirewallD1 | grep -q true
do sleep 0.05; done`);
  }

  close(): void {
    this.#root.kill("SIGKILL");
  }

  /** Words in front of a command that run it inside; `deeper`: in the network of a process inside. */
  entering(deeper?: string): string {
    const inside = `nsenter --target ${this.#pid} --mount --net --pid`;
    return deeper === undefined ? inside : `${inside} nsenter --target ${deeper} --net`;
  }

  run(text: string, env: Readonly<Record<string, string>> = {}, shell: readonly string[] = ["sh"]): Output {
    const { SSH_CONNECTION: _, ...own } = process.env;
    const words = ["--target", String(this.#pid), "--mount", "--net", "--pid", ...shell];
    const result = spawnSync("nsenter", words, { input: `{\n${text}\n}\n`, env: { ...own, LC_ALL: "C", ...env } });
    if (result.error !== undefined) throw result.error;
    const { stdout, stderr, status } = result;
    return { code: status ?? 255, out: stdout.toString("utf8"), err: stderr.toString("utf8"), bytes: stdout };
  }

  /** Runs a script that must succeed; what it printed. */
  must(text: string): string {
    const { code, out, err } = this.run(`set -e\n${text}`);
    if (code !== 0) throw new Error(`${text}\nended with ${code}: ${out}${err}`);
    return out;
  }

  task<Args, State extends AnyState>(type: TaskType<Args, State>, args: unknown): Promise<Task> {
    return Task.close(this, eraseTypes(type), args);
  }
}

/** A task on the sandbox, looked at and acted as the engine does. */
export class Task {
  readonly #sandbox: Sandbox;
  readonly closed: TaskInstance;

  constructor(sandbox: Sandbox, closed: TaskInstance) {
    this.#sandbox = sandbox;
    this.closed = closed;
  }

  static async close(sandbox: Sandbox, type: AnyTaskType, args: unknown): Promise<Task> {
    const closed = await type.instantiate(args, {
      read: () => Promise.reject(new Error("no files")),
      render: () => "",
    });
    if (!("evaluate" in closed)) throw new Error(JSON.stringify(closed));
    return new Task(sandbox, closed);
  }

  /** `ssh`: by which connection we come, as in SSH_CONNECTION. */
  look(shell: readonly string[] = ["sh"], ssh?: string): Output {
    const env = ssh === undefined ? {} : { SSH_CONNECTION: ssh };
    return this.#sandbox.run(
      `${standalone(this.closed.look)}\n(\n${this.closed.look.text()}\n) </dev/null`,
      env,
      shell,
    );
  }

  judge(ssh?: string): Evaluation {
    return this.closed.evaluate(this.look(["sh"], ssh));
  }

  /** Acts on what is seen now. */
  act(ssh?: string): Output {
    const judged = this.judge(ssh);
    const why = judged.is === "blocked" ? `${judged.why}\n${judged.hint ?? ""}` : `nothing to do: ${judged.is}`;
    const act: Sh = judged.is === "change" ? judged.act : sh`echo ${why} >&2; exit 99`;
    const env = ssh === undefined ? {} : { SSH_CONNECTION: ssh };
    return this.#sandbox.run(`${standalone(act)}\n{\nset -e\n${act.text()}\n} </dev/null`, env);
  }
}
