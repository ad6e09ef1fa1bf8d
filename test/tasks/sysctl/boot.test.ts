/**
 * What `sysctl` says of the next boot, held against systemd-sysctl itself: in a mount and network namespace of its own,
 * on files made at random.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { eraseTypes } from "../../../src/core/task-instance.ts";
import type { TaskInstance } from "../../../src/core/task-instance.ts";
import { standalone } from "../../../src/remote/shell/function-library.ts";
import { sysctl } from "../../../src/tasks/sysctl.ts";
import { deciding, lookAtSysctl, readLines } from "../../../src/tasks/parts/sysctl_d.ts";
import type { Controller, Output } from "../../../src/core/task-type.ts";

const SYSTEMD_SYSCTL = "/lib/systemd/systemd-sysctl";
const possible =
  process.getuid?.() === 0 && existsSync(SYSTEMD_SYSCTL) && spawnSync("unshare", ["-mn", "true"]).status === 0;

const DIRECTORIES = {
  etc: "/etc/sysctl.d",
  run: "/run/sysctl.d",
  local: "/usr/local/lib/sysctl.d",
  usr: "/usr/lib/sysctl.d",
};
type Directory = keyof typeof DIRECTORIES;

/** Paths below /proc/sys that do not touch one another; one of an interface with a dot in its name. */
const KEYS = ["net/ipv4/conf/lo/arp_ignore", "net/ipv4/conf/br.7/arp_ignore", "net/ipv4/conf/all/arp_ignore"] as const;
const SPELLINGS = [
  "net.ipv4.conf.lo.arp_ignore",
  "net/ipv4/conf/lo/arp_ignore",
  "net.ipv4.conf.br/7.arp_ignore",
  "net/ipv4/conf/br.7/arp_ignore",
  "net.ipv4.conf.all.arp_ignore",
  "net.ipv4.conf.*.arp_ignore",
  "net.ipv4.conf.b*.arp_ign?re",
  "net/ipv4/conf/[l-m]o/arp_ignore",
  "net.ipv4.conf.[!l]*.arp_ignore",
  "net.ipv4.*.arp_ignore",
  "net.ipv4.conf.lo.arp_notify",
] as const;

interface Line {
  readonly before: string;
  readonly sign: string;
  readonly key: string;
  readonly equals: string;
  readonly value: string;
}

const line = fc
  .record({
    before: fc.constantFrom("", "", "", " ", "\t", "# ", ";"),
    sign: fc.constantFrom("", "", "", "-"),
    key: fc.constantFrom(...SPELLINGS),
    equals: fc.constantFrom("=", " = ", "\t=  ", "=", ""),
    value: fc.constantFrom("0", "1", "2", "3"),
  })
  .map((it: Line) => `${it.before}${it.sign}${it.key}${it.equals}${it.equals === "" ? "" : it.value}`);

