/** The prelude's smaller functions for real. */
import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/tasks/parts/install.ts";
import { file, good, modeOf, names, read, root, run, SHELLS, write } from "./shells.ts";

describe.each(SHELLS)("in $name", (shell) => {
  describe("keep", () => {
    it("copies with mode, owner and times, once", () => {
      write("a", "original");
      const times = 'touch -d "2017-01-02 03:04:05" "$ROOT/a"; chown 12:34 "$ROOT/a"; chmod 0640 "$ROOT/a"';
      good(shell, 'keep "$ROOT/a" "$ROOT/a.org"', times);
      expect(statSync(file("a.org"))).toMatchObject({ uid: 12, gid: 34, mtimeMs: statSync(file("a")).mtimeMs });
      expect(modeOf("a.org")).toBe("640");
      write("a", "ours");
      good(shell, 'keep "$ROOT/a" "$ROOT/a.org"');
      expect([read("a.org"), names()]).toEqual(["original", ["a", "a.org"]]);
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
      const { out } = good(shell, 'followed "$ROOT/l" && inode', 'ln -s m "$ROOT/l"; ln -s f "$ROOT/m"');
      expect(out).toBe(`real ${file("f")}\ninode 81a4 0 0\nuser root\ngroup root\n`);
      const gone = 'mkdir "$ROOT/d"; ln -s d/e/f "$ROOT/n"';
      expect(run(shell, 'followed "$ROOT/n" && inode', gone).err).toMatch(
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

  it("content prints the sum, and the bytes where they are another's and few", () => {
    write("a", "x\n");
    const sum = sha256(Buffer.from("x\n"));
    expect(good(shell, `inode "$ROOT/a" >/dev/null; content`).out).toBe(`sha256 ${sum}\n`);
    expect(good(shell, `inode "$ROOT/a" >/dev/null; content ${sum}`).out).toBe(`sha256 ${sum}\n`);
    expect(good(shell, `inode "$ROOT/a" >/dev/null; content other`).out).toBe(`sha256 ${sum}\ncontent\nx\n`);
    expect(good(shell, `inode "$ROOT" >/dev/null; content other; inode "$ROOT/b" >/dev/null; content other`).out).toBe(
      "",
    );
  });

  it("symlink replaces a link at once, and leaves a directory", () => {
    good(shell, 'symlink b "$ROOT/a"; symlink "c d" "$ROOT/a"; [ "$(readlink "$ROOT/a")" = "c d" ]');
    const { code, err } = run(shell, 'symlink b "$ROOT/d"', 'mkdir "$ROOT/d"');
    expect(code).not.toBe(0);
    expect(err).toContain("could not be made; what was there is as it was");
    expect(names()).toEqual(["a", "d"]);
  });
});
