/**
 * Whole plays over a real ssh connection through a real firewalld: what a play refuses a dry run refuses in the same words and with
 * the same exit code, and new connections still come in; what a converged host costs, counted.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import type { Event, Recap, TaskEvent } from "../../src/core/event.ts";
import { missing, Sandbox } from "./firewalld.ts";
import { sshdMissing, startSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const lacks = missing() ?? sshdMissing;

interface Ran {
  readonly code: number;
  readonly tasks: readonly TaskEvent[];
  readonly recap: Recap | undefined;
  readonly said: string;
}

/** Ways to lock oneself out that the look shows. The zone is internal, which opens ssh as a service; we come from 10.0.0.9 by eth0. */
const WAYS: readonly (readonly [what: string, task: string])[] = [
  ["the last opening", "firewalld: { zone: internal, service: ssh, state: disabled }"],
  ["the last opening at run time", "firewalld: { zone: internal, service: ssh, state: disabled, permanent: false }"],
  ["the default zone drops", "firewalld: { default_zone: drop }"],
  ["the default zone blocks", "firewalld: { default_zone: block }"],
  ["our interface goes to drop", "firewalld: { zone: drop, interface: eth0 }"],
  ["our address goes to drop", "firewalld: { zone: drop, source: 10.0.0.9 }"],
  ["our network goes to drop", "firewalld: { zone: drop, source: 10.0.0.0/24 }"],
  [
    "a rule drops our address",
    `firewalld: { zone: internal, rich_rule: 'rule family="ipv4" source address="10.0.0.0/24" drop' }`,
  ],
  ["a rule rejects port 22", `firewalld: { zone: internal, rich_rule: 'rule port port="22" protocol="tcp" reject' }`],
  ["a rule drops the service ssh", `firewalld: { zone: internal, rich_rule: 'rule service name="ssh" drop' }`],
  ["a rule drops all", `firewalld: { zone: internal, rich_rule: 'rule priority="-9" drop' }`],
  [
    "a rule forwards port 22",
    `firewalld: { zone: internal, rich_rule: 'rule family="ipv4" forward-port port="22" protocol="tcp" to-port="2222"' }`,
  ],
  ["a direct rule for port 22", `firewalld_direct: { chain: INPUT, rule: "-p tcp --dport 22 -j DROP" }`],
  ["a direct rule for our address", `firewalld_direct: { table: raw, chain: PREROUTING, rule: "-s 10.0.0.9 -j DROP" }`],
  [
    "a direct rule redirects all",
    `firewalld_direct: { table: nat, chain: PREROUTING, rule: "-p tcp -j REDIRECT --to-ports 80" }`,
  ],
  [
    "a direct rule rejects what is new",
    `firewalld_direct: { chain: INPUT, rule: "-m conntrack --ctstate NEW -j REJECT" }`,
  ],
];

/** What a director may well have; run at once, they stand in one zone. */
const SITE = `
- firewalld: { default_zone: internal }
- firewalld: { zone: internal, service: http }
- firewalld: { zone: internal, port: 8080/tcp }
- firewalld: { zone: internal, port: 8443/tcp }
- firewalld: { zone: internal, service: samba-client, state: disabled }
- firewalld: { zone: internal, rich_rule: 'rule family="ipv4" source address="10.0.0.{{ item }}" protocol value="vrrp" accept' }
  loop: [2, 3, 4]
- firewalld: { zone: internal, rich_rule: 'rule family="ipv4" destination address="10.0.0.5" forward-port port="80" protocol="tcp" to-port="80"' }
- firewalld_direct: { table: raw, chain: PREROUTING, rule: "-d 10.0.0.5 -p tcp --dport {{ item }} -j CT --notrack" }
  loop: [80, 443]
`;

/** The looks of these eleven: processes beyond a login and its shell, bytes sent and brought back. */
const LOOKS = { processes: 8, sent: 12_500, received: 2600 };

