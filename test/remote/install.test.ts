/** Installing a file for real: whole, or not at all. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import { sha256 } from "../../src/tasks/parts/install.ts";
import { AS_NOBODY, file, good, modeOf, names, put, read, root, run, SHELLS, write } from "./shells.ts";

/** `stage` is given less than was promised. */
const cut = `stage "$ROOT/a" ${sha256(Buffer.from("server {\n}\n"))} 'server {'`;

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
      expect(names()).toEqual(["a"]);
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
      expect(names()).toHaveLength(6);
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

    it("keeps the SELinux context of the file it replaces, and labels a new one by the policy", () => {
      // No host here has SELinux: the file that says so is mounted, and its two programs only write down their arguments.
      mkdirSync(file("bin"));
      for (const program of ["chcon", "restorecon"])
        writeFileSync(file(`bin/${program}`), `#!/bin/sh\necho "${program} $*" >>"$ROOT/said"\n`, { mode: 0o755 });
      const selinux = `mount -t tmpfs none /sys/fs; mkdir /sys/fs/selinux; echo 1 >/sys/fs/selinux/enforce
        PATH_OF_HOST=$ROOT/bin:$PATH_OF_HOST`;
      good(shell, put("a", "old"), selinux);
      expect(read("said")).toBe(`restorecon ${file("a")}\n`);
      good(shell, put("a", "new"), selinux);
      expect(read("said").split("\n").slice(1)).toEqual([
        expect.stringMatching(new RegExp(`^chcon --reference=${file("a")} ${root}/\\S+$`)),
        "",
      ]);
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
      expect(names()).toEqual(["a", "b"]);
    });

    it("fails when the owner does not exist, and leaves the file", () => {
      write("a", "old");
      const { code, err } = run(shell, put("a", "new", { owner: "nobody-of-that-name" }));
      expect(code).not.toBe(0);
      expect(err).toMatch(/nobody-of-that-name[^]*could not be replaced; it is as it was/);
      expect([read("a"), names()]).toEqual(["old", ["a"]]);
    });

    it("replaces a file that has other names, and says that they keep the old content", () => {
      write("a", "old");
      good(shell, 'ln "$ROOT/a" "$ROOT/b"');
      expect(good(shell, put("a", "new")).err).toContain("had 2 hard links");
      expect([read("a"), read("b")]).toEqual(["new", "old"]);
    });

    it("installs a file whose name is as long as names may be", () => {
      const name = "ü".repeat(127);
      good(shell, put(name, "new"));
      expect([read(name), names()]).toEqual(["new", [name]]);
    });

    /** Names that temporary files of these processes have, by the shell's variable. */
    const OWNERS = String.raw`host=$(cat /proc/sys/kernel/hostname)
first=$(sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20)
[ "$first" -ge 1000 ] || first=0
here=$host-$first
begun() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }
sleep 60 >/dev/null 2>&1 & lives=$here-$!-$(begun $!) sleeper=$!
true & ended=$here-$!-1; wait $!
reused=$here-$$-1 far=other-$here-$$-1 inside=$host-98765432-$$-1`;

    it("removes what a killed run left behind, and nothing of one that lives or may live elsewhere", () => {
      const script = `${OWNERS}
for each in $lives $ended $reused $far $inside; do : >"$ROOT/.a.dsrctl.$each.Xa1b2c"; ln -s gone "$ROOT/.a.dsrctl.$each.Xa1b2d"; done
for each in a.dsrctl.long-name a.dsrctl.Xa1b2c b.dsrctl.$ended.Xa1b2c a.dsrctl.1-2-3; do : >"$ROOT/.$each"; done
${put("a", "new").text()}
cd "$ROOT"
for each in .* *; do case $each in *$lives*) echo lives ;; *$far*) echo far ;; *$inside*) echo inside ;; *$ended*) echo "ended $each" ;; .|..) ;; *) echo "$each" ;; esac; done
kill $sleeper`;
      const { out } = good(shell, script);
      const here = /^ended \.b\.dsrctl\..*\.Xa1b2c$/m;
      expect(out).toMatch(here);
      const rest = [
        "lives",
        "lives",
        "far",
        "far",
        "inside",
        "inside",
        ".a.dsrctl.long-name",
        ".a.dsrctl.Xa1b2c",
        ".a.dsrctl.1-2-3",
        "a",
      ];
      expect(out.replace(here, "").trim().split(/\n+/).sort()).toEqual(rest.sort());
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

  it("works for a user without rights, and keeps to them", () => {
    write("a", "mine");
    write("b", "root's");
    const mine = 'chown 65534:65534 "$ROOT" "$ROOT/a"; chmod 0400 "$ROOT/a"';
    good(shell, put("a", "new"), `${mine}\n${AS_NOBODY}`);
    expect([read("a"), modeOf("a")]).toEqual(["new", "400"]);
    expect(run(shell, put("b", "new"), AS_NOBODY).err).toContain("could not be replaced; it is as it was");
    expect([read("b"), statSync(file("b")).uid, names()]).toEqual(["root's", 0, ["a", "b"]]);
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
