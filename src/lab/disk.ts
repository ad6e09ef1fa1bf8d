import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Image } from "./image.ts";
import { run } from "./process.ts";
import { guestNetwork } from "./guest-network.ts";
import { LABS, NAMESPACE, PATHS } from "./site.ts";
import { identityFiles } from "./ssh.ts";
import { hostnameOf, namedAddressesOf } from "./topology.ts";
import type { How, Seat, Topology } from "./topology.ts";

/** What a host keeps over a power cut: what it changed on its image, and the files that make it this host. */
export interface Disk {
  readonly directory: string;
  readonly imageKey: string;
  readonly how: How;
  /** Identifies its addresses, routes and names. */
  readonly identity: string;
}

function directoryOf(name: string): string {
  return join(PATHS.disks, name);
}

/** The disk of a host, or undefined when it has none (yet). */
export function diskOf(name: string): Disk | undefined {
  return labelled(directoryOf(name));
}

function labelled(directory: string): Disk | undefined {
  const label = join(directory, "label");
  if (!existsSync(label)) return undefined;
  const [how, imageKey, identity = ""] = readFileSync(label, "utf8").trim().split(" ");
  if (imageKey === undefined || (how !== "uml" && how !== "nspawn")) return undefined;
  return { directory, imageKey, how, identity };
}

function machineId(seat: Seat): string {
  return createHash("sha256").update(`${NAMESPACE} ${seat.name}`).digest("hex").slice(0, 32);
}

function hostsFile({ seats }: Topology): string {
  const lines = seats.flatMap((seat) => namedAddressesOf(seat).map((address) => `${address} ${seat.name}`));
  return ["127.0.0.1 localhost", ...lines, ""].join("\n");
}

/** A disk with another identity is not the host's: it has other addresses, or knows other hosts. */
export function identityOf(seat: Seat, topology: Topology): string {
  const parts = [seat.name, guestNetwork(seat), hostsFile(topology)];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

function ownFiles(seat: Seat, topology: Topology): readonly (readonly [path: string, content: string, mode: number])[] {
  return [
    ["etc/hostname", `${hostnameOf(seat)}\n`, 0o644],
    ["etc/machine-id", `${machineId(seat)}\n`, 0o444],
    ["etc/hosts", hostsFile(topology), 0o644],
    ["etc/lab-network", guestNetwork(seat), 0o644],
    ...identityFiles(seat),
  ];
}

function writeFiles(root: string, seat: Seat, topology: Topology): void {
  for (const [path, content, mode] of ownFiles(seat, topology)) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, content);
    chmodSync(target, mode);
  }
}

/** Makes a fresh disk. It has its name only once it is whole. */
export async function makeDisk(seat: Seat, topology: Topology, image: Image, how: How): Promise<Disk> {
  const directory = directoryOf(seat.name);
  const draft = `${directory}.draft`;
  await removeDisk(seat.name);
  for (const part of ["identity", "upper", "work", "root"])
    mkdirSync(join(draft, part), { recursive: true, mode: 0o755 });
  writeFiles(join(draft, how === "uml" ? "identity" : "upper"), seat, topology);
  const identity = identityOf(seat, topology);
  writeFileSync(join(draft, "label"), `${how} ${image.key} ${identity}\n`);
  renameSync(draft, directory);
  return { directory, imageKey: image.key, how, identity };
}

/** Throws a host's disk away. The host must not run. */
export async function removeDisk(name: string): Promise<void> {
  const directories = [directoryOf(name), `${directoryOf(name)}.draft`].filter((directory) => existsSync(directory));
  if (directories.length > 0) await run(`removing the disk of ${name}`, ["rm", "-rf", ...directories]);
}

/** Throws all disks away. */
export async function removeDisks(): Promise<void> {
  if (existsSync(PATHS.disks)) await run("removing the disks", ["rm", "-rf", PATHS.disks]);
}

/** True when a host of this lab has a disk. */
export function hasDisks(): boolean {
  return imagesOf(PATHS.disks).length > 0;
}

/** Keys of the images that disks are made from, of every lab on this machine. */
export function imagesInUse(): ReadonlySet<string> {
  const directories = readdirSync(LABS).filter((name) => name.startsWith("dsrctl-"));
  return new Set(directories.flatMap((name) => imagesOf(join(LABS, name, "hosts"))));
}

function imagesOf(disks: string): readonly string[] {
  const names = existsSync(disks) ? readdirSync(disks) : [];
  return names.flatMap((name) => labelled(join(disks, name))?.imageKey ?? []);
}
