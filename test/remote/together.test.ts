/** What looks say when they are asked together is what each says alone, to the byte: guards compare the two. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eraseTypes } from "../../src/core/task-instance.ts";
import type { AnyTaskType } from "../../src/core/task-instance.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import type { Look } from "../../src/core/batch.ts";
import type { Controller } from "../../src/core/task-type.ts";
import { file } from "../../src/tasks/file.ts";
import { packageType } from "../../src/tasks/package.ts";
import { reachable } from "../../src/tasks/reachable.ts";
import { service } from "../../src/tasks/service.ts";
import { sysctl } from "../../src/tasks/sysctl.ts";
import { shells, spawned } from "./spawned.ts";

/** As systemctl(1) prints it of units on its list; SysV's scripts come first, and a unit without a file ends `is-enabled`. */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$CALLS"
verb=$1 next=
while [ "$1" != -- ]; do shift; done
shift
if [ "$verb" = is-enabled ]; then
  for unit; do case $unit in sysv*) echo enabled ;; esac; done
  for unit; do
    case $unit in
    sysv*) ;;
    gone*) echo "Failed to get unit file state for $unit: No such file or directory" >&2; exit 1 ;;
    off*) echo disabled ;;
    *) echo enabled ;;
    esac
  done
  exit 0
fi
for unit; do
  load=loaded active=active sub=running file=enabled
  case $unit in
  alias*) unit=web ;;
  sysv*) file=generated ;;
  gone*) load=not-found active=inactive sub=dead file= ;;
  off*) active=inactive sub=dead file=disabled ;;
  late*) if [ -e "$CALLS.late" ]; then sub=exited; else : >"$CALLS.late"; active=activating sub=start; fi ;;
  broken*) echo 'Failed to get properties' >&2; exit 1 ;;
  esac
  printf "$next"'Id=%s.service\\nLoadState=%s\\nActiveState=%s\\nSubState=%s\\n' "\${unit%.service}" $load $active $sub
  printf 'UnitFileState=%s\\n' "$file"
  next='\\n'
