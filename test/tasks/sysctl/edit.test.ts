/** Editing one file of sysctl.d: only the task's own lines change, and the file is replaced whole. */
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { editFile } from "../../../src/tasks/parts/sysctl_d.ts";
import { actFor, SHELLS, withRoot } from "../real.ts";

const KEY = "net/ipv4/ip_forward";
const WANTED = "net.ipv4.ip_forward = 0";

const CASES = [
  { name: "no file yet", before: undefined, assignment: WANTED, after: "net.ipv4.ip_forward = 0\n" },
  {
    name: "another value, among comments and others' lines",
    before: "# ours\n\n net.ipv4.ip_forward=1\nvm.swappiness = 10\n; net.ipv4.ip_forward = 1\n",
    assignment: WANTED,
    after: "# ours\n\nnet.ipv4.ip_forward = 0\nvm.swappiness = 10\n; net.ipv4.ip_forward = 1\n",
  },
  {
    name: "several, in every spelling, and a last line without its end",
    before:
      "net/ipv4/ip_forward = 1\na.b = 'x'\n-net.ipv4.ip_forward = 2\n-net.ipv4.ip_forward\nc.d=$(id)\\n\nnet.ipv4.ip_forward =1",
    assignment: WANTED,
    after: "net.ipv4.ip_forward = 0\na.b = 'x'\nc.d=$(id)\\n\n",
  },
  {
    name: "a longer key and a pattern are not the key",
    before: "net.ipv4.ip_forward_use_pmtu = 1\nnet.ipv4.ip_forw* = 1\n",
    assignment: WANTED,
    after: "net.ipv4.ip_forward_use_pmtu = 1\nnet.ipv4.ip_forw* = 1\nnet.ipv4.ip_forward = 0\n",
  },
  { name: "taken out", before: "a.b = 1\nnet.ipv4.ip_forward = 1\n", assignment: "", after: "a.b = 1\n" },
  { name: "taken out, and nothing is left", before: "net.ipv4.ip_forward = 1\n\n", assignment: "", after: undefined },
] as const;

describe.each(SHELLS)("under $name", (shell) => {
  it.each(CASES)("$name", async ({ before, assignment, after }) => {
    await withRoot(async (root) => {
      const file = join(root, "it's a directory", "99-x.conf");
      const directory = join(root, "it's a directory");
      const edit = editFile(file, KEY, assignment);
      if (before !== undefined) {
        expect(actFor(shell, editFile(file, KEY, WANTED), root).code).toBe(0);
        writeFileSync(file, before);
        chmodSync(file, 0o640);
      }
      const done = actFor(shell, edit, root);
      expect(done.code, done.err).toBe(0);
      expect(existsSync(file) ? readFileSync(file, "utf8") : undefined).toBe(after);
      if (after !== undefined) expect(statSync(file).mode & 0o777).toBe(before === undefined ? 0o644 : 0o640);
      expect(readdirSync(directory)).toEqual(after === undefined ? [] : ["99-x.conf"]);
      await Promise.resolve();
    });
  });

  it("refuses to write through a link", async () => {
    await withRoot(async (root) => {
      const file = join(root, "99-sysctl.conf");
      symlinkSync("/dev/null", file);
      const done = actFor(shell, editFile(file, KEY, WANTED), root);
      expect(done.code).not.toBe(0);
      expect(done.err).toContain("is a symbolic link to /dev/null; it was not touched");
      await Promise.resolve();
    });
  });
});
