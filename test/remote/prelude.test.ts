/** The prelude for real, in every shell that hosts have as `sh`; mounts live in a namespace that ends with the shell. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { PRELUDE } from "../../src/remote/prelude.ts";
import { sh } from "../../src/sh.ts";
import type { Sh } from "../../src/sh.ts";
import { install, sha256 } from "../../src/tasks/parts/install.ts";

const busyboxOnly = mkdtempSync(join(tmpdir(), "dsrctl-busybox-"));
spawnSync("busybox", ["--install", "-s", busyboxOnly]);
afterAll(() => rmSync(busyboxOnly, { recursive: true }));

/** Under its own name on a host, `sh`; the last has nothing but busybox's tools. */
const SHELLS = [
  { name: "dash", command: ["/bin/dash"], path: process.env["PATH"] },
  { name: "bash", command: ["/bin/bash", "--posix"], path: process.env["PATH"] },
  { name: "busybox", command: ["/bin/busybox", "sh"], path: busyboxOnly },
] as const;
type Shell = (typeof SHELLS)[number];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "dsrctl-prelude-"))));
afterEach(() => rmSync(root, { recursive: true }));

/** Runs a script behind the prelude in a mount namespace of its own; `$ROOT` is the test's directory. */
function run(shell: Shell, script: string | Sh, setUp = ""): Ended {
  const text = typeof script === "string" ? script : script.text();
  const unshare = process.getuid?.() === 0 ? ["-m"] : ["-mr"];
  const entry = `${setUp === "" ? "" : `${setUp}\n`}PATH=$PATH_OF_HOST exec "$@"`;
  const argv = [...unshare, "/bin/bash", "-ec", entry, "bash", ...shell.command];
  const env = { ...process.env, LC_ALL: "C", ROOT: root, PATH_OF_HOST: shell.path };
  const input = `${PRELUDE}\n( set -e\n${text}\n) </dev/null\n`;
  const { status, stdout, stderr } = spawnSync("/usr/bin/unshare", argv, { input, env, timeout: 60_000 });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

function good(shell: Shell, script: string | Sh, setUp = ""): Ended {
  const ended = run(shell, script, setUp);
  expect(ended, ended.err).toMatchObject({ code: 0 });
  return ended;
}

const file = (name: string): string => join(root, name);
const read = (name: string): string => readFileSync(file(name), "utf8");
const write = (name: string, text: string | Uint8Array): void => writeFileSync(file(name), text);
const modeOf = (name: string): string => (statSync(file(name)).mode & 0o7777).toString(8);
const put = (name: string, text: string | Uint8Array, more: object = {}): Sh =>
  install({ path: file(name), bytes: Buffer.from(text), ...more });

/** `stage` is given less than was promised, as when a connection is cut. */
const cut = `printf 'server {' | stage "$ROOT/a" ${sha256(Buffer.from("server {\n}\n"))}`;

describe.each(SHELLS)("in $name", (shell) => {
  describe("installing", () => {
    const allBytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const contents: [string, string | Uint8Array][] = [
      ["nothing", ""],
      ["a text", "worker_processes 1;\n"],
      ["a text without a newline at its end", "no newline"],
      ["newlines only", "\n\n\n"],
      ["quotes, backslashes and percent signs", `it's "so" \\n %s %% \`id\` $(id) $HOME \\\\'\n`],
      ["what looks like options", "-n -e --help"],
      ["carriage returns", "a\r\nb\r\n"],
      ["control characters", "\u0001\u0002\u0007\u001b[31m\u007f\u0081\u0088\u009f\n"],
      ["Japanese", "仮想サーバー ✓ 🐟\n"],
      ["NUL", "a\0b"],
      ["bytes that are not UTF-8", Uint8Array.of(0xff, 0xfe, 0x0a, 0x81)],
      ["every byte", allBytes],
      ["200 kB of text", "0123456789abcdef'\\\n".repeat(12_000)],
      ["200 kB of bytes", Uint8Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 256)],
    ];
    it.each(contents)("writes %s exactly", (_, content) => {
      good(shell, put("a", content));
      expect(readFileSync(file("a")).equals(Buffer.from(content))).toBe(true);
      expect(readdirSync(root)).toEqual(["a"]);
    });

    it("writes any bytes exactly", () => {
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "binary" })), (content) => {
          const bytes = Buffer.from(typeof content === "string" ? content.replaceAll("\0", "") : content);
          good(shell, put("a", bytes));
          expect(readFileSync(file("a")).equals(bytes)).toBe(true);
        }),
        { numRuns: 40 },
      );
    });

    it("takes any file name", () => {
      for (const name of ["with space", "it's", "$(id)", "-n", "*", "日本"]) {
        good(shell, put(name, `${name}\n`));
        good(shell, put(name, `${name}, again\n`));
        expect(read(name)).toBe(`${name}, again\n`);
      }
      expect(readdirSync(root)).toHaveLength(6);
    });

    it("gives a new file 0644 unless told otherwise, and never more than 0600 before", () => {
      good(shell, put("a", "x", { check: sh`stat -c %a "$staged"` }), "umask 0");
      expect(modeOf("a")).toBe("644");
      expect(good(shell, put("b", "x", { mode: "4710", check: sh`stat -c %a "$staged"` })).out).toBe("600\n");
      expect(modeOf("b")).toBe("4710");
    });

    it("keeps mode, owner and group of the file it replaces", () => {
      write("a", "old");
      good(shell, 'chown 65534:4321 "$ROOT/a"; chmod 2640 "$ROOT/a"');
      good(shell, put("a", "new"));
      expect(statSync(file("a"))).toMatchObject({ uid: 65534, gid: 4321 });
      expect(modeOf("a")).toBe("2640");
    });

    it("sets mode, owner and group that are given, each alone", () => {
      write("a", "old");
      good(shell, 'chown 65534:4321 "$ROOT/a"; chmod 0600 "$ROOT/a"');
      good(shell, put("a", "new", { owner: "1234" }));
      expect(statSync(file("a"))).toMatchObject({ uid: 1234, gid: 4321 });
      good(shell, put("a", "new", { group: "4322", mode: "0664" }));
      expect(statSync(file("a"))).toMatchObject({ uid: 1234, gid: 4322 });
      expect(modeOf("a")).toBe("664");
    });

    it("runs the check on the staged content and leaves the file when it says no", () => {
      write("a", "old");
      const check = sh`grep -q good "$staged"`;
      expect(run(shell, put("a", "bad", { check })).code).not.toBe(0);
      expect(read("a")).toBe("old");
      good(shell, put("a", "good", { check, before: sh`cp ${file("a")} ${file("b")}` }));
      expect([read("a"), read("b")]).toEqual(["good", "old"]);
      expect(readdirSync(root)).toEqual(["a", "b"]);
    });

    it("fails when the owner does not exist, and leaves the file", () => {
      write("a", "old");
      const { code, err } = run(shell, put("a", "new", { owner: "nobody-of-that-name" }));
      expect(code).not.toBe(0);
      expect(err).toMatch(/nobody-of-that-name[^]*could not be replaced; it is as it was/);
      expect([read("a"), readdirSync(root)]).toEqual(["old", ["a"]]);
    });

    it("replaces a file that has other names, and says that they keep the old content", () => {
      write("a", "old");
      good(shell, 'ln "$ROOT/a" "$ROOT/b"');
      expect(good(shell, put("a", "new")).err).toContain("had 2 hard links");
      expect([read("a"), read("b")]).toEqual(["new", "old"]);
    });

    it("removes what a killed run left behind, and nothing else", () => {
      for (const name of [".a.dsrctl.Xa1b2c", ".a.dsrctl.long-name", ".b.dsrctl.Xa1b2c"]) write(name, "");
      good(shell, put("a", "new"));
      expect(readdirSync(root)).toEqual([".a.dsrctl.long-name", ".b.dsrctl.Xa1b2c", "a"]);
    });
  });

  describe("what cannot be written leaves the file as it was:", () => {
    /** The installation fails, says why, and leaves the directory as it is. */
    function refused(script: string | Sh, why: RegExp, setUp = ""): void {
      const list = 'ls -lARi "$ROOT" | grep -v ^total; find "$ROOT" -type f -exec sha256sum {} +';
      const both = `before=$(${list})\nset +e\n( set -e\n${typeof script === "string" ? script : script.text()}\n)
code=$?
[ "$before" = "$(${list})" ] || { echo CHANGED; ${list}; }
exit $code`;
      const { code, out, err } = run(shell, both, setUp);
      expect(out).not.toContain("CHANGED");
      expect(code, err).not.toBe(0);
      expect(err).toMatch(why);
    }

    it("content that was cut", () => {
      refused(cut, /did not arrive whole on the host; the file was not touched/);
      write("a", "old");
      refused(cut, /did not arrive whole/);
    });

    it("a full disk", () => {
      const small = 'mount -t tmpfs -o size=64k none "$ROOT"; echo old >"$ROOT/a"';
      refused(put("a", "x".repeat(200_000)), /No space left[^]*free where .*\/a is: \d+ kB, \d+ inodes/, small);
    });

    it("a disk without inodes", () => {
      const small = 'mount -t tmpfs -o nr_inodes=2 none "$ROOT"; echo old >"$ROOT/a"';
      refused(put("a", "new"), /No space left[^]*free where .*\/a is: \d+ kB, 0 inodes/, small);
    });

    it("a file system that is read-only", () => {
      const readOnly = 'mount -t tmpfs none "$ROOT"; echo old >"$ROOT/a"; mount -o remount,ro "$ROOT"';
      refused(put("a", "new"), /Read-only file system/, readOnly);
    });

    it("a directory that is not there", () => refused(put("no/a", "new"), /No such file or directory/));

    it("a directory in its place", () => {
      mkdirSync(file("a"));
      refused(put("a", "new"), /\/a is there and is not a regular file/);
      refused(put("a", "new", { replace: true }), /\/a is there and is not a regular file/);
      refused(`printf x >"$ROOT/t"; commit "$ROOT/t" "$ROOT/a" '' '' ''`, /could not be replaced; it is as it was/);
    });

    it("a pipe in its place", () => refused(put("a", "new"), /not a regular file/, 'mkfifo "$ROOT/a"'));

    it("a file that something is mounted over", () => {
      const bound = 'echo old >"$ROOT/a"; echo other >"$ROOT/b"; mount --bind "$ROOT/b" "$ROOT/a"';
      refused(put("a", "new"), /busy\nsomething is mounted over it[^]*could not be replaced; it is as it was/, bound);
    });

    it("a symbolic link", () => {
      const link = 'echo old >"$ROOT/b"; ln -s b "$ROOT/a"';
      refused(put("a", "new"), /\/a is a symbolic link to b; it was not touched/, link);
    });

    it("a symbolic link that leads nowhere", () => {
      refused(put("a", "new"), /\/a is a symbolic link to b; it was not touched/, 'ln -s b "$ROOT/a"');
    });
  });

  it("replaces a symbolic link when told to, and does not take its mode", () => {
    write("b", "old");
    good(shell, put("a", "new", { replace: true }), 'ln -s b "$ROOT/a"; chmod 0600 "$ROOT/b"');
    expect([read("a"), read("b"), modeOf("a")]).toEqual(["new", "old", "644"]);
  });

  describe("keep", () => {
    it("copies with mode, owner and times, once", () => {
      write("a", "original");
      const times = 'touch -d "2017-01-02 03:04:05" "$ROOT/a"; chown 12:34 "$ROOT/a"; chmod 0640 "$ROOT/a"';
      good(shell, 'keep "$ROOT/a" "$ROOT/a.org"', times);
      expect(statSync(file("a.org"))).toMatchObject({ uid: 12, gid: 34, mtimeMs: statSync(file("a")).mtimeMs });
      expect(modeOf("a.org")).toBe("640");
      write("a", "ours");
      good(shell, 'keep "$ROOT/a" "$ROOT/a.org"');
      expect([read("a.org"), readdirSync(root)]).toEqual(["original", ["a", "a.org"]]);
    });

    it("keeps nothing by halves", () => {
      const small = `mount -t tmpfs -o size=64k none "$ROOT"; head -c 40000 /dev/zero >"$ROOT/a"`;
      const script = 'keep "$ROOT/a" "$ROOT/a.org" && exit 9; ls -A "$ROOT"';
      const { out, err } = run(shell, script, small);
      expect(out).toBe("a\n");
      expect(err).toMatch(/No space left[^]*could not be kept as .*a.org; it was not touched/);
    });
  });

  describe("inode", () => {
    it("tells what stands there", () => {
      const setUp = `cd "$ROOT"; echo x >f; chown 12345:0 f; chmod 4640 f; mkdir -m 0750 d; ln -s 'f g' l; mkfifo -m 0600 p`;
      expect(good(shell, 'inode "$ROOT/f"', setUp).out).toBe("inode 89a0 12345 0\nuser UNKNOWN\ngroup root\n");
      expect(good(shell, 'inode "$ROOT/d"').out).toBe("inode 41e8 0 0\nuser root\ngroup root\n");
      expect(good(shell, 'inode "$ROOT/l"').out).toBe("inode a1ff 0 0\nuser root\ngroup root\nlink f g\n");
      expect(good(shell, 'inode "$ROOT/p"').out).toBe("inode 1180 0 0\nuser root\ngroup root\n");
    });

    it("follows a link when told to", () => {
      write("f", "x");
      const { out } = good(shell, 'inode "$ROOT/l" follow', 'ln -s m "$ROOT/l"; ln -s f "$ROOT/m"');
      expect(out).toBe(`real ${file("f")}\ninode 81a4 0 0\nuser root\ngroup root\n`);
      const gone = 'mkdir "$ROOT/d"; ln -s d/e/f "$ROOT/n"';
      expect(run(shell, 'inode "$ROOT/n" follow', gone).err).toMatch(
        /is a symbolic link to d\/e\/f, which leads nowhere/,
      );
    });

    it("tells a missing file from a missing directory", () => {
      write("f", "x");
      expect(good(shell, 'inode "$ROOT/a"; inode /no-such-file').out).toBe("absent\nabsent\n");
      expect(good(shell, 'inode "$ROOT/d/a"').out).toBe(`no-parent ${root}/d/\n`);
      expect(good(shell, 'inode "$ROOT/f/a"').out).toBe(`no-parent ${root}/f/\n`);
    });

    it("is not fooled by a link target of several lines", () => {
      const { code, err } = run(shell, 'inode "$ROOT/l"', `ln -s 'a\nabsent' "$ROOT/l"`);
      expect(code).toBe(1);
      expect(err).toContain("line break");
    });
  });

  it("permit clears set-id bits of a directory", () => {
    good(shell, 'permit "$ROOT" 0755 1234 ""', 'chmod 6777 "$ROOT"');
    expect(modeOf("")).toBe("755");
    expect(statSync(root)).toMatchObject({ uid: 1234, gid: 0 });
  });

  it("need names the tool and its package", () => {
    expect(run(shell, "need no-such-tool some-package; echo on")).toEqual({
      code: 127,
      out: "",
      err: "dsrctl: need no-such-tool some-package\n",
    });
    expect(good(shell, "need cat coreutils; echo on").out).toBe("on\n");
  });

  it("sha prints the sum, and fails for a file that is not there", () => {
    write("a", "x\n");
    expect(good(shell, 'sha "$ROOT/a"').out).toBe(`${sha256(Buffer.from("x\n"))}\n`);
    expect(run(shell, 'sha "$ROOT/b"').code).not.toBe(0);
  });
});

describe("what only some file systems and tools have", () => {
  it("keeps extended attributes and ACLs", ({ skip }) => {
    write("a", "old");
    const python = "import os,sys; os.setxattr(sys.argv[1], 'user.origin', b'package')";
    if (spawnSync("python3", ["-c", python, file("a")]).status !== 0) skip("no extended attributes here");
    good(SHELLS[0], put("a", "new"));
    const get = "import os,sys; print(os.getxattr(sys.argv[1], 'user.origin').decode())";
    expect(spawnSync("python3", ["-c", get, file("a")]).stdout.toString()).toBe("package\n");
    expect(read("a")).toBe("new");
  });
});
