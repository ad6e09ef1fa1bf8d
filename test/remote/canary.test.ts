/**
 * Planted secrets, by every way a secret takes: none of them may come back in anything that is said, stand in the
 * arguments or the environment of any process, or in a file that is not theirs, neither here nor on the host.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../src/commands/index.ts";
import { REDACTED } from "../../src/core/secret.ts";
import { Password } from "../../src/vault/password.ts";
import { foundIn, watchedFor } from "./canaries.ts";
import { sshdMissing, startSshd } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

/** One for each way; with characters that shells, JSON, YAML and URLs write differently. */
const CANARIES = {
  inline: `inline'"$\\canary-7f3a`,
  file: "whole-file canary 91bc {% raw %}",
  map: "map-in-file-canary-aa11",
  play: "playvar+canary/55e0=",
  extra: "extra-vars-canary-c04d",
  become: "becomepw-canary-1d2e",
  template: "template-source-canary-88aa",
  plain: "plain-password-canary-3c3c",
  short: "cnry-77x",
  vaultPassword: "vault-password-canary-f00d",
} as const;

const found = (text: string): readonly string[] => foundIn(CANARIES, text);
const watched = <T>(work: () => Promise<T>) => watchedFor(CANARIES, work);

let dir: string;
let root: string;
let sshd: Sshd;

function write(name: string, text: string, mode = 0o644): void {
  mkdirSync(join(dir, name, ".."), { recursive: true });
  writeFileSync(join(dir, name), text, { mode });
}

const password = new Password("default", Buffer.from(CANARIES.vaultPassword));
const sealed = async (text: string, indent: string): Promise<string> =>
  `!vault |\n${indent}${(await password.seal(Buffer.from(text))).trimEnd().replaceAll("\n", `\n${indent}`)}`;

interface Ran {
  readonly code: number;
  readonly said: string;
}

async function dsrctl(...argv: readonly string[]): Promise<Ran> {
  let said = "";
  const code = await runCommand(argv, "0", {
    out: (text) => void (said += text),
    err: (text) => void (said += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: dir },
    ...{ stop: new AbortController().signal, end: new AbortController().signal },
  });
  return { code, said };
}

const play = (...more: readonly string[]): Promise<Ran> =>
  dsrctl("play", "site.yml", "-i", "hosts.yml", "--vault-password-file", "vault-password", "-e", "@extra.yml", ...more);

/** Every file under a directory in which a canary stands; other tests take theirs away meanwhile. */
function leaked(directory: string): readonly string[] {
  return unlessGone(() => readdirSync(directory, { withFileTypes: true }), []).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return leaked(path);
    if (!entry.isFile()) return [];
    const names = found(unlessGone(() => readFileSync(path, "utf8"), ""));
    return names.length === 0 ? [] : [`${path}: ${names.join(", ")}`];
  });
}

function unlessGone<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return gone;
    throw error;
  }
}

const TEMPORARY = ["/run", "/dev/shm", tmpdir()];
const names = (): ReadonlySet<string> =>
  new Set(TEMPORARY.flatMap((directory) => readdirSync(directory).map((name) => join(directory, name))));

const TASKS = `
    - name: content of a file
      file: { path: "{{ root }}/inline", content: "{{ inline }}\\n" }
    - name: a template with a secret in it
      template: { src: site.j2, dest: "{{ root }}/site.conf" }
    - name: a template that is encrypted
      template: { src: sealed.j2, dest: "{{ root }}/sealed.conf" }
    - name: a file that is encrypted
      file: { src: sealed.txt, path: "{{ root }}/sealed.txt" }
    - shell: printf %s "$X" >/dev/null; X='{{ play_secret }}'; sleep 0.3; echo "$X"
      register: echoed
    - debug: { var: echoed.stdout }
    - debug: { msg: "{{ echoed }} {{ inline }} {{ from_file }} {{ extra_secret }}" }
    - debug: { var: map_of_secrets }
    - name: the words of a program, of no long life
      command: { argv: ["true"], stdin: "{{ extra_secret }}" }
    - name: "named after {{ from_file }}"
      file: { path: "{{ root }}/named", state: touch }
    - sysctl: { name: net.ipv4.ip_forward, value: "{{ inline }}" }
      ignore_errors: true
    - file: { path: "{{ root }}/x", content: x, mode: "{{ from_file }}" }
      when: bad is defined
    - shell: echo {{ play_secret | quote }} >&2; exit 3
      ignore_errors: true
    - shell: echo {{ plain_password | quote }}; cat /proc/$$/cmdline >"{{ root }}/cmdline"; exit 4
      no_log: true
      ignore_errors: true
    - keepalived:
        path: "{{ root }}/keepalived.conf"
        config:
          vrrp_instance:
            VI_1:
              interface: eth0
              virtual_router_id: 51
              authentication: { auth_type: PASS, auth_pass: "{{ short }}" }
              virtual_ipaddress: [192.0.2.1]
      ignore_errors: true
    - assert: { that: ["inline == 'other'"], fail_msg: "it is {{ inline }}" }
`;

