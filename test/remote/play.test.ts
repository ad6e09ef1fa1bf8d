/** Whole plays over a real sshd on loopback: what they cost, what becomes of hosts that cannot be reached. */
import { execFileSync } from "node:child_process";
import { expectEvents } from "../report/valid.ts";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  existsSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";
import { sshdMissing, startSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly tasks: readonly TaskEvent[];
  readonly recap: ReadonlyMap<string, Recap>;
  readonly warnings: readonly unknown[];
}

let dir: string;
let stop = new AbortController();

async function dsrctl(...argv: readonly string[]): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await runCommand(argv, "0", {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir },
    ...{ stop: stop.signal, end: new AbortController().signal },
  });
  expectEvents(out);
  const events = out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Event);
  const end = events.find((event) => event.type === "run-end");
  const recap = new Map((end?.type === "run-end" ? end.recap : []).map((host) => [host.host, host]));
  const warnings = events.flatMap((event) =>
    event.type === "warning" ? [(event as { readonly message?: unknown }).message] : [],
  );
  return { code, out, err, warnings, tasks: events.filter((event) => event.type === "task"), recap };
}

function write(name: string, text: string): void {
  mkdirSync(join(dir, name, ".."), { recursive: true });
  writeFileSync(join(dir, name), text);
}

const play = (...more: readonly string[]): Promise<Ran> =>
  dsrctl("play", "site.yml", "-i", "hosts.yml", "--json", ...more);