done
`;

const controller: Controller = { read: () => Promise.reject(new Error("no file")), render: () => "" };

async function lookOf(type: AnyTaskType, args: object, id: string): Promise<Look> {
  const closed = await type.instantiate(args, controller);
  if (!("evaluate" in closed)) throw new Error(JSON.stringify(closed));
  return { id, look: closed.look, from: "host" };
}

const looksOf = (type: AnyTaskType, all: readonly object[]): Promise<readonly Look[]> =>
  Promise.all(all.map((args, index) => lookOf(type, args, String(index))));

describe.each(shells)("with %s", (name, argv) => {
  let root: string;
  let session: ShellSession;
  let channel: ReturnType<typeof spawned>;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "dsrctl-together-"));
    const bin = join(root, "bin");
    mkdirSync(bin);
    // Busybox with nothing but its own tools, as far as it has them.
    if (name === "busybox") spawnSync("busybox", ["--install", "-s", bin]);
    writeFileSync(join(bin, "systemctl"), SYSTEMCTL, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, CALLS: join(root, "calls") };
    channel = spawned(argv, env);
    session = new ShellSession(channel, { shellSeconds: 10, lookSeconds: 20 });
  });
  afterEach(async () => {
    await session.close();
    await channel.ended;
    rmSync(root, { recursive: true });
  });

  const calls = (): readonly string[] => readFileSync(join(root, "calls"), "utf8").trim().split("\n");

  /** Together, and then each in a batch of its own. */
  async function same(looks: readonly Look[]): Promise<readonly string[]> {
    const together = await session.run({ steps: [], looks });
    for (const look of looks) {
      const alone = await session.run({ steps: [], looks: [look] });
      expect(together.looks.get(look.id)).toEqual(alone.looks.get(look.id));
    }
    return looks.map(({ id }) => together.looks.get(id)?.output.out ?? "");
  }

  test("files, whatever they are and are called", async () => {
    const at = (path: string): string => join(root, path);
    const names = ["f", "a file", "  two", "=odd", "it's", "st*r", "[f]", "back\\slash"];
    for (const each of names) writeFileSync(at(each), each);
    symlinkSync("f", at("link"));
    const paths = [...names, "link", "bin", "none", "none/none", "f/none"];
    const contents = paths.flatMap((path) => ["f", "other"].map((content) => ({ path: at(path), content })));
    const others = ["directory", "absent"].flatMap((state) => paths.map((path) => ({ path: at(path), state })));
    const out = await same(
      await looksOf(eraseTypes(file), [...contents, ...others, { path: at("link"), content: "f", follow: true }]),
    );
    expect(out[1]).toMatch(/^inode 81\w\w \d+ \d+\nuser .*\ngroup .*\nsha256 [0-9a-f]{64}\ncontent\nf$/);
  });

  test("an answer is forgotten with its batch", async () => {
    const path = join(root, "f");
    const looks = await looksOf(eraseTypes(file), [
      { path, content: "a" },
      { path: join(root, "g"), content: "a" },
    ]);
    writeFileSync(path, "a");
    const sums = [];
    for (const content of ["a", "b"]) {
      writeFileSync(path, content);
      sums.push(
        (await session.run({ steps: [], looks: sums.length === 0 ? looks : looks.slice(0, 1) })).looks.get("0")
          ?.checksum,
      );
    }
    expect(sums[0]).not.toBe(sums[1]);
  });

  test("of very many files each is found", async () => {
    const paths = Array.from({ length: 300 }, (_, index) => join(root, `a rather long name of a file ${index}`));
    for (const [index, path] of paths.entries()) if (index % 3 !== 0) writeFileSync(path, "");
    const looks = await looksOf(
      eraseTypes(file),
      paths.map((path) => ({ path, content: "" })),
    );
    const out = [...(await session.run({ steps: [], looks })).looks.values()].map(({ output }) => output.out);
    expect(out.map((text) => text.slice(0, 6))).toEqual(
      paths.map((_, index) => (index % 3 === 0 ? "absent" : "inode ")),
    );
  });

  test("keys of the kernel", async () => {
    const keys = [
      "net.ipv4.ip_forward",
      "kernel.ostype",
      "net.ipv4.conf.lo.rp_filter",
      "net.ipv4.no_such",
      "kernel.hostname",
    ];
    const out = await same(
      await looksOf(
        eraseTypes(sysctl),
        keys.map((key) => ({ name: key, value: "1" })),
      ),
    );
    expect([out[1], out[3]]).toEqual([
      expect.stringMatching(/^now\tLinux\n/),
      expect.stringMatching(/^none\nunreadable\n/),
    ]);
  });

  test("ports, with what time each is given", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const targets = [
      { address: "127.0.0.1", port },
      { address: "127.0.0.1", port: 1 },
      { address: "127.0.0.1", port: 1, timeout: 9 },
      { address: "::1", port: 1 },
      { address: "name.invalid", port },
    ];
    const looks = (await looksOf(eraseTypes(reachable), targets)).map((look) => ({ ...look, waitsForNetwork: true }));
    const out = await same(looks);
    server.close();
    expect(out.map((each) => each.trim())).toEqual(["open", "refused", "refused", "refused", "unresolved"]);
  });

  test("packages", async () => {
    const packages = ["dpkg", "awk", "no-such-package", "openssh-server", ["dpkg", "no-such-package", "awk"]];
    const out = await same(
      await looksOf(
        eraseTypes(packageType),
        packages.map((each) => ({ name: each })),
      ),
    );
    expect(out).toMatchObject(
      [
        ...[
          /^apt\ndpkg\tinstalled\t/,
          /^apt\n(awk\tnot-installed\t\n)?(awk\tby\t[gm]awk .*\n)+$/,
          /^apt\n$/,
          /openssh/,
        ],
        /^apt\n(awk\tnot-installed\t\n)?dpkg\tinstalled\t.*\n(awk\tby\t[gm]awk .*\n)+$/,
      ].map((each) => expect.stringMatching(each) as string),
    );
  });

  test("units: one call for what they are, one for whether they are enabled", async () => {
    const units = ["web", "lb.service", "off", "db"].map((each) => ({ name: each, state: "started", enabled: true }));
    const looks = await looksOf(eraseTypes(service), units);
    const out = [...(await session.run({ steps: [], looks })).looks.values()].map(({ output }) => output.out);
    expect(calls()).toHaveLength(2);
    expect(out[2]).toBe("unit=off.service\nload=loaded\nstate=stopped\nenabled=disabled\n");
    expect(await same(looks)).toEqual(out);
  });

  test.each([
    [["web", "sysv", "alias", "off", "gone", "off-sysv"]],
    [["late", "off", "web"]],
    [["broken", "web", "off"]],
  ])("units of all kinds: %s", async (units) => {
    const enabled = units.map((each) => ({ name: each, enabled: true }));
    const out = await same(await looksOf(eraseTypes(service), [...enabled, { name: "web", state: "started" }]));
    expect(out.at(-1)).toBe("unit=web.service\nload=loaded\nstate=started\n");
    if (units.includes("late")) expect(out[0]).toContain("state=started");
  });
});
