/**
 * `--lab` reaches the twin of an inventory and nothing else. The program runs in a network namespace that stands for the
 * world outside: every address of the inventory, its proxies and its jump hosts is there, and each packet is counted.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

// Read when the lab's modules are loaded.
vi.hoisted(() => (process.env["DSRCTL_LAB"] = "fence"));

const { NO_LAB, dsrctl } = await import("./site.ts");

const WORLD = "dsrctl-world";
const PROGRAM = join(import.meta.dirname, "../../bin/dsrctl.cjs");

let cwd: string;

function ip(...args: readonly string[]): string {
  return execFileSync("ip", args, { encoding: "utf8" });
}

interface Said {
  readonly code: number;
  readonly out: string;
}

/** Runs the program in the world outside. */
function outside(...argv: readonly string[]): Promise<Said> {
  const words = [`--net=/run/netns/${WORLD}`, process.execPath, PROGRAM, ...argv];
  const child = spawn("nsenter", words, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (out += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, out })));
}

/** Packets that any address of the world has got. */
function packets(): number {
  const [lo] = JSON.parse(ip("-n", WORLD, "-s", "-j", "link", "show", "lo")) as [
    { stats64: { rx: { packets: number } } },
  ];
  return lo.stats64.rx.packets;
}

const HOSTS = `all:
  vars:
    ansible_user: admin
    ansible_password: secret
    ansible_become: true
    ansible_become_password: secret
    ansible_ssh_common_args: -F CWD/ssh_config -o ProxyCommand="nc 192.0.2.77 22"
  children:
    directors: { hosts: { lb1: { ansible_host: 192.0.2.1 }, lb2: { ansible_host: 192.0.2.2 } } }
    webservers:
      hosts:
        web1: { ansible_host: 192.0.2.3, ansible_connection: openssh }
        web2: { ansible_host: 192.0.2.4, ansible_connection: local, ansible_ssh_extra_args: -J admin@192.0.2.78 }
`;
const SITE = `site:
  networks: { service: { interface: eth0, subnets: [192.0.2.0/24, "2001:db8::/64"] } }
  vrrp_instances: { VI_1: { virtual_router_id: 5, vips: { www: 192.0.2.5 } } }
  services: { web: { vips: [www], port: 80, check: { http: {} } } }
password: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  ${Buffer.from(["00".repeat(32), "11".repeat(32), "22".repeat(16)].join("\n")).toString("hex")}
`;
const SSH_CONFIG = `Host *
  HostName 192.0.2.79
  ProxyJump 192.0.2.78
`;
const PLAYBOOK = `- hosts: webservers
  tasks:
    - { name: which host, command: hostname, register: who, changed_when: false }
    - { name: reached, debug: { msg: "{{ inventory_hostname }} is {{ who.stdout }}" } }
    - { name: a secret, command: { cmd: cat, stdin: "{{ password }}" }, register: secret, changed_when: false }
    - { name: its length, assert: { that: secret.stdout | length == 8 } }
    - { name: from here, http: { url: "http://192.0.2.3/", from: controller, status: 200 } }
`;

