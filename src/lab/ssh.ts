import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";
import { PROXY_COMMAND, ensurePath } from "./path.ts";
import { seatOf } from "./remembered.ts";
import { NAMESPACE, PATHS } from "./site.ts";
import { addressesOf, addressOf } from "./topology.ts";
import type { Seat, Topology } from "./topology.ts";

const KEY = join(PATHS.ssh, "id_ed25519");
const KNOWN_HOSTS = join(PATHS.ssh, "known_hosts");

function hostKey(seat: Seat): string {
  return join(PATHS.ssh, "hosts", seat.name);
}

async function keyPair(path: string, comment: string): Promise<void> {
  if (existsSync(path) && existsSync(`${path}.pub`)) return;
  await run("making an ssh key", ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path], {
    input: "y\n",
  });
}

/**
 * Makes the lab's key pair, a key for every host and the known_hosts file, where they are not there yet. They stay over
 * `reset` and `down`.
 */
export async function ensureKeys({ seats }: Topology): Promise<void> {
  mkdirSync(join(PATHS.ssh, "hosts"), { recursive: true, mode: 0o700 });
  await Promise.all([keyPair(KEY, NAMESPACE), ...seats.map((seat) => keyPair(hostKey(seat), seat.name))]);
  ensurePath();
  writeFileSync(
    KNOWN_HOSTS,
    seats.map((seat) => `${[...addressesOf(seat), seat.name].join(",")} ${publicKey(hostKey(seat))}\n`).join(""),
  );
}

function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim();
}

/** What makes a host the host that it is, as files: path inside the host, content, mode. */
export function identityFiles(seat: Seat): readonly (readonly [path: string, content: string, mode: number])[] {
  return [
    ["etc/ssh/ssh_host_ed25519_key", readFileSync(hostKey(seat), "utf8"), 0o600],
    ["etc/ssh/ssh_host_ed25519_key.pub", readFileSync(`${hostKey(seat)}.pub`, "utf8"), 0o644],
    ["etc/ssh/lab_authorized_keys", readFileSync(`${KEY}.pub`, "utf8"), 0o644],
  ];
}

/** ssh's options for the lab, without destination. Nothing of the user's own configuration counts. */
const OPTIONS = [
  ["-F", "none", "-i", KEY, "-o", "IdentitiesOnly=yes", "-o", `ProxyCommand=${PROXY_COMMAND}`],
  ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"],
  ["-o", `UserKnownHostsFile=${KNOWN_HOSTS}`, "-o", "GlobalKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes"],
].flat();

/** How a host of the lab is reached, for a client that reads no configuration: as root, with the lab's keys. */
export interface LabAccess {
  readonly address: string;
  readonly key: string;
  readonly knownHosts: string;
  readonly proxyCommand: string;
}

/** `undefined`: the lab has no host of this name. */
export function accessOf(name: string, { seats }: Topology): LabAccess | undefined {
  const seat = seats.find((each) => each.name === name);
  if (seat === undefined) return undefined;
  return { address: addressOf(seat), key: KEY, knownHosts: KNOWN_HOSTS, proxyCommand: PROXY_COMMAND };
}

/** argv for an ssh to a host as root: a login when nothing is appended, else the command that is. */
export function sshArgv(host: string): string[] {
  return ["ssh", ...OPTIONS, `root@${addressOf(seatOf(host))}`];
}

/** argv that runs one command line on a host without ever asking anything. */
export function sshCommand(seat: Seat, command: string, connectTimeoutSeconds: number): readonly string[] {
  const unattended = ["-o", "BatchMode=yes", "-o", `ConnectTimeout=${connectTimeoutSeconds}`, "-o", "LogLevel=ERROR"];
  return ["ssh", ...OPTIONS, ...unattended, `root@${addressOf(seat)}`, command];
}
