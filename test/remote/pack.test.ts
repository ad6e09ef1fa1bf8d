/** The package as npm makes it, installed where nothing else is: what is bundled is no dependency of it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "../cli/program.ts";

const dir = mkdtempSync(join(tmpdir(), "dsrctl-pack-"));
const installed = join(dir, "node_modules/dsrctl");

beforeAll(() => {
  const program = bundle();
  const quiet = { encoding: "utf8" as const };
  for (const each of ["LICENSE", "README.md", "CHANGELOG.md", "playbooks", "inventories"])
    execFileSync("cp", ["-r", each, join(program.dist, "..")]);
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", join(program.dist, ".."), "--json"], {
    ...quiet,
    cwd: dir,
  });
  program.remove();
  const [{ filename }] = JSON.parse(packed) as [{ readonly filename: string }];
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", "--prefix", dir, join(dir, filename)], quiet);
});
afterAll(() => rmSync(dir, { recursive: true }));

function run(...argv: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(join(dir, "node_modules/.bin/dsrctl"), argv, {
    encoding: "utf8",
    cwd: dir,
  });
  return { status, out: stdout + stderr };
}

test("it brings no other package", () => {
  expect(readdirSync(join(dir, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["dsrctl"]);
});

test("it has its licence, and those of what is bundled", () => {
  expect(readFileSync(join(installed, "LICENSE"), "utf8")).toMatch(/^MIT License/);
  const others = readFileSync(join(installed, "dist/licenses.txt"), "utf8");
  for (const name of ["ssh2", "yaml", "yargs", "zod", "listr2", "asn1"])
    expect(others).toMatch(new RegExp(`^${name} \\d`, "m"));
});

test("it says its version and its help", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
  expect(run("--version")).toEqual({ status: 0, out: `${version}\n` });
  expect(run("--help").out).toContain("dsrctl play PLAYBOOK -i INVENTORY");
});

test("it plays, with a local connection", () => {
  writeFileSync(join(dir, "hosts.yml"), "all: { hosts: { here: { ansible_connection: local } } }\n");
  const tasks = [{ file: { path: join(dir, "made"), state: "directory" } }];
  writeFileSync(join(dir, "site.yml"), JSON.stringify([{ hosts: "all", tasks }]));
  const played = run("play", "site.yml", "-i", "hosts.yml");
  expect(played.status, played.out).toBe(0);
  expect(readdirSync(dir)).toContain("made");
});

test("the whole site and the lab's inventory come with it", () => {
  const { status, out } = run(
    "play",
    join(installed, "playbooks/site.yml"),
    "-i",
    join(installed, "inventories/lab"),
    "--syntax-check",
  );
  expect(status, out).toBe(0);
});
