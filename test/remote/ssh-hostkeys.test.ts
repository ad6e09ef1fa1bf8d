/** Host keys: what known_hosts says (ssh-keygen -F is the oracle), and that nothing else is accepted. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  fingerprint,
  keyName,
  knownHost,
  addKnownHost,
  matches,
  parseKnownHosts,
} from "../../src/remote/ssh/known-hosts.ts";
import type { Target } from "../../src/core/target.ts";
import { containing, failureOf } from "./faults.ts";
import { keygen, publicKey, runOn, sshdMissing, startSshd, targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

describe("lines of known_hosts", () => {
  it.each([
    ["web1", "web1", true],
    ["web1", "web10", false],
    ["web1,10.0.0.1", "10.0.0.1", true],
    ["WEB1", "web1", true],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "example.com", false],
    ["web?", "web1", true],
    ["web?", "web12", false],
    ["*,!web1", "web1", false],
    ["!web1,*", "web2", true],
    ["!web1", "web2", false],
    ["[10.0.0.1]:2222", "[10.0.0.1]:2222", true],
    ["[10.0.0.1]:2222", "10.0.0.1", false],
    ["[*]:2222", "[10.0.0.1]:2222", true],
    ["10.0.0.1", "10.0.0x1", false],
    ["a.b", "aXb", false],
    ["|1|nonsense", "web1", false],
    ["|2|x|y", "web1", false],
  ])("%s is about %s: %s", (hosts, name, expected) => {
    expect(matches(hosts, name)).toBe(expected);
  });

  it("ssh-keygen finds the same in a file of every kind of line, hashed or not", () => {
    const dir = mkdtempSync(join(tmpdir(), "dsrctl-hosts-"));
    keygen(join(dir, "k"), "ed25519");
    const key = publicKey(join(dir, "k.pub"));
    const hosts = [
      "web1",
      "[web1]:2222",
      "10.0.0.1,web2",
      "*.lan",
      "a?c",
      "*.org,!bad.org",
      "[*.net]:22022",
      "fe80::1",
    ];
    const file = join(dir, "known_hosts");
    writeFileSync(file, hosts.map((each) => `${each} ${key}\n`).join(""));
    const names =
      "web1 web2 [web1]:2222 [web2]:2222 10.0.0.1 x.lan lan abc ac a.org bad.org [z.net]:22022 z.net fe80::1".split(
        " ",
      );
    const compare = () => {
      const lines = parseKnownHosts(readFileSync(file, "utf8"), file);
      for (const name of names) {
        const theirs = spawnSync("ssh-keygen", ["-F", name, "-f", file]).status === 0;
        expect([name, lines.some((line) => matches(line.hosts, name))]).toEqual([name, theirs]);
      }
    };
    compare();
    spawnSync("ssh-keygen", ["-H", "-f", file]);
    expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);
    compare();
    rmSync(dir, { recursive: true });
  });

  it("markers, comments, blank lines, trailing comments, CRLF; what is not understood is passed over", () => {
    const text =
      "# c\n\n  web1 ssh-rsa AAAA a comment\r\n@revoked * ssh-rsa BBBB\n@cert-authority *.x ssh-rsa CCCC\n@new x y z\nshort\n";
    expect(parseKnownHosts(text, "f").map(({ marker, hosts, key, line }) => [marker, hosts, key, line])).toEqual([
      ["none", "web1", "AAAA", 3],
      ["revoked", "*", "BBBB", 4],
      ["cert-authority", "*.x", "CCCC", 5],
    ]);
  });
});

describe.skipIf(sshdMissing)(`host keys at a real sshd${sshdMissing ? ` (skipped: ${sshdMissing})` : ""}`, () => {
  let sshd: Sshd;
  let other: string;
  beforeAll(async () => {
    sshd = await startSshd({ hostKeys: ["ed25519", "rsa", "ecdsa"] });
    keygen(join(sshd.dir, "other"), "ed25519");
    other = publicKey(join(sshd.dir, "other.pub"));
  });
  afterAll(() => sshd.stop());

  let count = 0;
  const file = (text: string): string => {
    const path = join(sshd.dir, `known_hosts_${(count += 1)}`);
    writeFileSync(path, text);
    return path;
  };
  const key = (type: string) => publicKey(join(sshd.dir, `host_${type}.pub`));
  const name = () => `[127.0.0.1]:${sshd.port}`;
  const using = (...knownHosts: string[]): Target => targetOf(sshd, { knownHosts });
  const works = (target: Target) => withTransport(target, async (host) => (await runOn(host, "echo fine")).out);
  const sha = (path: string) => execFileSync("ssh-keygen", ["-lf", path]).toString().split(" ")[1]!;

  it.each(["ed25519", "rsa", "ecdsa"])(
    "a host that is known by its %s key only is known, though it has others",
    async (type) => {
      expect(await works(using(file(`${name()} ${key(type)}\n`)))).toBe("fine\n");
    },
  );

  it("in any of several files, hashed, by pattern, by an alias, without a port", async () => {
    const hashed = file(`${name()} ${key("rsa")}\n`);
    execFileSync("ssh-keygen", ["-H", "-f", hashed], { stdio: "pipe" });
    expect(await works(using("/nonexistent/known_hosts", file(""), hashed))).toBe("fine\n");
    expect(await works(using(file(`[127.0.0.*]:* ${key("ed25519")}\n`)))).toBe("fine\n");
    expect(await works({ ...using(file(`web1 ${key("ed25519")}\n`)), hostKeyAlias: "WEB1" })).toBe("fine\n");
    expect(await works(using(file(`127.0.0.1 ${key("rsa")}\n`)))).toBe("fine\n");
  });

  it("unknown: fingerprint, and how to check it and what to run", async () => {
    const error = await failureOf(using(file("")));
    expect(error).toMatchObject({ stage: "host-key", retry: false });
    expect(error.message).toBe(
      `the host key is not known: ssh-ed25519 ${sha(join(sshd.dir, "host_ed25519.pub"))} for \`${name()}\``,
    );
    expect(error.hint).toContain("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
    expect(error.hint).toContain(`ssh-keyscan -t ed25519 -p ${sshd.port} 127.0.0.1 >> `);
    expect(sshd.log()).not.toContain("Accepted publickey for root from 127.0.0.1 port 0");
  });

  it("unknown, and the command of the hint makes it known", async () => {
    const path = file("");
    const error = await failureOf(using(path));
    execFileSync("sh", ["-c", error.hint!.split("then: ")[1]!], { stdio: "pipe" });
    expect(await works(using(path))).toBe("fine\n");
  });

  it("known by an alias that ssh-keyscan cannot write: the hint holds the line", async () => {
    const path = file("");
    const target = { ...using(path), hostKeyAlias: "web1" };
    const error = await failureOf(target);
    execFileSync("sh", ["-c", error.hint!.split("then: ")[1]!], { stdio: "pipe" });
    expect(readFileSync(path, "utf8")).toBe(`web1 ${key("ed25519")}\n`);
    expect(await works(target)).toBe("fine\n");
  });

  it("F19 changed: named as that, with the place of the old key", async () => {
    const path = file(`# a comment\n${name()} ${other}\n`);
    const error = await failureOf(using(path));
    expect(error).toMatchObject({ stage: "host-key", retry: false });
    expect(error.message).toBe(
      `the host key has changed: the host shows ssh-ed25519 ${sha(join(sshd.dir, "host_ed25519.pub"))}, ` +
        `known is ssh-ed25519 ${sha(join(sshd.dir, "other.pub"))} (${path}:2)`,
    );
    expect(error.hint).toContain(`ssh-keygen -R '${name()}' -f ${path}`);
  });

  it("changed is refused under accept-new as well, and nothing is written", async () => {
    const path = file(`${name()} ${other}\n`);
    const before = readFileSync(path, "utf8");
    const error = await failureOf({ ...using(path), hostKeys: "accept-new" });
    expect(error.message).toMatch(/^the host key has changed/);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("F19 a new key between two connections of one run is refused", async () => {
    const first = await startSshd();
    const target = targetOf(first);
    expect(await works(target)).toBe("fine\n");
    const known = readFileSync(first.knownHosts, "utf8");
    const { port } = first;
    await first.stop();
    const second = await startSshd({ port });
    const path = file(known);
    const error = await failureOf({ ...target, keys: [second.userKeyPath], knownHosts: [path] });
    await second.stop();
    expect(error.message).toMatch(/^the host key has changed/);
  });

  it("another type than the known one, which the host has no more: changed", async () => {
    const own = await startSshd({ hostKeys: ["rsa"] });
    const path = file(`[127.0.0.1]:${own.port} ${other}\n`);
    const error = await failureOf(targetOf(own, { knownHosts: [path] }));
    await own.stop();
    expect(error.message).toMatch(
      /^the host key has changed: the host shows ssh-rsa SHA256:\S+, known is ssh-ed25519 /,
    );
  });

  it("a line without the port that has another key proves nothing wrong: unknown", async () => {
    const error = await failureOf(using(file(`127.0.0.1 ${other}\n`)));
    expect(error.message).toMatch(/^the host key is not known/);
  });

  it("@revoked refuses a key that is known elsewhere, also under accept-new", async () => {
    const path = file(`@revoked * ${key("ed25519")}\n`);
    for (const hostKeys of ["strict", "accept-new"] as const) {
      const error = await failureOf({ ...using(sshd.knownHosts, path), hostKeys });
      expect(error).toMatchObject({ stage: "host-key", message: containing(`is revoked (${path}:1)`) });
    }
  });

  it("@cert-authority accepts nothing, and says that it is not supported", async () => {
    const path = file(`@cert-authority * ${key("ed25519")}\n`);
    for (const hostKeys of ["strict", "accept-new"] as const) {
      const error = await failureOf({ ...using(path), hostKeys });
      expect(error.message).toContain(
        `the @cert-authority at ${path}:1 does not count, host certificates are not supported`,
      );
    }
  });

  it("accept-new writes the key down, once proved, and is strict from then on", async () => {
    const path = join(sshd.dir, "fresh", "known_hosts");
    const target: Target = { ...using(path), hostKeys: "accept-new" };
    expect(await works(target)).toBe("fine\n");
    expect(readFileSync(path, "utf8")).toBe(`${name()} ${key("ed25519")}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await works(target)).toBe("fine\n");
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2);
    expect(await works({ ...target, hostKeys: "strict" })).toBe("fine\n");
  });

  it("accept-new writes one line for a machine that is met under many names at once, and takes one key for a name", async () => {
    const path = join(sshd.dir, "many", "known_hosts");
    const target: Target = { ...using(path), hostKeys: "accept-new" };
    const names = Array.from({ length: 30 }, (_, index) => `name${index}`);
    expect(await Promise.all(names.map((each) => works({ ...target, name: each })))).toEqual(names.map(() => "fine\n"));
    expect(readFileSync(path, "utf8")).toBe(`${name()} ${key("ed25519")}\n`);
    const both = [key("rsa"), key("ecdsa")].map((each) => Buffer.from(each.split(" ")[1]!, "base64"));
    const alias = { ...target, hostKeyAlias: "balanced" };
    expect((await Promise.all(both.map((each) => addKnownHost(alias, each)))).map(({ is }) => is)).toEqual([
      "known",
      "changed",
    ]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(3);
  });

  it("accept-new begins a line of its own behind a file without a last newline", async () => {
    const path = file(`web9 ${other}`);
    expect(await works({ ...using(path), hostKeys: "accept-new" })).toBe("fine\n");
    expect(readFileSync(path, "utf8")).toBe(`web9 ${other}\n${name()} ${key("ed25519")}\n`);
  });

  it("accept-new with a file that cannot be written: the key is not accepted", async () => {
    const error = await failureOf({ ...using("/proc/known_hosts"), hostKeys: "accept-new" });
    expect(error).toMatchObject({ stage: "host-key", message: containing("cannot be written") });
  });

  it("a file that cannot be read is told, not taken for empty", async () => {
    const error = await failureOf(using(sshd.dir));
    expect(error).toMatchObject({ stage: "host-key", message: containing("cannot be read") });
  });

  it("names and fingerprints are ssh-keygen's", async () => {
    expect(keyName(targetOf(sshd, { address: "Web1.Example", port: 22 }))).toBe("web1.example");
    expect(keyName(targetOf(sshd, { address: "fe80::1", port: 2222 }))).toBe("[fe80::1]:2222");
    expect(fingerprint(Buffer.from(key("rsa").split(" ")[1]!, "base64"))).toBe(sha(join(sshd.dir, "host_rsa.pub")));
    expect((await knownHost(using(sshd.knownHosts))).algorithms[0]).toBe("ssh-ed25519");
    expect((await knownHost(using(file(`${name()} ${key("rsa")}\n`)))).algorithms.slice(0, 2)).toEqual([
      "rsa-sha2-512",
      "rsa-sha2-256",
    ]);
  });
});
