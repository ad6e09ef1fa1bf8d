/** What templates of a play reach on this machine: the command itself, on this machine as its host. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ansibleMissing, ansibleVault, dsrctl } from "../vault/dsrctl.ts";

vi.setConfig({ testTimeout: 60_000 });

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-lookups-"));
  write("hosts.yml", JSON.stringify({ all: { hosts: { here: { ansible_connection: "local" } } } }));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(cwd, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A play in `plays/site.yml` that writes a template's text; what was printed, and what was written. */
async function printed(text: string, ...options: readonly string[]) {
  write("plays/templates/out.j2", `${text}\n`);
  const task = `template: { src: out.j2, path: ${join(cwd, "out")} }`;
  write("plays/site.yml", `- hosts: all\n  vars: { own: mine }\n  tasks:\n    - ${task}\n`);
  const ran = await dsrctl(cwd, "play", "plays/site.yml", "-i", "hosts.yml", ...options);
  const out = existsSync(join(cwd, "out")) ? readFileSync(join(cwd, "out"), "utf8") : undefined;
  return { code: ran.code, said: `${ran.out.toString()}${ran.err}`, out };
}

async function screen(text: string, ...options: readonly string[]): Promise<string> {
  const { code, said } = await printed(text, ...options);
  return `${said.replaceAll(cwd, "/CWD")}exit ${code}\n`;
}

describe("files beside the playbook", () => {
  it("are found as Ansible finds them", async () => {
    write("plays/files/a", "in files\n\n");
    write("plays/a", "not this");
    write("plays/b", " beside ");
    write("plays/templates/sub/inc.j2", "inc {{ own }} {{ x | default('-') }}{% import 'mac.j2' as m %}{{ m.m(2) }}\n");
    write("plays/templates/sub/mac.j2", "not this: directories of the playbook come first");
    write("plays/templates/mac.j2", "{% macro m(n) %}<{{ n }}>{% endmacro %}");
    const text =
      "{{ lookup('file', 'a') }}|{{ lookup('file', 'b', rstrip=false) }}|{% set x = 1 %}{% include 'sub/inc.j2' %}" +
      "|{{ lookup('template', 'sub/inc.j2') }}|{{ lookup('env', 'HOME') }}";
    const { out } = await printed(text);
    expect(out).toBe(`in files| beside |inc mine 1<2>|inc mine -<2>\n|${process.env["HOME"] ?? ""}\n`);
  });

  it("that are not there, or no text, are an error where they are asked for", async () => {
    expect(await screen("a\n{{ lookup('file', 'nope') }}")).toMatchInlineSnapshot(`
      "error: file \`nope\` not found
        --> plays/templates/out.j2:2:4
         |
       1 | a
       2 | {{ lookup('file', 'nope') }}
         |    ^^^^^^^^^^^^^^^^^^^^^^
         |
         = help: looked for \`plays/files/nope\`, \`plays/nope\`
         = note: on host here

      note: no host was changed
      exit 1
      "
    `);
    write("plays/files/binary", "\0");
    writeFileSync(join(cwd, "plays/files/binary"), Buffer.from([0xff, 0xfe, 0]));
    expect((await printed("{{ lookup('file', 'binary') }}")).said).toContain(
      "`plays/files/binary` is not a text in UTF-8",
    );
  });

  it("are not reached above their directories by `include`", async () => {
    write("secret.j2", "secret");
    expect((await printed("{% include '../../secret.j2' %}")).said).toContain(
      "template `../../secret.j2` is not there",
    );
  });

  it("wait for facts that only an included file uses", async () => {
    write("plays/templates/inc.j2", "{{ ansible_facts.kernel is string }}");
    expect((await printed("{% include 'inc.j2' %}")).out).toBe("True\n");
  });

  it.skipIf(ansibleMissing !== undefined)("are decrypted, and what is made of them is secret", async () => {
    write("pass", "horse\n");
    write("plays/files/key", "battery-staple-9\n");
    ansibleVault(cwd, ["encrypt", "--vault-password-file", "pass", "plays/files/key"]);
    const { out, said } = await printed("k={{ lookup('file', 'key') }}", "--vault-password-file", "pass", "--diff");
    expect(out).toBe("k=battery-staple-9\n");
    expect(said).not.toContain("battery");
    expect(await screen("{{ lookup('file', 'key') }}")).toMatchInlineSnapshot(`
      "error: cannot decrypt \`plays/files/key\`: no vault password was given
        --> plays/files/key:1:1
         |
       1 | $ANSIBLE_VAULT;1.1;AES256
         | ^^^^^^^^^^^^^^^^^^^^^^^^^
         |
         = help: give \`--vault-id default@FILE\`, \`--vault-password-file FILE\` or \`--ask-vault-password\`
         = note: on host here

      note: no host was changed
      exit 1
      "
    `);
  });
});