describe.skipIf(sshdMissing !== undefined)(
  `a play over ssh${sshdMissing === undefined ? "" : ` (${sshdMissing})`}`,
  () => {
    let sshd: Sshd;
    const servers: Server[] = [];
    beforeAll(async () => void (sshd = await startSshd()));
    afterAll(() => sshd.stop());
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), "dsrctl-play-"));
      stop = new AbortController();
      inventory({});
    });
    afterEach(() => {
      servers.splice(0).forEach((server) => server.close());
      rmSync(dir, { recursive: true });
    });

    /** Hosts by name, with what differs from one that can be reached. */
    function inventory(others: Readonly<Record<string, Readonly<Record<string, string | number>>>>): void {
      const good = {
        ansible_host: "127.0.0.1",
        ansible_port: sshd.port,
        ansible_user: "root",
        ansible_ssh_private_key_file: sshd.userKeyPath,
        ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts}`,
      };
      const hosts = Object.fromEntries(
        Object.entries({ web1: {}, ...others }).map(([name, vars]) => [name, { ...good, ...vars }]),
      );
      write("hosts.yml", JSON.stringify({ all: { hosts } }));
    }

    function tasks(text: string): void {
      const indented = text.replace(/^(?=.)/gm, "    ");
      write("site.yml", `- hosts: all\n  vars: { root: ${join(dir, "host")} }\n  tasks:\n${indented}`);
      mkdirSync(join(dir, "host"), { recursive: true });
    }

    const connections = (): number => sshd.log().match(/Accepted publickey/g)?.length ?? 0;
    const execs = (): number => sshd.log().match(/Starting session: command/g)?.length ?? 0;

    const TWENTY = Array.from(
      { length: 20 },
      (_, index) =>
        `- file: { path: "{{ root }}/f${index}", content: "{{ inventory_hostname }} ${index}\\n", mode: "0644" }\n`,
    ).join("");

    test("a converged host costs one connection, one exec and one round trip, counted at the sshd", async () => {
      tasks(TWENTY);
      const first = await play();
      expect(first.code, first.out + first.err).toBe(0);
      expect(first.recap.get("web1")).toMatchObject({ changed: 20, cost: { connections: 1, execs: 1, roundTrips: 2 } });
      const before = [connections(), execs()] as const;
      const second = await play();
      expect(second.recap.get("web1")).toMatchObject({ ok: 20, changed: 0, cost: { roundTrips: 1 } });
      expect([connections() - before[0], execs() - before[1]]).toEqual([1, 1]);
    });

    test("two plays that write one file at a time are both done, and the last one wins", async () => {
      const meets = `echo >"{{ root }}/{{ who }}"; until [ -e "{{ root }}/{{ other }}" ]; do sleep 0.05; done; test -s %s`;
      tasks(`- file: { path: "{{ root }}/a", content: "{{ who }}", validate: '${meets}' }\n`);
      const both = await Promise.all([play("-e", "who=one other=two"), play("-e", "who=two other=one")]);
      for (const { recap, out } of both) expect(recap.get("web1"), out).toMatchObject({ changed: 1, failed: 0 });
      expect(readdirSync(join(dir, "host")).sort()).toEqual(["a", "one", "two"]);
      expect(["one", "two"]).toContain(readFileSync(join(dir, "host/a"), "utf8"));
    });

    test("several plays share the connection and the round trip; facts cost one more", async () => {
      tasks(TWENTY);
      const one = readFileSync(join(dir, "site.yml"), "utf8");
      write("site.yml", one + one.replaceAll("/f", "/g"));
      expect((await play()).code).toBe(0);
      expect((await play()).recap.get("web1")?.cost).toMatchObject({ connections: 1, execs: 1, roundTrips: 1 });
      tasks(`- file: { path: "{{ root }}/facts", content: "{{ ansible_facts.hostname }}\\n" }\n`);
      await play();
      expect((await play()).recap.get("web1")?.cost).toMatchObject({ connections: 1, execs: 1, roundTrips: 2 });
    });

    test("what is odd about the ssh configuration is said once; `Match exec` runs only when it may", async () => {
      tasks(TWENTY);
      const common = `-F ./ssh_config -o UserKnownHostsFile=${sshd.knownHosts}`;
      inventory({ web1: { ansible_ssh_common_args: common }, web2: { ansible_ssh_common_args: common } });
      write("ssh_config", `StrictHostKeyChecking no\nMatch exec "touch ran-%n"\n  ConnectTimeout 9\n`);
      const off = await play();
      expect([off.code, off.err]).toEqual([1, expect.stringContaining("`--ssh-config-exec` lets it")]);
      write("ssh_config", `StrictHostKeyChecking no\nMatch exec "touch ${dir}/ran-%n"\n  ConnectTimeout 9\n`);
      const on = await play("--ssh-config-exec");
      expect([on.code, existsSync(join(dir, "ran-127.0.0.1"))], on.err).toEqual([0, true]);
      expect(on.warnings).toEqual(["host keys are always checked"]);
      const strict = await play("--ssh-config-exec", "--strict");
      expect([strict.code, strict.err]).toEqual([1, expect.stringContaining("host keys are always checked")]);
    });

    test("a dry run says what a play then does, and changes nothing", async () => {
      tasks(`- file: { path: "{{ root }}/d", state: directory }
- file: { path: "{{ root }}/d/f", content: "x" }
- command: { cmd: "touch {{ root }}/c", creates: "{{ root }}/c" }
`);
      const dry = await play("--check", "--diff");
      expect(dry.tasks.map(({ status }) => status)).toEqual(["will-change", "depends", "will-change"]);
      expect(dry.tasks[1]?.waitsFor?.name).toContain("host/d/");
      expect(existsSync(join(dir, "host/d"))).toBe(false);
      const real = await play();
      expect(real.tasks.map(({ status }) => status)).toEqual(["changed", "changed", "changed"]);
    });

    test("what a task returned decides about later ones", async () => {
      tasks(`- command: { cmd: echo two }
  register: said
  changed_when: false
- file: { path: "{{ root }}/{{ said.stdout }}", content: "{{ said.rc }}" }
  when: said.stdout == 'two'
- file: { path: "{{ root }}/no", content: "" }
  when: said is changed
`);
      const ran = await play();
      expect(ran.code, ran.out + ran.err).toBe(0);
      expect(ran.tasks.map(({ status }) => status)).toEqual(["ok", "changed", "skipped"]);
      expect(readFileSync(join(dir, "host/two"), "utf8")).toBe("0");
    });

    test("extra variables say how a host is reached, whatever the inventory says", async () => {
      inventory({ web1: { ansible_port: 1, ansible_user: "nobody" } });
      tasks(`- file: { path: "{{ root }}/f", content: "{{ ansible_user }}" }\n`);
      const ran = await play("-e", `ansible_port=${sshd.port}`, "-e", "ansible_user=root");
      expect(ran.code, ran.out + ran.err).toBe(0);
      expect(readFileSync(join(dir, "host", "f"), "utf8")).toBe("root");
    });

    test("hosts that cannot be reached are named as what they are, and the others go on", async () => {
      const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
      servers.push(web);
      await once(web, "listening");
      const portOf = (server: Server): number => (server.address() as { readonly port: number }).port;
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "id")]);
      writeFileSync(join(dir, "nobody_known"), "");
      inventory({
        refuses: { ansible_port: 1 },
        nossh: { ansible_port: portOf(web) },
        stranger: { ansible_ssh_common_args: `-o UserKnownHostsFile=${join(dir, "nobody_known")}` },
        nologin: { ansible_user: "nobody" },
        wantspassword: { ansible_ssh_private_key_file: join(dir, "id") },
      });
      tasks(`- file: { path: "{{ root }}/{{ inventory_hostname }}", content: "" }\n`);
      const ran = await play();
      expect(ran.code, ran.err).toBe(4);
      expect(ran.recap.get("web1")).toMatchObject({ changed: 1, unreachable: 0 });
      const lost = ran.out.split("\n").filter((line) => line.includes('"host-lost"'));
      const why = new Map(
        lost
          .map((line) => JSON.parse(line) as Event)
          .map((event) => (event.type === "host-lost" ? [event.host, `${event.stage}: ${event.why}`] : ["", ""])),
      );
      expect(why.get("refuses")).toMatch(/^tcp: .*refused/);
      expect(why.get("nossh")).toMatch(/not an SSH server/);
      expect(why.get("stranger")).toMatch(/^host-key: /);
      expect(why.get("nologin")).toMatch(/^shell: .*no login shell/);
      expect(why.get("wantspassword")).toMatch(/^auth: /);
    });

    test("wrong input is found before any host is reached", async () => {
      tasks(`- file: { path: "{{ nowhere }}/x", content: "" }\n`);
      const before = connections();
      const ran = await play();
      expect(ran.code).toBe(1);
      expect(ran.err).toContain("`nowhere` is not defined");
      expect(ran.err).toContain("site.yml:4:");
      expect(connections()).toBe(before);
    });

    test("an interruption begins nothing new, and says so", async () => {
      tasks(`- command: { cmd: "sleep 1", creates: "{{ root }}/never" }
  ignore_errors: true
- command: echo two
  register: x
- file: { path: "{{ root }}/{{ x.stdout }}", content: "" }
`);
      const running = play();
      await expect.poll(() => execs(), { timeout: 10_000 }).toBeGreaterThan(0);
      stop.abort();
      const ran = await running;
      expect(ran.code).toBe(99);
      expect(existsSync(join(dir, "host/two"))).toBe(false);
    });

    test("an interruption ends the step that runs, and what was sent behind it is not begun", async () => {
      // The one session is taken: there is no second way in to tell the host.
      const narrow = await startSshd({ maxSessions: 1 });
      try {
        inventory({
          web1: {
            ansible_port: narrow.port,
            ansible_ssh_common_args: `-o UserKnownHostsFile=${narrow.knownHosts}`,
            ansible_ssh_private_key_file: narrow.userKeyPath,
          },
        });
        tasks(`- name: slow
  shell: { cmd: "{{ root }}/slow", creates: "{{ root }}/done" }
  notify: tell
- name: second
  file: { path: "{{ root }}/two", content: "" }
- name: third
  file: { path: "{{ root }}/three", content: "" }
`);
        const site = readFileSync(join(dir, "site.yml"), "utf8");
        write("site.yml", `${site}  handlers:\n    - { name: tell, command: "touch {{ root }}/told" }\n`);
        // Ends when the host has been told, so that the order of things is certain: what an act prints lies beside the mark.
        const heard = '[ -e "$(dirname "$(readlink /proc/$$/fd/1)")/halt" ]';
        write(
          "host/slow",
          `#!/bin/sh\ncd ${dir}/host && touch begun && until ${heard}; do sleep 0.1; done && touch done`,
        );
        chmodSync(join(dir, "host/slow"), 0o755);
        const running = play();
        await expect.poll(() => existsSync(join(dir, "host/begun")), { timeout: 10_000 }).toBe(true);
        stop.abort();
        const ran = await running;
        expect(ran.code).toBe(99);
        expect(ran.tasks.map(({ name, status }) => [name, status])).toEqual([
          ["slow", "changed"],
          ["second", "not-run"],
          ["third", "not-run"],
          ["tell", "not-run"],
        ]);
        expect(ran.recap.get("web1")).toMatchObject({ changed: 1, notRun: 3, cost: { connections: 1, execs: 1 } });
        expect(["done", "two", "three", "told"].map((name) => existsSync(join(dir, "host", name)))).toEqual([
          ...[true, false, false, false],
        ]);
        stop = new AbortController();
        const again = await play();
        expect(again.tasks.map(({ name, status }) => [name, status])).toContainEqual(["tell", "changed"]);
        expect(existsSync(join(dir, "host/told"))).toBe(true);
      } finally {
        await narrow.stop();
      }
    });

    test("a secret reaches neither output, nor arguments of any process", async () => {
      tasks(`- file: { path: "{{ root }}/s", content: "{{ password }}", secret: true }
- shell: { cmd: "for i in 1 2 3 4 5; do cat /proc/[0-9]*/cmdline >>{{ root }}/seen 2>/dev/null; done; :" }
`);
      const ran = await play("-e", "@secret.yml", "-vv", "--diff").catch(() => undefined);
      expect(ran?.code).toBe(1);
      write("secret.yml", "password: hunter2-swordfish\n");
      const again = await play("-e", "@secret.yml", "-vv", "--diff");
      expect(again.code, again.err).toBe(0);
      expect(readFileSync(join(dir, "host/s"), "utf8")).toBe("hunter2-swordfish");
      expect(again.out + again.err).not.toContain("hunter2-swordfish");
      expect(readFileSync(join(dir, "host/seen"), "utf8")).not.toContain("hunter2-swordfish");
    });
  },
);
