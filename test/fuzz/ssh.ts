import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Problem } from "../../src/core/problem.ts";
import { matches, parseKnownHosts } from "../../src/remote/ssh/known-hosts.ts";
import { readSshConfig } from "../../src/ssh-config/config.ts";
import { amongLines } from "./planted.ts";
import type { Reader } from "./reader.ts";

/** What both formats are made of. */
const WORDS = [
  ...["Host", "Match", "exec", "host", "final", "all", "Include", "Port", "ProxyJump", "ProxyCommand", "IdentityFile"],
  ...["IgnoreUnknown", "UserKnownHostsFile", "StrictHostKeyChecking", "__proto__", "constructor", "toString"],
  ...["*", "?", "!", ",", "%h", "%", "%%", "${", "}", "${HOME}", "~", "~x/", '"', "'", "\\", "=", "#", "\t", " ", "\n"],
  ...["\r\n", "\0", "\u{1f600}", "\ufeff", "a", "web1", "22", "65536", "-1", "[h]:22", "|1|", "@revoked"],
  ...["ssh-ed25519", "@cert-authority", "AAAAC3NzaC1lZDI1NTE5", "=="],
];
const texts = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: "binary", maxLength: 4 })), {
    maxLength: 60,
  })
  .map((parts) => parts.join(""));

const NAMES = ["web1", "__proto__", "constructor", "[h]:22", "h.example.org"];

const directory = mkdtempSync(join(tmpdir(), "dsrctl-fuzz-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const config: Reader = {
  name: "ssh-config",
  texts,
  planted: amongLines(
    fc.constantFrom(
      ...["", "# text", "Host web* !web9", "  Port = 2222", "User=ann", 'IdentityFile "~/a b" # c', "\tProxyJump none"],
      ...["Match host web1,web2 user ann", "ProxyCommand nc -X '5 %h %p", "SomethingNew yes", "ProxyJump a@b:22,c # d"],
    ),
    [
      ["Port 0", "0"],
      ["  Port = twenty # c", "twenty"],
      ["ServerAliveInterval 1 x", "x"],
      ["StrictHostKeyChecking='perhaps'", "'perhaps'"],
      ["IdentitiesOnly ja", "ja"],
      ["ProxyJump a:0", "a:0"],
      ["ProxyJump b,a@", "b,a@"],
      ["ProxyJump @b", "@b"],
      ["ProxyJump =  a,,b  # c", "a,,b"],
      ["ProxyJump==", "="],
      ["User", "User"],
      ['HostName "open', '"'],
      ["IdentityFile a none", "none"],
      ["Match nonsense x", "nonsense"],
      ["Match host", "host"],
      ["Host", "Host"],
      ['Host a ""', '""'],
    ],
  ),
  read: async (text, tell) => {
    const path = join(directory, "config");
    writeFileSync(path, text);
    const told = (problem: Problem): void => {
      const { place } = problem;
      if (place === undefined || place.source.text.slice(place.start, place.end).includes("\n"))
        throw new Error(`not on one line: ${problem.message}`);
      tell(problem);
    };
    const read = await readSshConfig({ files: [{ path, shown: "fuzz", own: true, guarded: false }] });
    read.problems.forEach(told);
    for (const name of NAMES) await read.of({ name }, told);
  },
};

/** Its lines are never wrong input; what is said of a key names the line it stands in. */
const knownHosts: Reader = {
  name: "known-hosts",
  texts,
  planted: amongLines(
    fc.constantFrom(
      ...["", "# text", "web1 ssh-rsa AAAA", "a,b,[c]:22 ssh-ed25519 BBBB comment", "|1|x|y ssh-rsa CCCC", "short"],
      ...["@new a ssh-rsa DDDD", "@cert-authority *.lan ssh-rsa EEEE", "web1 ssh-rsa FFFF\r", "a ssh-rsa\u2028 G"],
    ),
    [["@revoked * ssh-rsa BAAD", "@revoked * ssh-rsa BAAD"]],
  ),
  read: (text, tell) => {
    const lines = text.split("\n");
    for (const { hosts, line, marker, key } of parseKnownHosts(text, "fuzz")) {
      for (const name of NAMES) matches(hosts, name);
      const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
      const place = { source: { file: "fuzz", text }, start, end: start + (lines[line - 1] ?? "").length };
      if (marker === "revoked")
        tell({ severity: "error", code: "ssh-config", message: key.replaceAll(/[^A-Za-z]/g, ""), place });
    }
  },
};

export const SSH: readonly Reader[] = [config, knownHosts];