describe.skipIf(lacks !== undefined)(
  `plays through a firewall${lacks === undefined ? "" : ` (needs ${lacks})`}`,
  () => {
    let box: Sandbox;
    let sshd: Sshd;
    let dir: string;
    let proxy: string;
    beforeAll(async () => {
      box = await Sandbox.start();
      sshd = await startSshd();
      dir = mkdtempSync(join(tmpdir(), "dsrctl-firewall-"));
      const config = readFileSync(join(sshd.dir, "sshd_config"), "utf8");
      writeFileSync(
        join(sshd.dir, "inside"),
        `ListenAddress 10.0.0.4:22\n${config.replaceAll(/^(Port|ListenAddress) .*$/gm, "")}`,
      );
      box.must(`unshare --net sleep 3600 >/dev/null 2>&1 & client=$!
until [ "$(readlink /proc/$client/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
echo $client >/run/client
ip link set peer0 netns $client
nsenter --target $client --net ip addr add 10.0.0.9/24 dev peer0
nsenter --target $client --net ip link set peer0 up
mkdir -p /run/sshd
/usr/sbin/sshd -f ${join(sshd.dir, "inside")} >/run/sshd.log 2>&1 || { cat /run/sshd.log >&2; exit 1; }
firewall-cmd -q --set-default-zone=internal`);
      proxy = box.entering(box.must("cat /run/client").trim());
      const host = {
        ...{ ansible_host: "10.0.0.4", ansible_port: 22, ansible_user: "root" },
        ansible_ssh_private_key_file: sshd.userKeyPath,
        ansible_ssh_common_args: `-o UserKnownHostsFile=${join(dir, "known_hosts")} -o StrictHostKeyChecking=accept-new -o ProxyCommand="${proxy} nc 10.0.0.4 22"`,
      };
      writeFileSync(join(dir, "hosts.json"), JSON.stringify({ all: { hosts: { web1: host } } }));
    });
    afterAll(async () => {
      box.close();
      await sshd.stop();
      rmSync(dir, { recursive: true });
    });

    async function play(tasks: string, ...options: readonly string[]): Promise<Ran> {
      const book = `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.trim().replaceAll(/^/gm, "  ")}\n`;
      writeFileSync(join(dir, "play.yml"), book);
      let said = "";
      const code = await runCommand(
        ["play", join(dir, "play.yml"), "-i", join(dir, "hosts.json"), "--json", ...options],
        "0",
        {
          out: (text) => void (said += text),
          err: (text) => void (said += text),
          ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir },
          ...{ stop: new AbortController().signal, end: new AbortController().signal },
        },
      );
      const events = said.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Event] : []));
      const end = events.find(({ type }) => type === "run-end");
      const tasks_ = events.filter((event): event is TaskEvent => event.type === "task");
      return { code, tasks: tasks_, recap: end?.type === "run-end" ? end.recap[0] : undefined, said };
    }

    /** A new connection is let in. */
    function comesIn(): boolean {
      return spawnSync("sh", ["-c", `exec ${proxy} nc -z -w 2 10.0.0.4 22`]).status === 0;
    }

    it.each(WAYS)("%s", { timeout: 60_000 }, async (_what, task) => {
      const dry = await play(`- ${task}`, "--check");
      const wet = await play(`- ${task}`);
      const words = ({ tasks: [first] }: Ran): unknown => [first?.status, first?.why, first?.hint];
      expect(words(wet), wet.said).toEqual([
        "failed",
        expect.stringContaining("this connection came in from 10.0.0.9 by port 22"),
        expect.stringContaining("`force: true`"),
      ]);
      expect([dry.code, ...(words(dry) as unknown[])]).toEqual([wet.code, ...(words(wet) as unknown[])]);
      expect(comesIn()).toBe(true);
    });

    it("force is believed, and it was no false alarm", { timeout: 60_000 }, async () => {
      const rule = `'rule family="ipv4" source address="10.0.0.9" drop'`;
      await play(`- firewalld: { zone: internal, rich_rule: ${rule}, permanent: false, force: true }`);
      expect(comesIn()).toBe(false);
      box.must(`firewall-cmd -q --zone=internal --remove-rich-rule=${rule}`);
      expect(comesIn()).toBe(true);
    });

    it(
      "our interface is taken out of its zone, where the default zone lets nothing in",
      { timeout: 60_000 },
      async () => {
        // Setting the default zone takes interfaces out of theirs, with firewalld 2.3.
        box.must("firewall-cmd -q --set-default-zone=block; firewall-cmd -q --zone=home --change-interface=eth0");
        const ran = await play(
          "- firewalld: { zone: home, interface: eth0, state: disabled, permanent: false }",
          "--check",
        );
        expect(ran.tasks[0]).toMatchObject({
          status: "failed",
          why: expect.stringContaining("zone block, the default zone, would lock ssh out") as unknown,
        });
        box.must("firewall-cmd -q --zone=home --remove-interface=eth0; firewall-cmd -q --set-default-zone=internal");
      },
    );

    it("what opens ssh first is waited for", { timeout: 60_000 }, async () => {
      const ran = await play(
        "- firewalld: { zone: block, service: ssh }\n- firewalld: { default_zone: block }",
        "--check",
      );
      expect(ran.tasks.map(({ status }) => status)).toEqual(["will-change", "depends"]);
      const other = await play(
        "- firewalld: { zone: home, service: http }\n- firewalld: { default_zone: block }",
        "--check",
      );
      expect(other.tasks.map(({ status }) => status)).toEqual(["will-change", "failed"]);
    });

    describe("a zone that is deployed as a file", () => {
      const zone = `- file: { path: /etc/firewalld/zones/site.xml, mode: "0644", content: "<zone><service name='ssh'/></zone>" }`;
      const use = "- firewalld: { default_zone: site }\n- firewalld: { zone: site, port: 8443/tcp }";

      it("is not known before firewalld has read it, and a dry run says so", { timeout: 60_000 }, async () => {
        const dry = await play(`${zone}\n${use}`, "--check");
        expect(dry.tasks.map(({ status }) => status)).toEqual(["will-change", "failed"]);
        expect(dry.tasks[1]).toMatchObject({ why: "there is no zone site at run time" });
        expect(dry.tasks[1]?.hint).toContain("state: reloaded");
        const wet = await play(`${zone}\n${use}`);
        expect(wet.code).toBe(dry.code);
        expect(wet.tasks.map(({ status }) => status)).toEqual(["changed", "failed"]);
        box.must("rm /etc/firewalld/zones/site.xml");
      });

      it("depends on a task that has firewalld read it", { timeout: 60_000 }, async () => {
        const reload = "- command: firewall-cmd --reload";
        const dry = await play(`${zone}\n${reload}\n${use}`, "--check");
        expect(dry.tasks.map(({ status }) => status)).toEqual(["will-change", "will-change", "depends", "depends"]);
        const wet = await play(`${zone}\n${reload}\n${use}`);
        expect(
          wet.tasks.map(({ status }) => status),
          wet.said,
        ).toEqual(["changed", "changed", "changed", "changed"]);
        box.must(
          "firewall-cmd -q --set-default-zone=internal; rm /etc/firewalld/zones/site.xml; firewall-cmd -q --reload",
        );
      });
    });

    it(
      "a converged host costs one exec, and no more processes and bytes than stand here",
      { timeout: 120_000 },
      async () => {
        const lastPid = (): number =>
          Number(
            execFileSync("nsenter", [...box.entering().split(" ").slice(1), "cat", "/proc/sys/kernel/ns_last_pid"], {
              encoding: "utf8",
            }),
          );
        // Something else may start processes meanwhile; hardly three times in a row.
        const counted = async (tasks: string): Promise<Ran & { readonly processes: number }> => {
          const runs: (Ran & { readonly processes: number })[] = [];
          for (let time = 0; time < 3; time++) {
            const before = lastPid();
            const ran = await play(tasks);
            runs.push({ ...ran, processes: lastPid() - before });
          }
          return runs.reduce((least, run) => (run.processes < least.processes ? run : least));
        };
        const first = await play(SITE);
        expect(first.recap, first.said).toMatchObject({ failed: 0 });
        const login = await counted("- command: { cmd: 'true', creates: / }");
        const ran = await counted(SITE);
        expect(ran.recap, ran.said).toMatchObject({
          ok: 11,
          changed: 0,
          cost: { connections: 1, execs: 1, roundTrips: 1 },
        });
        const cost = {
          processes: ran.processes - login.processes,
          sent: ran.recap?.cost?.sent,
          received: ran.recap?.cost?.received,
        };
        expect(cost.processes, JSON.stringify(cost)).toBeLessThanOrEqual(LOOKS.processes);
        expect(cost.sent, JSON.stringify(cost)).toBeLessThanOrEqual(LOOKS.sent);
        expect(cost.received, JSON.stringify(cost)).toBeLessThanOrEqual(LOOKS.received);
      },
    );
  },
);
