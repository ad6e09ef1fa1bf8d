/** A test that starts a program which no script of the project installs passes here and fails on a fresh machine. */
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import packages from "../scripts/packages.json" with { type: "json" };

const HERE = import.meta.dirname;

/** What every Debian has: programs of packages that are essential, and Node. */
const ESSENTIAL = `bash cat chmod chown chroot cksum cp cut dash date dd df dpkg dpkg-query env expr false find flock getent grep gzip
  head hostname id kill ln ls md5sum mkdir mkfifo mktemp mv node npm nsenter perl printf pwd readlink rm rmdir sed seq setpriv
  setsid sh sha256sum sleep sort stat sync tail tar tee test timeout touch tr true uname unshare wc xargs script`;

/** The lab installs what it needs itself (src/lab/packages.ts), and asks for root and Debian first. */
const LAB = "ip nc systemd-nspawn mmdebstrap linux.uml";

/** Paths that the tests themselves make or that must not be there, and hosts' paths in cases. */
const MADE = "migrate it tell dig gone keys nginx";

const known = new Set(
  [ESSENTIAL, LAB, MADE]
    .flatMap((text) => text.split(/\s+/))
    .concat(Object.values({ ...packages.always, ...packages.services }).flat()),
);

/** Names of programs that a source starts: first words of a start, `command -v`, and paths in directories of programs. */
function programsIn(text: string): readonly string[] {
  const started = text.matchAll(/\b(?:spawn|spawnSync|exec|execFile|execFileSync)\(\s*\[?"([\w./+-]+)"/g);
  const asked = text.matchAll(/command -v ([\w.+-]+)/g);
  const paths = text.matchAll(/(?<![\w.}])\/(?:usr\/)?s?bin\/(\w[\w.+-]*)/g);
  return [...started, ...asked, ...paths].map(([, name = ""]) => basename(name));
}

test("every program that the tests start is installed by `npm test`, or on every Debian", () => {
  const files = readdirSync(HERE, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("programs"),
  );
  const strangers = files.flatMap((file) =>
    programsIn(readFileSync(join(HERE, file), "utf8"))
      .filter((name) => !known.has(name))
      .map((name) => `${file}: ${name}`),
  );
  expect(strangers).toEqual([]);
});

test("a stranger is found", () => {
  expect(programsIn('spawn("socat", []); execFileSync("/opt/x"); "/usr/bin/strace -f"; `command -v jq`')).toEqual([
    "socat",
    "x",
    "jq",
    "strace",
  ]);
});
