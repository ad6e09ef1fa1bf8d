/** Vaults of ours are ansible-vault's, and the other way round. */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readYaml } from "../../src/yaml/index.ts";
import { Keyring } from "../../src/vault/keyring.ts";
import { Password } from "../../src/vault/password.ts";
import { unlock } from "../../src/yaml/unlock.ts";
import { ansibleMissing, ansibleVault, dsrctl, directory } from "./dsrctl.ts";

const skipped = ansibleMissing === undefined ? "" : ` (${ansibleMissing})`;

const CONTENTS: readonly (readonly [string, Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["a block", Buffer.from("0123456789abcdef")],
  ["UTF-8 with CR LF", Buffer.from("größe: 1\r\nname: ☃\r\n")],
  ["every byte", Buffer.from(Array.from({ length: 2000 }, (_, index) => index & 0xff))],
];

describe.skipIf(ansibleMissing !== undefined)(
  `interchangeable with ansible-vault${skipped}`,
  { timeout: 60_000 },
  () => {
    let dir: string;
    let remove: () => void;
    beforeAll(() => void ({ dir, remove } = directory()));
    afterAll(() => remove());
    const path = (name: string): string => join(dir, name);

    it.each(CONTENTS)("a file with %s, both ways", async (_, content) => {
      writeFileSync(path("ours"), content);
      expect(await dsrctl(dir, "vault", "encrypt", "ours", "--vault-password-file", "one")).toMatchObject({ code: 0 });
      expect(ansibleVault(dir, ["decrypt", "--vault-password-file", "one", "--output", "-", "ours"])).toEqual(content);
      const theirs = ansibleVault(dir, ["encrypt", "--vault-password-file", "one", "--output", "-"], content);
      writeFileSync(path("theirs"), theirs);
      const back = await dsrctl(dir, "vault", "decrypt", "theirs", "--output", "-", "--vault-password-file", "one");
      expect(back.out).toEqual(content);
    });

    it("ids, and passwords of several ids", async () => {
      writeFileSync(path("f"), "a: 1\n");
      const ids = ["--vault-id", "dev@one", "--vault-id", "prod@two"];
      await dsrctl(dir, "vault", "encrypt", "f", ...ids, "--encrypt-vault-id", "prod");
      expect(readFileSync(path("f"), "utf8")).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
      expect(ansibleVault(dir, ["view", ...ids, "f"]).toString()).toContain("a: 1");
      ansibleVault(dir, ["rekey", ...ids, "--new-vault-id", "third@one", "f"]);
      expect((await dsrctl(dir, "vault", "view", "f", ...ids)).out.toString()).toBe("a: 1\n");
      const rekeyed = await dsrctl(dir, "vault", "rekey", "f", ...ids, "--new-vault-password-file", "two");
      expect(rekeyed).toMatchObject({ code: 0, err: "encrypted f\n" });
      expect(ansibleVault(dir, ["decrypt", "--vault-password-file", "two", "--output", "-", "f"]).toString()).toBe(
        "a: 1\n",
      );
    });

    it("values for YAML, both ways", async () => {
      const password = new Password("default", Buffer.from("correct horse"));
      const theirs = ansibleVault(
        dir,
        ["encrypt_string", "--vault-password-file", "one", "--stdin-name", "x"],
        "wört {{ 1 }}",
      );
      const node = readYaml({ file: "x.yml", text: theirs.toString() });
      await unlock(node, new Keyring([new Password("default", Buffer.from("wrong")), password]));
      const value = node.kind === "map" ? node.entries[0]?.value : undefined;
      expect(value?.kind === "scalar" ? value.sealed?.reveal() : undefined).toBe("wört {{ 1 }}");
      const ours = (await password.seal(Buffer.from("wört {{ 1 }}"), "prod")).replaceAll("\n", "\n    ");
      writeFileSync(
        path("p.yml"),
        `- hosts: localhost\n  gather_facts: no\n  vars:\n   x: !vault |\n    ${ours.trimEnd()}\n  tasks: [{ debug: { var: x } }]\n`,
      );
      const env = { PATH: process.env["PATH"], HOME: dir, LC_ALL: "C.UTF-8" };
      const said = execFileSync(
        "ansible-playbook",
        ["-i", "localhost,", "-c", "local", "--vault-password-file", "one", "p.yml"],
        { cwd: dir, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      );
      expect(said).toContain('"x": "wört {{ 1 }}"');
    });

    it("a password with white space around it, CR LF or other bytes is the same word", async () => {
      for (const [index, bytes] of [" \t pass word \r\n", "pass\r\nword\n", "pass\xffword\v"].entries()) {
        writeFileSync(path("odd"), Buffer.from(bytes, "latin1"), { mode: 0o600 });
        writeFileSync(path("f"), `n: ${index}\n`);
        await dsrctl(dir, "vault", "encrypt", "f", "--vault-password-file", "odd");
        expect(ansibleVault(dir, ["view", "--vault-password-file", "odd", "f"]).toString()).toContain(`n: ${index}`);
      }
    });

    it("a password program, and a client that is told the id", async () => {
      writeFileSync(path("program"), "#!/bin/sh\nprintf 'correct horse\\r\\n'\n", { mode: 0o700 });
      writeFileSync(
        path("my-client.sh"),
        '#!/bin/sh\n[ "$1" = --vault-id ] && [ "$2" = prod ] || exit 2\necho battery staple\n',
        { mode: 0o700 },
      );
      writeFileSync(path("f"), "a: 1\n");
      await dsrctl(dir, "vault", "encrypt", "f", "--vault-id", "prod@my-client.sh");
      expect(ansibleVault(dir, ["view", "--vault-id", "prod@my-client.sh", "f"]).toString()).toContain("a: 1");
      writeFileSync(
        path("g"),
        ansibleVault(dir, ["encrypt", "--vault-password-file", "./program", "--output", "-"], "b: 2\n"),
      );
      expect((await dsrctl(dir, "vault", "view", "g", "--vault-password-file", "program")).out.toString()).toBe(
        "b: 2\n",
      );
      const unknown = await dsrctl(dir, "vault", "view", "g", "--vault-id", "dev@my-client.sh");
      expect(unknown).toMatchObject({
        code: 1,
        err: expect.stringContaining("knows no password for the vault id `dev`") as string,
      });
    });

    it("edits: the id stays, the mode and a link stay, nothing is left behind", async () => {
      writeFileSync(path("f"), ansibleVault(dir, ["encrypt", "--vault-id", "prod@two", "--output", "-"], "a: 1\n"));
      chmodSync(path("f"), 0o640);
      symlinkSync("f", path("link"));
      const seen = path("seen");
      writeFileSync(
        path("editor"),
        `#!/bin/sh\nshift\nls -ld "$1" "\${1%/*}" >${seen}\nfindmnt -no FSTYPE -T "$1" >>${seen}\nprintf 'b: 2\\n' >>"$1"\n`,
        { mode: 0o700 },
      );
      process.env["EDITOR"] = `'${path("editor")}' "--with an argument"`;
      const before = readdirSync("/dev/shm");
      const edited = await dsrctl(dir, "vault", "edit", "link", "--vault-id", "prod@two");
      delete process.env["EDITOR"];
      expect(edited).toMatchObject({ code: 0, err: "encrypted link\n" });
      expect(readFileSync(seen, "utf8")).toMatch(/^drwx------.*\n-rw-------.*\ntmpfs\n/);
      expect(
        readdirSync("/dev/shm").filter((name) => !before.includes(name) && name.startsWith("dsrctl-vault")),
      ).toEqual([]);
      expect(statSync(path("f")).mode & 0o777).toBe(0o640);
      expect(readFileSync(path("link"), "utf8")).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
      expect(ansibleVault(dir, ["decrypt", "--vault-id", "x@two", "--output", "-", "f"]).toString()).toBe(
        "a: 1\nb: 2\n",
      );
      expect(readdirSync(dir).filter((name) => name.includes(".dsrctl."))).toEqual([]);
    });

    it("creates what ansible-vault reads; a file that is there, or an empty one, is not written", async () => {
      writeFileSync(path("writer"), `#!/bin/sh\nprintf 'a: 1\\n' >>"$1"\ncp "$1" "$1~"\n`, { mode: 0o700 });
      const create = (file: string, editor: string) => {
        process.env["EDITOR"] = editor;
        return dsrctl(dir, "vault", "create", file, "--vault-id", "prod@two").finally(
          () => delete process.env["EDITOR"],
        );
      };
      expect(await create("new.yml", path("writer"))).toMatchObject({ code: 0, err: "encrypted new.yml\n" });
      expect(statSync(path("new.yml")).mode & 0o777).toBe(0o600);
      expect(readFileSync(path("new.yml"), "utf8")).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
      expect(ansibleVault(dir, ["view", "--vault-id", "x@two", "new.yml"]).toString()).toContain("a: 1");
      const before = readFileSync(path("new.yml"));
      expect(await create("new.yml", path("writer"))).toMatchObject({ code: 1 });
      expect(readFileSync(path("new.yml"))).toEqual(before);
      expect(await create("empty.yml", "true")).toMatchObject({ code: 0 });
      expect(await create("failed.yml", "false")).toMatchObject({ code: 1 });
      expect(readdirSync(dir).filter((name) => ["empty.yml", "failed.yml"].includes(name))).toEqual([]);
      expect(readdirSync("/dev/shm").filter((name) => name.startsWith("dsrctl-vault"))).toEqual([]);
    });

    it("what ansible-vault creates is edited here", async () => {
      // It asks for a terminal: script(1) gives it one.
      const line = "EDITOR='cp theirs-content' ansible-vault create --vault-id prod@two theirs.yml";
      writeFileSync(path("theirs-content"), "b: 2\n");
      const env = { PATH: process.env["PATH"], HOME: dir, LC_ALL: "C.UTF-8" };
      execFileSync("script", ["-qec", line, "/dev/null"], { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
      expect((await dsrctl(dir, "vault", "view", "theirs.yml", "--vault-id", "prod@two")).out.toString()).toBe(
        "b: 2\n",
      );
    });

    it("an editor that fails changes nothing and leaves nothing", async () => {
      writeFileSync(
        path("f"),
        ansibleVault(dir, ["encrypt", "--vault-password-file", "one", "--output", "-"], "a: 1\n"),
      );
      const before = readFileSync(path("f"));
      for (const editor of ["false", "/nowhere/editor"]) {
        process.env["EDITOR"] = editor;
        expect(await dsrctl(dir, "vault", "edit", "f", "--vault-password-file", "one")).toMatchObject({ code: 1 });
      }
      process.env["EDITOR"] = "true";
      const same = await dsrctl(dir, "vault", "edit", "f", "--vault-password-file", "one");
      delete process.env["EDITOR"];
      expect(same).toMatchObject({ code: 0, err: "f is unchanged\n" });
      expect(readFileSync(path("f"))).toEqual(before);
      expect(readdirSync("/dev/shm").filter((name) => name.startsWith("dsrctl-vault"))).toEqual([]);
    });

    it("a file that cannot be decrypted leaves all of them as they are", async () => {
      writeFileSync(
        path("good"),
        ansibleVault(dir, ["encrypt", "--vault-password-file", "one", "--output", "-"], "a\n"),
      );
      writeFileSync(
        path("bad"),
        ansibleVault(dir, ["encrypt", "--vault-password-file", "two", "--output", "-"], "b\n"),
      );
      const before = [readFileSync(path("good")), readFileSync(path("bad"))];
      for (const action of ["decrypt", "rekey"]) {
        const more = action === "rekey" ? ["--new-vault-password-file", "two"] : [];
        const ran = await dsrctl(dir, "vault", action, "good", "bad", "--vault-password-file", "one", ...more);
        expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("cannot decrypt `bad`") as string });
      }
      expect([readFileSync(path("good")), readFileSync(path("bad"))]).toEqual(before);
    });
  },
);