describe.skipIf(sshdMissing !== undefined)(
  `planted secrets${sshdMissing === undefined ? "" : ` (${sshdMissing})`}`,
  () => {
    beforeAll(async () => {
      sshd = await startSshd();
      dir = mkdtempSync(join(tmpdir(), "dsrctl-canary-"));
      root = join(dir, "host");
      mkdirSync(root, { mode: 0o700 });
      const host = {
        ...{ ansible_host: "127.0.0.1", ansible_port: sshd.port, ansible_user: "root", root },
        ansible_ssh_private_key_file: sshd.userKeyPath,
        ansible_ssh_common_args: `-o UserKnownHostsFile=${sshd.knownHosts}`,
      };
      write("hosts.yml", JSON.stringify({ all: { hosts: { web1: host } } }));
      write("vault-password", CANARIES.vaultPassword, 0o600);
      write(
        "host_vars/web1/vault.yml",
        `ansible_become_password: ${await sealed(CANARIES.become, "  ")}\ninline: ${await sealed(CANARIES.inline, "  ")}\n`,
      );
      write(
        "group_vars/all/sealed.yml",
        await password.seal(
          Buffer.from(
            `from_file: !unsafe ${JSON.stringify(CANARIES.file)}\nmap_of_secrets: { a: [${CANARIES.map}], b: "{{ inline }} and {{ inventory_hostname }}" }\n`,
          ),
        ),
      );
      write("group_vars/all/plain.yml", `plain_password: ${CANARIES.plain}\n`);
      write(
        "extra.yml",
        await password.seal(Buffer.from(`extra_secret: ${CANARIES.extra}\nshort: ${CANARIES.short}\n`)),
      );
      write("templates/site.j2", "user www\npassword {{ inline }}\n");
      write("templates/sealed.j2", await password.seal(Buffer.from(`${CANARIES.template} {{ inventory_hostname }}\n`)));
      write("files/sealed.txt", await password.seal(Buffer.from(CANARIES.template)));
      write(
        "site.yml",
        `- hosts: all\n  vars:\n    play_secret: ${await sealed(CANARIES.play, "      ")}\n  tasks:\n${TASKS}`,
      );
    });
    afterAll(async () => {
      await sshd.stop();
      rmSync(dir, { recursive: true });
    });

    test.each([[[]], [["--json"]]])("a drill that repeats one, %s", { timeout: 60_000 }, async (more) => {
      const inventory: unknown = JSON.parse(readFileSync(join(dir, "hosts.yml"), "utf8"));
      const { hosts } = (inventory as { all: { hosts: { web1: object } } }).all;
      // What is asked for is the secret of another: the reasons against the drill name it.
      const pair = { lb1: { ...hosts.web1, ansible_become_password: CANARIES.plain }, lb2: hosts.web1 };
      const children = { directors: { hosts: pair }, clients: { hosts: { asker: hosts.web1 } } };
      write("drill.yml", JSON.stringify({ all: { children } }));
      const { code, said } = await dsrctl(
        "drill",
        "failover",
        "-i",
        "drill.yml",
        "--vault-password-file",
        "vault-password",
        "-e",
        `vip=${CANARIES.plain}`,
        ...more,
      );
      // It holds the secret in plain text, which no other test expects to find.
      rmSync(join(dir, "drill.yml"));
      expect(code, said).toBe(2);
      expect(said).toContain(`no director holds ${REDACTED}`);
      expect(found(said), said).toEqual([]);
    });

    test.each([[[]], [["--diff", "-vvv"]], [["--json", "-vvv"]], [["--check", "--diff", "-v"]]])(
      "a play, %s",
      { timeout: 60_000 },
      async (more) => {
        for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
        const before = names();
        const { result, seen, samples } = await watched(() => play(...more));
        expect(samples).toBeGreaterThan(5);
        expect(result.code, result.said).toBe(more.includes("--check") ? 0 : 2);
        expect(found(result.said), result.said).toEqual([]);
        expect(result.said).toContain("••••");
        expect([...seen]).toEqual([]);
        // The files that the tasks wrote hold them; what else came into being meanwhile must not.
        if (!more.includes("--check")) {
          expect(readFileSync(join(root, "inline"), "utf8")).toBe(`${CANARIES.inline}\n`);
          expect(readFileSync(join(root, "site.conf"), "utf8")).toBe(`user www\npassword ${CANARIES.inline}\n`);
          expect(readFileSync(join(root, "sealed.conf"), "utf8")).toBe(`${CANARIES.template} web1\n`);
          expect(readFileSync(join(root, "sealed.txt"), "utf8")).toBe(CANARIES.template);
          expect(statSync(join(root, "site.conf")).mode & 0o777).toBe(0o600);
          expect(readFileSync(join(root, "cmdline"), "utf8")).toBe("/bin/sh\0/dev/fd/3\0");
        }
        const left = [...names()].filter(
          (name) =>
            !before.has(name) &&
            statSync(name, { throwIfNoEntry: false })?.isDirectory() &&
            name.includes("dsrctl") &&
            name !== dir,
        );
        expect(left.flatMap(leaked)).toEqual([]);
        const here = leaked(dir).filter((line) => !line.startsWith(root));
        const wanted = ["/group_vars/all/plain.yml: plain", "/vault-password: vaultPassword"];
        expect(here.map((line) => line.slice(dir.length)).sort()).toEqual(wanted);
      },
    );

    test("the host's journal of the connection does not have them", () => expect(found(sshd.log())).toEqual([]));

    test("wrong input: excerpts show neither encrypted files nor plain passwords", async () => {
      write(
        "bad.yml",
        await password.seal(
          Buffer.from(
            `a: ${CANARIES.file}\n b: [${CANARIES.template}\nport: 0644\npassword: ${CANARIES.template}\npassword: 2\n`,
          ),
        ),
      );
      write("bad-plain.yml", `db_password: ${CANARIES.plain}\n  x: 1\ntoken: {${CANARIES.play}\n`);
      for (const file of ["bad.yml", "bad-plain.yml"]) {
        for (const more of [[], ["--json", "-vvv"]]) {
          const { code, said } = await play("-e", `@${file}`, ...more);
          expect(code).toBe(1);
          expect(found(said), said).toEqual([]);
          expect(said).toContain(file);
        }
      }
      write(
        "odd.yml",
        await password.seal(Buffer.from(`when_wrong: "{{ no_such_thing }} ${CANARIES.file.slice(0, 22)}"\n`)),
      );
      write("use.yml", `- hosts: all\n  tasks:\n    - debug: { msg: "{{ when_wrong }}" }\n`);
      const { said } = await dsrctl(
        "play",
        "use.yml",
        "-i",
        "hosts.yml",
        "--vault-password-file",
        "vault-password",
        "-e",
        "@odd.yml",
      );
      expect(said).toContain("odd.yml:1");
      expect(said).not.toContain(CANARIES.file.slice(0, 22));
    });

    test("the watch sees what stands in arguments and environments", async () => {
      const env = { PATH: process.env["PATH"], X: CANARIES.extra };
      const { seen } = await watched(() => promisify(execFile)("sh", ["-c", "sleep 0.5", CANARIES.play], { env }));
      expect([...new Set([...seen].map((line) => line.replace(/:.*/s, "")))].sort()).toEqual([
        "extra in environ",
        "play in cmdline",
      ]);
    });

    test("a vault password is not accepted as an argument", async () => {
      for (const option of [`--vault-password=${CANARIES.vaultPassword}`, `--vault-pass=${CANARIES.vaultPassword}`]) {
        const { code, said } = await dsrctl("play", "site.yml", "-i", "hosts.yml", option);
        expect(code).toBe(5);
        expect(found(said)).toEqual([]);
        expect(said).toContain("every user of this machine could see the password in `ps`");
      }
      const { code, said } = await dsrctl("vault", "encrypt-string", CANARIES.plain);
      expect({ code, found: found(said) }).toEqual({ code: 5, found: [] });
    });

    test(
      "the program itself, with the password from a program: no child has it in its environment",
      { timeout: 60_000 },
      async () => {
        write("program", `#!/bin/sh\ncat ${join(dir, "vault-password")}\nsleep 0.3\n`, 0o700);
        const { result, seen } = await watched(async () =>
          dsrctl("play", "site.yml", "-i", "hosts.yml", "--vault-id", "default@program", "-e", "@extra.yml"),
        );
        expect(found(result.said)).toEqual([]);
        expect([...seen]).toEqual([]);
        expect(execFileSync("sh", ["-c", "ps -eo args"], { encoding: "utf8" })).not.toContain("canary-7f3a");
      },
    );
  },
);
