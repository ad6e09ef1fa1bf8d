/** What holds for whatever bytes stand in ssh_config and known_hosts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Problem } from "../../src/failure.ts";
import { matches, parseKnownHosts } from "../../src/remote/hostkeys.ts";
import { readSshConfig } from "../../src/ssh-config/config.ts";

/** What the formats are made of, in any order, with anything in between. */
const WORDS = [
  ...["Host", "Match", "exec", "host", "final", "all", "Include", "Port", "ProxyJump", "ProxyCommand", "IdentityFile"],
  ...["IgnoreUnknown", "UserKnownHostsFile", "StrictHostKeyChecking", "__proto__", "constructor", "toString"],
  ...["*", "?", "!", ",", "%h", "%", "%%", "${", "}", "${HOME}", "~", "~x/", '"', "'", "\\", "=", "#", "\t", " ", "\n"],
  ...[
    "\r\n",
    "\0",
    "\u{1f600}",
    "\ufeff",
    "a",
    "web1",
    "22",
    "65536",
    "-1",
    "[h]:22",
    "|1|",
    "@revoked",
    "ssh-ed25519",
  ],
  ...["@cert-authority", "AAAAC3NzaC1lZDI1NTE5", "=="],
];

export const text = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: "binary", maxLength: 4 })), {
    maxLength: 60,
  })
  .map((parts) => parts.join(""));

const NAMES = ["web1", "__proto__", "constructor", "[h]:22", "h.example.org"];

/** No exception, no problem without its place in the file, nothing left behind in what all objects share. */
export async function sshConfigHolds(content: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dsrctl-fuzz-"));
  try {
    const file = join(folder, "config");
    writeFileSync(file, content);
    const config = await readSshConfig({ files: [{ path: file, own: true, guarded: false }] });
    const problems: Problem[] = [...config.problems];
    for (const name of NAMES) await config.of({ name }, (problem) => void problems.push(problem));
    problems.forEach(isPlaced);
  } finally {
    rmSync(folder, { recursive: true });
  }
  unpolluted();
}

export function knownHostsHolds(content: string): void {
  const lines = content.split("\n").length;
  for (const each of parseKnownHosts(content, "known_hosts")) {
    if (each.line < 1 || each.line > lines) throw new Error(`line ${each.line} of ${lines}`);
    for (const name of NAMES) matches(each.hosts, name);
  }
  unpolluted();
}

function isPlaced({ message, place }: Problem): void {
  if (place === undefined) throw new Error(`without a place: ${message}`);
  const { start, end, source } = place;
  const inside = start >= 0 && end >= start && end <= source.text.length;
  if (!inside) throw new Error(`${start} to ${end} of ${source.text.length}: ${message}`);
  if (source.text.slice(start, end).includes("\n")) throw new Error(`over a line's end: ${message}`);
}

function unpolluted(): void {
  for (const key in {}) throw new Error(`every object has \`${key}\` now`);
}