describe.skipIf(NO_LAB !== "")(`the fence around a twin${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), "dsrctl-fence-"));
    mkdirSync(join(cwd, "group_vars"));
    writeFileSync(join(cwd, "hosts.yml"), HOSTS.replace("CWD", cwd));
    writeFileSync(join(cwd, "group_vars/all.yml"), SITE);
    writeFileSync(join(cwd, "ssh_config"), SSH_CONFIG);
    writeFileSync(join(cwd, "play.yml"), PLAYBOOK);
    writeFileSync(join(cwd, "here.yml"), "- hosts: localhost\n  tasks: [{ command: hostname }]\n");
    const pipe = `- hosts: web1\n  tasks: [{ debug: { msg: "{{ lookup('pipe', 'hostname') }}" } }]\n`;
    writeFileSync(join(cwd, "pipe.yml"), pipe);
    ip("netns", "add", WORLD);
    ip("-n", WORLD, "link", "set", "lo", "up");
    for (const last of [1, 2, 3, 4, 5, 77, 78, 79]) ip("-n", WORLD, "addr", "add", `192.0.2.${last}/32`, "dev", "lo");
    const up = await dsrctl("lab", "up", "-i", join(cwd, "hosts.yml"), "--hosts", "web1,web2,twin-router,twin-client");
    expect(up.code, up.out + up.err).toBe(0);
  });
  afterAll(async () => {
    await dsrctl("lab", "down");
    ip("netns", "delete", WORLD);
    rmSync(cwd, { recursive: true });
  });

  test("a play reaches the twin's hosts, whatever the inventory says of connections", async () => {
    const before = packets();
    const { code, out } = await outside("play", "play.yml", "-i", "hosts.yml", "--lab", "-v");
    expect(code, out).toBe(0);
    expect(out).toContain("web1 is web1");
    expect(out).toContain("web2 is web2");
    expect(out).toMatch(/^PLAY TWIN of \S*hosts/m);
    expect(out).toMatch(/^RECAP TWIN of \S*hosts/m);
    expect(packets()).toBe(before);
  });

  test("without --lab the same play does not enter the namespace, and its packets are counted", async () => {
    const before = packets();
    const { code } = await outside(
      "play",
      "play.yml",
      "-i",
      "hosts.yml",
      "--limit",
      "web1",
      "--vault-id",
      "x@/dev/null",
    );
    expect(code).not.toBe(0);
    const plain = [
      "-i",
      "hosts.yml",
      "--limit",
      "lb1",
      "-e",
      "ansible_ssh_common_args='-F none'",
      "-e",
      "ansible_timeout=3",
    ];
    writeFileSync(join(cwd, "plain.yml"), "- hosts: lb1\n  tasks: [{ command: hostname }]\n");
    const real = await outside("play", "plain.yml", ...plain);
    expect(real.code, real.out).toBe(4);
    expect(packets()).toBeGreaterThan(before);
  });

  test("connections to this machine and programs on it are refused", async () => {
    const before = packets();
    const here = await outside("play", "here.yml", "-i", "hosts.yml", "--lab");
    expect(here.code).toBe(1);
    expect(here.out).toContain("`localhost` is not in the twin");
    const allowed = await outside("play", "here.yml", "-i", "hosts.yml", "--lab", "--allow-local");
    expect(allowed.code, allowed.out).toBe(0);
    const pipe = await outside("play", "pipe.yml", "-i", "hosts.yml", "--lab", "--allow-pipe");
    expect(pipe.code).toBe(5);
    expect(pipe.out).toContain("`--lab` keeps everything within the twin");
    expect((await outside("play", "pipe.yml", "-i", "hosts.yml", "--lab")).code).toBe(1);
    expect(packets()).toBe(before);
  });

  test("another inventory, or a changed one, is refused", async () => {
    writeFileSync(join(cwd, "other.yml"), HOSTS.replace("CWD", cwd).replace("192.0.2.4", "192.0.2.9"));
    const other = await outside("play", "play.yml", "-i", "other.yml", "--lab");
    expect(other.code).toBe(1);
    expect(other.out).toContain("`other.yml` describes other hosts");
    writeFileSync(join(cwd, "hosts.yml"), HOSTS.replace("CWD", cwd).replace("192.0.2.4", "192.0.2.9"));
    const changed = await outside("play", "play.yml", "-i", "hosts.yml", "--lab");
    writeFileSync(join(cwd, "hosts.yml"), HOSTS.replace("CWD", cwd));
    expect(changed.code).toBe(1);
    expect(changed.out).toContain("`hosts.yml` describes other hosts");
  });

  test("the namespace has no way out", () => {
    const routes = execFileSync("ip", ["-n", "dsrctl-fence", "route", "show", "default"], { encoding: "utf8" });
    expect(routes).toBe("");
  });
});
