/** Files of known_hosts at random: a real ssh, asked with the same file, accepts the host where we do. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Unreachable } from "../../src/core/problem.ts";
import { knownHost } from "../../src/remote/ssh/known-hosts.ts";
import type { Target } from "../../src/core/target.ts";
import { keygen, publicKey, sshdMissing, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 60);
const run = promisify(execFile);
/** Stand for the port and for keys that are there only when the test runs. */
const HOSTS = [
  ...["[127.0.0.1]:PORT", "[127.0.0.1]:PORT", "127.0.0.1", "|[127.0.0.1]:PORT", "|127.0.0.1", "|Web1", "|web1"],
  ...["[127.0.0.*]:PORT", "[127.0.0.1]:*", "*", "?27.0.0.1", "[127.0.0.1]:PORT,web9", "a,b,*.1]:PORT", "[127.0.0.1]:1"],
  ...["*,!127.0.0.1", "*,![127.0.0.1]:PORT", "![127.0.0.1]:PORT,*", "![127.0.0.1]:PORT", "!web9,*", "127.0.0.?,!*.1"],
  ...[
    "web1",
    "WEB1",
    "Web1",
    "we?1",
    "W*",
    "*,!WEB1",
    "web9",
    "",
    ",",
    "!",
    "[127.0.0.1]",
    "|1|x|y",
    "|1||",
    "127.0.0",
  ],
];
const KEYS = ["ed25519", "ed25519", "rsa", "rsa", "other-ed25519", "other-rsa"];
const WRONG = [
  ...["", "# [127.0.0.1]:PORT KEY", "[127.0.0.1]:PORT", "[127.0.0.1]:PORT ssh-ed25519", "@new [127.0.0.1]:PORT KEY"],
  ...[
    "[127.0.0.1]:PORT ssh-ed25519 !!!",
    "[127.0.0.1]:PORT ssh-rsa BASE",
    "[127.0.0.1]:PORT nonsense BASE",
    "@revoked",
  ],
  ...[
    "@revoked [127.0.0.1]:PORT ssh-ed25519",
    "@revoked @revoked * KEY",
    "[127.0.0.1]:PORT BASE ssh-ed25519",
    "\0 KEY",
  ],
  ...["#@revoked * KEY", "  # * KEY", "@REVOKED * KEY", "@revoked,@cert-authority * KEY", "[127.0.0.1]:PORT 256 1 2"],
];
const right = fc
  .record({
    lead: fc.constantFrom("", "", " ", "\t"),
    // Behind a marker no tab: ssh passes over such a line, where we take it at its word.
    marker: fc.constantFrom("", "", "", "", "@revoked ", "@cert-authority "),
    hosts: fc.constantFrom(...HOSTS),
    space: fc.constantFrom(" ", " ", "  ", "\t"),
    key: fc.constantFrom(...KEYS),
    trail: fc.constantFrom("", "", " a comment", " # x", "\r", " "),
  })
  .map(({ lead, marker, hosts, space, key, trail }) => `${lead}${marker}${hosts}${space}<${key}>${trail}`);
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: right }, fc.constantFrom(...WRONG)), { minLength: 1, maxLength: 4 })
  .map((lines) => lines.join("\n"));

let sshd: Sshd;
let directory: string;
beforeAll(async () => {
  if (sshdMissing !== undefined) return;
  directory = mkdtempSync(join(tmpdir(), "dsrctl-known-"));
  sshd = await startSshd({ hostKeys: ["ed25519", "rsa"] });
  for (const type of ["ed25519", "rsa"] as const) keygen(join(directory, `other-${type}`), type);
});
afterAll(async () => {
  if (sshdMissing !== undefined) return;
  await sshd.stop();
  rmSync(directory, { recursive: true });
});

function keyOf(name: string): string {
  return publicKey(name.startsWith("other") ? join(directory, `${name}.pub`) : join(sshd.dir, `host_${name}.pub`));
}

/** A name after `|` is written hashed, as `ssh-keygen -H` does it. */
function written(template: string): string {
  const line = template
    .replaceAll("PORT", String(sshd.port))
    .replace(/<(.*?)>/, (_, name: string) => keyOf(name))
    .replace("KEY", keyOf("ed25519"))
    .replace("BASE", keyOf("ed25519").split(" ")[1]!);
  const name = /\|((?!1\|)\S+)/.exec(line)?.[1];
  return name === undefined ? line : line.replace(`|${name}`, hashed(name));
}

function hashed(name: string): string {
  const file = join(directory, "hash");
  writeFileSync(file, `${name} ${keyOf("rsa")}\n`);
  execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "pipe" });
  return execFileSync("cut", ["-d ", "-f1", file]).toString().trim();
}

async function theirs(file: string, alias: string | undefined, algorithms?: readonly string[]): Promise<boolean> {
  const options = {
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: file,
    GlobalKnownHostsFile: "/dev/null",
    BatchMode: "yes",
    UpdateHostKeys: "no",
    IdentitiesOnly: "yes",
    ...(alias === undefined ? {} : { HostKeyAlias: alias }),
    ...(algorithms === undefined ? {} : { HostKeyAlgorithms: algorithms.join() }),
  };
  const argv = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  try {
    const login = ["-i", sshd.userKeyPath, "-p", String(sshd.port), "root@127.0.0.1", "true"];
    await run("ssh", ["-F", "none", ...argv, ...login]);
    return true;
  } catch (error) {
    const { stderr } = error as { stderr: string };
    expect(stderr).toMatch(/Host key verification failed|no hostkey alg|REVOKED|revoked/);
    return false;
  }
}

function using(file: string, alias: string | undefined): Target {
  return targetOf(sshd, { knownHosts: [file], hostKeyAlias: alias });
}

/**
 * Where only the address without the port is known, ssh asks the host for the type of key it likes best and refuses it
 * when another is known; we ask for the known one. Asked for that, ssh has to accept it.
 */
async function theirsWithOurAlgorithms(file: string, alias: string | undefined): Promise<boolean> {
  return theirs(file, alias, (await knownHost(using(file, alias))).algorithms);
}

async function ours(file: string, alias: string | undefined): Promise<boolean> {
  try {
    await withTransport(using(file, alias), () => Promise.resolve());
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(Unreachable);
    expect(error).toMatchObject({ stage: "host-key" });
    return false;
  }
}

it.skipIf(sshdMissing)("accepts and refuses what ssh does", { timeout: 600_000 }, async () => {
  let count = 0;
  const answers = new Set<boolean>();
  const property = fc.asyncProperty(text, fc.constantFrom(undefined, undefined, "Web1"), async (template, alias) => {
    const content = template.split("\n").map(written).join("\n");
    const file = join(directory, `known_hosts_${(count += 1)}`);
    writeFileSync(file, content);
    const [said, plain] = await Promise.all([ours(file, alias), theirs(file, alias)]);
    const expected = said && !plain ? await theirsWithOurAlgorithms(file, alias) : plain;
    answers.add(expected);
    expect(said, `ssh ${expected ? "accepts" : "refuses"} with\n${content}`).toBe(expected);
  });
  await fc.assert(property, { numRuns: RUNS });
  expect(answers.size).toBe(2);
});
