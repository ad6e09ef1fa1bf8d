/** What `-vvv` says of a connection, over a real sshd: each stage, in its order, and no secret. */
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectionReport, ConnectionStep } from "../../src/core/connection.ts";
import type { ConnectionEvent, Event, Recap } from "../../src/core/event.ts";
import { sh } from "../../src/core/shell.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Become, Target } from "../../src/core/target.ts";
import { RemoteHost } from "../../src/remote/host.ts";
import { connectTcp } from "../../src/remote/transport/tcp.ts";
import { Trace } from "../../src/remote/transport/trace.ts";
import { expectEvents } from "../report/valid.ts";
import { dsrctl } from "../vault/dsrctl.ts";
import { fakeServer, matching } from "./faults.ts";
import { freePort, keygen, sshdMissing, sshdVersion, startSshd, targetOf, withSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const LOOK = { id: "a", look: sh`echo fine`, from: "host" } as const;

/** Reaches a host, looks once, and says how it was reached. */
async function traced(target: Target, become?: Become): Promise<readonly ConnectionReport[]> {
  const reports: ConnectionReport[] = [];
  const host = new RemoteHost(target, {
    signal: new AbortController().signal,
    controller: () => Promise.resolve(new Map()),
    onTrace: (report) => void reports.push(report),
  });
  await host
    .link(become)
    .run({ steps: [], looks: [LOOK] })
    .catch(() => undefined);
  await host.close();
  return reports;
}

function names(steps: readonly ConnectionStep[] = []): readonly string[] {
  return steps.map(({ step, via }) => (via === undefined ? step : `${via} ${step}`));
}

function stepsOf<S extends ConnectionStep["step"]>(
  report: ConnectionReport | undefined,
  step: S,
): readonly Extract<ConnectionStep, { step: S }>[] {
  return (report?.steps ?? []).filter((each): each is Extract<ConnectionStep, { step: S }> => each.step === step);
}

const STAGES = ["connect", "banner", "key-exchange", "host-key", "auth", "login"];

describe.skipIf(sshdMissing !== undefined)(`the trace of a connection${sshdMissing ? ` (${sshdMissing})` : ""}`, () => {
  let sshd: Sshd;
  let dir: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "dsrctl-trace-"));
    sshd = await startSshd({ maxStartups: "100" });
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(dir, { recursive: true });
  });

  it("has each stage, in its order, with its milliseconds", async () => {
    const [report, ...more] = await traced(targetOf(sshd));
    expect(more).toEqual([]);
    expect(report).toMatchObject({ result: "reached", by: "ssh2" });
    expect(names(report?.steps)).toEqual(["settings", ...STAGES, "shell", "first-batch"]);
    expect(stepsOf(report, "connect")).toMatchObject([{ to: `127.0.0.1:${sshd.port}`, result: "connected" }]);
    expect(stepsOf(report, "banner")[0]?.said).toMatch(/^SSH-2\.0-OpenSSH_/);
    expect(stepsOf(report, "host-key")).toMatchObject([{ type: "ssh-ed25519", result: "known" }]);
    const print = execFileSync("ssh-keygen", ["-lf", sshd.userKeyPath], { encoding: "utf8" }).split(" ")[1];
    const key = { type: "ssh-ed25519", fingerprint: print, path: sshd.userKeyPath };
    expect(stepsOf(report, "auth")).toMatchObject([{ method: "publickey", key, result: "accepted" }]);
    for (const { step, ms } of report?.steps ?? [])
      if (!["settings", "host-key"].includes(step)) expect(ms, step).toBeGreaterThanOrEqual(0);
  });

  it("a name is resolved, and each address is tried", async () => {
    const [report] = await traced(targetOf(sshd, { address: "localhost", hostKeyAlias: `[127.0.0.1]:${sshd.port}` }));
    expect(stepsOf(report, "resolve")).toMatchObject([{ name: "localhost" }]);
    const tried = stepsOf(report, "connect").map(({ to, result, why }) => `${to} ${result} ${why ?? ""}`.trim());
    expect(tried).toContain(`127.0.0.1:${sshd.port} connected`);
    for (const each of tried) expect(each).toMatch(/ connected$|^\[::1\]:\d+ failed ECONNREFUSED$/);
  });

  it("an address that is silent is given up when another one answers", async () => {
    const trace = new Trace();
    const socket = await connectTcp(["192.0.2.1", "127.0.0.1"], sshd.port, 5, new AbortController().signal, trace);
    socket.destroy();
    const tried = trace.take().map((step) => (step.step === "connect" ? `${step.to} ${step.result}` : step.step));
    expect(tried.toSorted()).toEqual([
      `127.0.0.1:${sshd.port} connected`,
      matching(/^192\.0\.2\.1:\d+ (?:given-up|failed)$/),
    ]);
  });

  it("the stages of a jump host stand there as its own; who shares it says so", async () => {
    const gate = targetOf(sshd, { name: "gate" });
    const seen: ConnectionReport[] = [];
    const hosts = ["lb1", "lb2"].map(
      (name) =>
        new RemoteHost(targetOf(sshd, { name, jump: [gate] }), {
          signal: new AbortController().signal,
          controller: () => Promise.resolve(new Map()),
          onTrace: (report) => void seen.push(report),
        }),
    );
    await Promise.all(hosts.map((host) => host.link(undefined).run({ steps: [], looks: [LOOK] })));
    await Promise.all(hosts.map((host) => host.close()));
    const [opener, other] = [...seen].sort((a, b) => b.steps.length - a.steps.length);
    const own = ["banner", "key-exchange", "host-key", "auth", "login", "shell", "first-batch"];
    const gates = STAGES.map((each) => `gate ${each}`);
    expect(names(opener?.steps)).toEqual(["settings", ...gates, "gate jump", "gate forward", ...own]);
    expect(names(other?.steps)).toEqual(["settings", "gate jump", "gate forward", ...own]);
    expect(stepsOf(other, "jump")).toMatchObject([{ openedFor: matching(/^lb[12]$/) }]);
  });

  it("a jump host that refuses us is shown with all its stages", async () => {
    keygen(join(dir, "stranger"), "ed25519");
    const gate = targetOf(sshd, { name: "gate", keys: [join(dir, "stranger")] });
    const [report] = await traced(targetOf(sshd, { jump: [gate] }));
    expect(report?.result).toBe("failed");
    const last = ["auth", "failed"].map((each) => `gate ${each}`);
    const gates = STAGES.slice(0, 4).map((each) => `gate ${each}`);
    expect(names(report?.steps)).toEqual(["settings", ...gates, ...last, "failed"]);
    expect(stepsOf(report, "failed").map(({ stage }) => stage)).toEqual(["auth", "auth"]);
  });

  it("keys of the agent are named by their comments, each with its answer", async () => {
    const socket = join(dir, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    await once(agent.stdout, "data");
    try {
      keygen(join(dir, "other"), "ed25519");
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      for (const key of [join(dir, "other"), sshd.userKeyPath]) execFileSync("ssh-add", ["-q", key], { env });
      const [report] = await traced(targetOf(sshd, { keys: [], offered: [], agent: socket }));
      expect(stepsOf(report, "auth").map(({ key, result }) => `${key?.comment} ${result}`)).toEqual([
        "dsrctl-test refused",
        "dsrctl-test accepted",
      ]);
    } finally {
      agent.kill();
    }
  });

  it("a new host's key is shown as added; one that is refused ends the trace", async () => {
    const file = join(dir, "known");
    const [added] = await traced(targetOf(sshd, { hostKeys: "accept-new", knownHosts: [file] }));
    expect(stepsOf(added, "host-key")).toMatchObject([{ result: "added", file }]);
    const [refused] = await traced(targetOf(sshd, { knownHosts: [join(dir, "none")] }));
    expect(names(refused?.steps)).toEqual(["settings", "connect", "banner", "host-key", "failed"]);
    expect(refused).toMatchObject({ result: "failed", by: "ssh2" });
  });

  it("a password is named as a method, and its text is nowhere", async () => {
    const password = new Secret("hunter22-horse");
    const config = ["PasswordAuthentication yes", "KbdInteractiveAuthentication yes"];
    await withSshd({ config }, async (other) => {
      const [report] = await traced(targetOf(other, { keys: [], offered: [], password }));
      expect(stepsOf(report, "auth").map(({ method, result }) => `${method} ${result}`)).toContain("password refused");
      expect(JSON.stringify(report)).not.toContain("hunter22");
    });
  });

  it("what the host drops too early is tried again, and each try is there", async () => {
    const server = await fakeServer((socket) => socket.destroy());
    try {
      const [report] = await traced(targetOf(sshd, { port: server.port }));
      const once = ["connect", "failed"];
      expect(names(report?.steps)).toEqual(["settings", ...once, "retry", ...once, "retry", ...once]);
    } finally {
      await server.stop();
    }
  });

  it("who has to wait for a turn says so", async () => {
    const server = await fakeServer((socket) => {
      setTimeout(() => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), 300);
    });
    try {
      const hosts = Array.from({ length: 100 }, (_, index) => targetOf(sshd, { name: `${index}`, port: server.port }));
      const waited = (await Promise.all(hosts.map((host) => traced(host)))).filter(
        ([report]) => stepsOf(report, "wait").length > 0,
      );
      expect(waited.length).toBeGreaterThan(0);
      expect(names(waited[0]?.[0]?.steps)).toEqual(["settings", "wait", "connect", "failed"]);
    } finally {
      await server.stop();
    }
  });

  it("a version that would move the cursor is made harmless", async () => {
    const server = await fakeServer((socket) => void socket.end("SSH-2.0-\u001b[2J\u202eevil\r\n"));
    try {
      const [report] = await traced(targetOf(sshd, { port: server.port }));
      expect(stepsOf(report, "banner")[0]?.said).toBe("SSH-2.0-·[2J·evil");
    } finally {
      await server.stop();
    }
  });

  it("a second shell on the connection is a report of its own", async () => {
    const reports: ConnectionReport[] = [];
    const host = new RemoteHost(targetOf(sshd), {
      signal: new AbortController().signal,
      controller: () => Promise.resolve(new Map()),
      onTrace: (report) => void reports.push(report),
    });
    for (const become of [undefined, { user: "nobody", password: undefined }])
      await host
        .link(become)
        .run({ steps: [], looks: [LOOK] })
        .catch(() => undefined);
    await host.close();
    expect(reports.map(({ result }) => result)).toEqual(["reached", expect.stringMatching(/^(?:shell|failed)$/)]);
    expect(stepsOf(reports[1], "shell")).toMatchObject([{ user: "nobody" }]);
  });

  it("OpenSSH's ssh is followed by what it says, with its jump host", async () => {
    const openssh = { why: "the test", files: [], options: [] } as const;
    const gate = targetOf(sshd, { name: "gate", openssh, asked: "gate" });
    const [plain] = await traced(targetOf(sshd, { openssh }));
    expect(plain).toMatchObject({ result: "reached", by: "openssh", why: "the test" });
    expect(names(plain?.steps)).toEqual(["settings", ...STAGES, "shell", "first-batch"]);
    expect(stepsOf(plain, "key-exchange")[0]).toMatchObject({ kex: matching(/./), cipher: matching(/./) });
    expect(stepsOf(plain, "auth")).toMatchObject([{ key: { path: sshd.userKeyPath }, result: "accepted" }]);
    const named = { openssh, address: "localhost", hostKeyAlias: `[127.0.0.1]:${sshd.port}` };
    const [resolved] = await traced(targetOf(sshd, named));
    expect(stepsOf(resolved, "resolve")[0]).toMatchObject({ name: "localhost" });
    const [jumped] = await traced(targetOf(sshd, { openssh, jump: [gate], asked: "inner" }));
    const gates = STAGES.map((each) => `gate ${each}`);
    expect(names(jumped?.steps)).toEqual(["settings", ...gates, ...STAGES.slice(1), "shell", "first-batch"]);
    const [closed] = await traced(targetOf(sshd, { openssh, port: await freePort() }));
    expect(names(closed?.steps)).toEqual(["settings", "connect", "failed"]);
    expect(stepsOf(closed, "connect")).toMatchObject([{ result: "failed", why: "Connection refused" }]);
    const [refused] = await traced(targetOf(sshd, { openssh, keys: [join(dir, "stranger")] }));
    expect(stepsOf(refused, "auth").at(-1)).toMatchObject({ method: "publickey", result: "refused" });
    expect(names(refused?.steps).at(-1)).toBe("failed");
  });

  describe("in a play", () => {
    const shown = async (...argv: readonly string[]) => {
      const { out, err } = await dsrctl(dir, ...argv);
      const all = `${out.toString()}${err}`;
      if (argv.includes("--json")) expectEvents(all);
      return all;
    };
    const play = (...more: readonly string[]) => shown("play", "site.yml", "-i", "hosts.json", ...more);
    const events = (out: string) =>
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Event);
    const costOf = (out: string): Recap["cost"] => {
      const end = events(out).find((event) => event.type === "run-end");
      return end?.type === "run-end" ? end.recap[0]?.cost : undefined;
    };
    const inventory = (change: Readonly<Record<string, string | number>>) => {
      const host = {
        ...{ ansible_host: "127.0.0.1", ansible_port: sshd.port, ansible_user: "root" },
        ansible_ssh_private_key_file: sshd.userKeyPath,
        ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts}`,
        ...change,
      };
      writeFileSync(join(dir, "hosts.json"), JSON.stringify({ all: { hosts: { web1: host } } }));
      writeFileSync(join(dir, "site.yml"), "- hosts: all\n  tasks:\n    - command: { cmd: 'true', creates: / }\n");
    };

    it("it is one event a host, only with -vvv, and the run costs the same", async () => {
      inventory({});
      const [without, two, three] = [await play("--json"), await play("--json", "-vv"), await play("--json", "-vvv")];
      for (const out of [without, two]) expect(out).not.toContain('"connection"');
      const found = events(three).filter((event): event is ConnectionEvent => event.type === "connection");
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ host: "web1", result: "reached", by: "ssh2" });
      const [settings] = stepsOf(found[0], "settings");
      expect(settings?.from).toContainEqual({ name: "ansible_port", place: matching(/^hosts\.json:1:\d+$/) });
      expect(costOf(three)).toEqual(costOf(without));
    });

    it("a drill shows it as well", async () => {
      const closed = { ansible_host: "127.0.0.1", ansible_port: await freePort(), ansible_user: "root" };
      const group = (...names: readonly string[]) => ({
        hosts: Object.fromEntries(names.map((name) => [name, closed])),
      });
      const children = { directors: group("lb1", "lb2"), clients: group("client"), webservers: group("web1") };
      writeFileSync(join(dir, "drill.json"), JSON.stringify({ all: { children, vars: { vip: "10.0.0.5" } } }));
      const out = await shown("drill", "failover", "-i", "drill.json", "--url", "http://10.0.0.5/", "-vvv");
      expect(out).toMatch(/^lb1 +not reached +after .* ms with ssh2/m);
      expect(out).toMatch(/ms {2}connect +127\.0\.0\.1:\d+ failed: ECONNREFUSED$/m);
      expect(await shown("drill", "failover", "-i", "drill.json", "--url", "http://10.0.0.5/", "-vv")).not.toContain(
        "not reached",
      );
    });

    it("an unreachable host shows how far it came, and then why", async () => {
      inventory({ ansible_port: await freePort() });
      const out = await play("-vvv");
      const order = ["not reached", "settings", "ECONNREFUSED", "web1  unreachable"].map((each) => out.indexOf(each));
      expect(
        order.every((at) => at >= 0),
        out,
      ).toBe(true);
      expect(order.toSorted((a, b) => a - b)).toEqual(order);
    });

    it("the credentials of a proxy command are dots, wherever they would be", async () => {
      const proxy = `PROXY_PASSWORD=hunter22-env sh -c 'exec 3<>/dev/tcp; : --proxy-auth joe:hunter22-arg http://joe:hunter22-url@proxy; exit 3'`;
      inventory({ ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts} -o ProxyCommand="${proxy}"` });
      for (const out of [await play("-vvv"), await play("-vvv", "--json")]) {
        expect(out).toContain("PROXY_PASSWORD=••••");
        expect(out).toContain("http://joe:••••@proxy");
        expect(out).not.toContain("hunter22");
      }
    });
  });
});

it.skipIf(sshdMissing !== undefined || sshdVersion === 0)(
  "what a host says before the login is shown on one line",
  async () => {
    await withSshd({ banner: "Only for\u001b[31m friends\n" }, async (sshd) => {
      const [report] = await traced(targetOf(sshd));
      expect(stepsOf(report, "message")).toMatchObject([{ said: expect.not.stringContaining("\u001b") as string }]);
    });
  },
);