describe("passwords", () => {
  const text = "{{ lookup('password', '../keys/web length=12 chars=ascii_lowercase,digits') }}";

  it("are made once, kept for their owner alone, and never shown", async () => {
    const first = await printed(text, "--diff");
    expect(first.out).toMatch(/^[a-z0-9]{12}\n$/);
    const path = join(cwd, "keys/web");
    expect(readFileSync(path, "utf8")).toBe(first.out);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(first.said).not.toContain(first.out?.trim());
    expect((await printed(text)).out).toBe(first.out);
  });

  it("that others wrote are read as Ansible keeps them", async () => {
    write("keys/web", "from-ansible salt=abc\n");
    expect((await printed(text)).out).toBe("from-ansible\n");
  });

  it("of a dry run are forgotten", async () => {
    const dry = await printed(text, "--check");
    expect([dry.code, existsSync(join(cwd, "keys"))]).toEqual([0, false]);
  });

  it("with a misspelt option are refused", async () => {
    expect((await printed("{{ lookup('password', 'x lenght=3') }}")).said).toContain("did you mean `length`?");
  });

  it.skipIf(ansibleMissing !== undefined)("with a seed are Ansible's", async () => {
    const terms = [
      "/dev/null seed=web1",
      "/dev/null length=9 seed=x chars=hexdigits",
      "/dev/null chars=a,b,,,-_ seed=s",
    ];
    const seeded = terms.map((term) => `{{ lookup('password', '${term}') }}`).join(" ");
    const env = { PATH: process.env["PATH"], HOME: cwd, LC_ALL: "C.UTF-8" };
    const answer = spawnSync("ansible", ["localhost", "-m", "debug", "-a", `msg="${seeded}"`], { cwd, env });
    expect(answer.stdout.toString()).toContain(`"msg": "${(await printed(seeded)).out?.trim() ?? ""}"`);
  });
});

describe("programs", () => {
  it("are not run unless they may be", async () => {
    expect(await screen(`{{ lookup('pipe', 'touch ${join(cwd, "ran")}') }}`)).toMatchInlineSnapshot(`
      "error: lookup \`pipe\` runs programs on this machine
        --> plays/templates/out.j2:1:4
         |
       1 | {{ lookup('pipe', 'touch /CWD/ran') }}
         |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         |
         = help: \`--allow-pipe\` lets templates do so
         = note: on host here

      note: no host was changed
      exit 1
      "
    `);
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });

  it("are run once each, in the playbook's directory", async () => {
    const twice = "{{ lookup('pipe', 'pwd; echo >>runs; cat runs | wc -l') }}";
    const { out } = await printed(`${twice}\n${twice}`, "--allow-pipe");
    expect(out).toBe(`${cwd}/plays\n1\n${cwd}/plays\n1\n`);
  });

  it("that fail are an error where they are asked for", async () => {
    expect(await screen("{{ lookup('pipe', 'echo no >&2; exit 3') }}", "--allow-pipe")).toMatchInlineSnapshot(`
      "error: lookup \`pipe\`: the command ended with 3
        --> plays/templates/out.j2:1:4
         |
       1 | {{ lookup('pipe', 'echo no >&2; exit 3') }}
         |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         |
         = note: on host here

      note: no host was changed
      exit 1
      "
    `);
  });

  it("may give what a connection needs", async () => {
    write(
      "hosts.yml",
      JSON.stringify({ all: { hosts: { here: { ansible_connection: "{{ lookup('pipe', 'echo local') }}" } } } }),
    );
    expect((await printed("x", "--allow-pipe")).out).toBe("x\n");
  });
});
