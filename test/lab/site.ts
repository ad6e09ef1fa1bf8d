/** What the lab's tests share: the program as a user runs it, and a way to ask the hosts directly. */
import { spawn } from "node:child_process";
import { expectEvents } from "../report/valid.ts";
import { once } from "node:events";
import { missing, sshArgv } from "../../src/lab/index.ts";
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";

/** Why the lab cannot run here; empty: it can. */
export const NO_LAB = missing().join("; ");

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function spawned(file: string, args: readonly string[], input?: string, env = process.env): Promise<Said> {
  const child = spawn(file, args, { stdio: "pipe", env });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.on("error", () => undefined).end(input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, out, err }));
  });
}

export function dsrctl(...args: readonly string[]): Promise<Said> {
  return spawned(process.execPath, ["bin/dsrctl.cjs", ...args]);
}

/** The program on a lab of another name. */
export function inLab(name: string, ...args: readonly string[]): Promise<Said> {
  return spawned(process.execPath, ["bin/dsrctl.cjs", ...args], "", { ...process.env, DSRCTL_LAB: name });
}

export interface Begun {
  /** Waits until it has printed a text. */
  said(text: string): Promise<void>;
  /** Ctrl-C. */
  interrupt(): void;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  readonly ended: Promise<Said>;
}

/** The program, while it runs. */
export function begin(...args: readonly string[]): Begun {
  const child = spawn(process.execPath, ["bin/dsrctl.cjs", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const closed = once(child, "close");
  return {
    said: async (text) => {
      while (!out.includes(text)) {
        await Promise.race([once(child.stdout, "data"), closed]);
        if (child.exitCode !== null && !out.includes(text)) throw new Error(`it never said \`${text}\`:\n${out}${err}`);
      }
    },
    interrupt: () => void child.kill("SIGINT"),
    signal: (name) => void child.kill(name),
    ended: new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, out, err }))),
  };
}

export interface Played {
  readonly code: number;
  readonly tasks: readonly TaskEvent[];
  readonly recap: readonly Recap[];
  /** All events, as printed. */
  readonly out: string;
  /** What went wrong, as it was told: of use when a test fails. */
  readonly said: string;
}

/** Hosts that were lost, tasks that have failed, the recap. */
function isTrouble(event: Event): boolean {
  return event.type === "host-lost" || event.type === "run-end" || (event.type === "task" && event.status === "failed");
}

/** A play of the site on the lab, as events. */
export async function play(...args: readonly string[]): Promise<Played> {
  const { code, out, err } = await dsrctl("play", "site.yml", "-i", "lab", "--json", ...args);
  expectEvents(out);
  const events = out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Event);
  const end = events.find((event) => event.type === "run-end");
  const tasks = events.filter((event) => event.type === "task");
  const told = events
    .filter(isTrouble)
    .map((event) => JSON.stringify(event))
    .join("\n");
  return { code, tasks, recap: end?.type === "run-end" ? end.recap : [], out, said: `${told}\n${err}` };
}

/** The tasks that did, or will do, something: `host: name`. */
export function moved({ tasks }: Played): readonly string[] {
  return tasks
    .filter(({ status }) => status === "changed" || status === "will-change")
    .map(({ host, name }) => `${host}: ${name}`);
}

/** Runs a script on a host of the lab, over ssh of its own. */
export async function on(host: string, script: string): Promise<Said> {
  const [file = "ssh", ...args] = sshArgv(host);
  return spawned(file, [...args, "/bin/sh"], `{ ${script}\n}\n`);
}

/** The same; @throws Error when it fails. */
export async function must(host: string, script: string): Promise<string> {
  const said = await on(host, script);
  if (said.code !== 0) throw new Error(`${host}: ${script}\nended with ${said.code}: ${said.err || said.out}`);
  return said.out;
}

/**
 * Every file of a host with type, mode, owner, size, and the times of its last change: a write of any kind moves the
 * change time, which no program can set back. Left out: logs, the login's own traces, what systemd's timers stamp,
 * and what the kernel makes up.
 */
export async function fileSystem(host: string): Promise<readonly string[]> {
  const out = await must(
    host,
    `find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log \
      -o -path /var/lib/systemd -o -path /var/lib/private -o -path /lost+found \\) -prune \
      -o -printf '%p %y %m %U:%G %s %T@ %C@ %l\\n' | sort`,
  );
  return out.split("\n");
}

/** Lines of one list that the other has not. */
export function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  const [a, b] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !b.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !a.has(line)).map((line) => `+ ${line}`),
  ];
}

export const HOSTS = ["lb1", "lb2", "web1", "web2", "client"] as const;
export const VIP = "10.0.0.5";

/** Which node answers a client at the VIP; empty: none. */
export async function ask(source = ""): Promise<string> {
  const from = source === "" ? "" : `--interface ${source}`;
  return (await on("client", `curl -s -m 3 ${from} http://${VIP}/ | head -n 1`)).out.trim();
}

/** Asks a node at the VIP past the directors, as anybody in its network can; empty: it does not take the packet. */
export async function askPast(node: string, port: number): Promise<string> {
  const script = `ip route add ${VIP} via ${node}; curl -s -m 3 http://${VIP}:${port}/ | head -n 1; ip route del ${VIP}`;
  return (await must("client", script)).trim();
}

/** The director that holds the VIP. */
export async function owner(): Promise<string | undefined> {
  for (const host of ["lb1", "lb2"]) {
    if ((await on(host, `ip -o addr show to ${VIP}`)).out.trim() !== "") return host;
  }
  return undefined;
}