const file = fc.record({
  directory: fc.constantFrom<Directory>("etc", "run", "local", "usr"),
  name: fc.constantFrom("10-a.conf", "50-b.conf", "90-c.conf", "99-sysctl.conf", "99-zz-z.conf", "README"),
  text: fc.oneof(
    { weight: 9, arbitrary: fc.array(line, { maxLength: 4 }).map((lines) => lines.join("\n")) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});
const layout = fc.uniqueArray(file, { maxLength: 8, selector: (it) => `${it.directory}/${it.name}` });
type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;

const root = mkdtempSync(join(tmpdir(), "dsrctl-sysctl-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Puts the files into directories that the namespace has in the places of the real ones; null: a link to /dev/null. */
function write(files: Layout): void {
  rmSync(root, { recursive: true });
  for (const directory of Object.keys(DIRECTORIES)) mkdirSync(join(root, directory), { recursive: true });
  for (const { directory, name, text } of files) {
    if (text === null) symlinkSync("/dev/null", join(root, directory, name));
    else writeFileSync(join(root, directory, name), `${text}\n`);
  }
}

const SCENE = `set -e
mount -t tmpfs none /run; mount -t tmpfs none /usr/local/lib; mkdir /run/sysctl.d /usr/local/lib/sysctl.d
${Object.entries(DIRECTORIES)
  .map(([directory, place]) => `mount --bind ${root}/${directory} ${place}`)
  .join("\n")}
ip link add br.7 type bridge
unset_all() { for key in ${KEYS.join(" ")}; do echo 77 >/proc/sys/$key; done; }
unset_all
export LC_ALL=C
${standalone(lookAtSysctl("a"))}`;

function inside(script: string, awk: string): Output {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(awk, join(bin, "awk"));
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` };
  const { status, stdout, stderr } = spawnSync("unshare", ["-mn", "sh"], { input: `{\n${SCENE}\n${script}\n}\n`, env });
  return { code: status ?? 255, out: stdout.toString(), err: stderr.toString(), bytes: stdout };
}

/** Each is two or three processes and a namespace: some 50 ms. */
const RUNS = Number(process.env.DSRCTL_TEST_RUNS ?? 15);
const BOOT = `${SYSTEMD_SYSCTL} 2>/dev/null || :`;
const AWKS = ["/usr/bin/mawk", "/usr/bin/gawk", "/bin/busybox"].filter((awk) => existsSync(awk));

/** What we say each key will be (77: what it was before), and what systemd-sysctl made of it. */
function saidAndDone(files: Layout, awk: string): { said: readonly string[]; done: readonly string[] } {
  write(files);
  const looks = KEYS.map((key) => `(\n${lookAtSysctl(key).text()}\n) </dev/null; echo ---`).join("\n");
  const { code, out, err } = inside(
    `${looks}\n${BOOT}\nfor key in ${KEYS.join(" ")}; do cat /proc/sys/$key; done`,
    awk,
  );
  if (code !== 0) throw new Error(err);
  const parts = out.split("---\n");
  const done = (parts.pop() ?? "").trim().split("\n");
  const said = parts.map((part, index) => {
    const found = deciding(readLines(part.split("\n")), KEYS[index] ?? "");
    return found === undefined || found.is === "except" ? "77" : found.value;
  });
  return { said, done };
}

async function closed(file?: string): Promise<TaskInstance> {
  const name = "net.ipv4.conf.br/7.arp_ignore";
  const found = await eraseTypes(sysctl).instantiate(
    { name, value: 5, ...(file === undefined ? {} : { file }) },
    {} as Controller,
  );
  if (!("evaluate" in found)) throw new Error("the arguments are wrong");
  return found;
}

describe.skipIf(!possible)("systemd-sysctl, and what we say of it", () => {
  for (const awk of AWKS) {
    it(`agree (${awk})`, { timeout: 120_000 }, () => {
      fc.assert(
        fc.property(layout, (files) => {
          const { said, done } = saidAndDone(files, awk);
          expect(said).toEqual(done);
        }),
        { numRuns: RUNS },
      );
    });
  }

  it("agree that what the task writes comes true at boot, or that it cannot", { timeout: 120_000 }, async () => {
    const task = await closed("/etc/sysctl.d/90-c.conf");
    const look = `(\n${task.look.text()}\n) </dev/null`;
    const awk = AWKS[0] ?? "";
    fc.assert(
      fc.property(layout, (files) => {
        fc.pre(
          !files.some(({ directory, name, text }) => directory === "etc" && name === "90-c.conf" && text === null),
        );
        write(files);
        const judged = task.evaluate(inside(look, awk));
        if (judged.is === "blocked") {
          expect(judged.why).toMatch(/99-(sysctl|zz-z)\.conf:\d+ (sets it to \d|keeps it from being set) after/);
          return;
        }
        if (judged.is !== "change") throw new Error(`judged ${judged.is}: nothing sets 5`);
        write(files);
        const act = `${standalone(judged.act)}\n(set -e\n${judged.act.text()}\n) </dev/null`;
        const after = inside(`${act}\n${look}\nunset_all\n${BOOT}\necho\ncat /proc/sys/${KEYS[1]}`, awk);
        const [seen = "", value = ""] = after.out.split("\n\n");
        expect(value.trim(), after.err).toBe("5");
        expect(task.evaluate({ ...after, out: seen }).is).toBe("right");
      }),
      { numRuns: RUNS },
    );
  });
});
