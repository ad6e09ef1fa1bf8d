import { LabError } from "./error.ts";

export type Role = "director" | "web" | "client";
/** `uml`: user-mode Linux, a kernel of its own. `nspawn`: a systemd-nspawn container on the machine's kernel. */
export type How = "uml" | "nspawn";

/** One host of the lab as it is meant to be, whether it runs or not. */
export interface Seat {
  readonly name: string;
  readonly role: Role;
  /** IPv4 address on the lab's bridge, without prefix length. */
  readonly address: string;
  readonly mac: string;
  /** Further addresses of its own. */
  readonly also?: readonly string[];
}

/** The article's site: two directors, two web nodes, a client. The VIP (10.0.0.5) is keepalived's to make. */
export const SEATS: readonly Seat[] = [
  { name: "lb1", role: "director", address: "10.0.0.1", mac: "02:00:00:00:00:01" },
  { name: "lb2", role: "director", address: "10.0.0.2", mac: "02:00:00:00:00:02" },
  { name: "web1", role: "web", address: "10.0.0.3", mac: "02:00:00:00:00:03" },
  { name: "web2", role: "web", address: "10.0.0.4", mac: "02:00:00:00:00:04" },
  // Several addresses: with persistence a web node sees only those clients that the director sends it.
  {
    name: "client",
    role: "client",
    address: "10.0.0.100",
    mac: "02:00:00:00:00:64",
    also: ["10.0.0.101", "10.0.0.102", "10.0.0.103"],
  },
];

export const PREFIX_LENGTH = 24;
/** The bridge's own address, from which the machine reaches the hosts (inside the namespace only). */
export const BRIDGE_ADDRESS = "10.0.0.250";

/**
 * The name of the lab that this process works on, from the environment; `lab` when it gives none. Labs of different
 * names share nothing but the cache of root file systems; inventories/lab reads the same variable.
 */
export const LAB_NAME = process.env.DSRCTL_LAB ?? "lab";
/** What may be a lab's name: it becomes part of paths, of a network namespace's and a cgroup's name. */
export const LAB_NAMES = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** The lab's network namespace, its cgroup and its directories have this name. */
export const NAMESPACE = `dsrctl-${LAB_NAME}`;
export const NAMESPACE_PATH = `/run/netns/${NAMESPACE}`;
/** The bridge; it is in the lab's namespace, so its name need not differ from lab to lab. */
export const BRIDGE = "dsrctl-br0";

/** Every lab has a directory here, of the name that its namespace has. */
export const LABS = "/var/lib";

/**
 * Where things are kept. `cache` outlives everything and is for all labs; `run` is gone after `down`, and there while
 * the lab is.
 */
export const PATHS = {
  cache: process.env.DSRCTL_LAB_CACHE ?? "/var/cache/dsrctl-lab",
  disks: `${LABS}/${NAMESPACE}/hosts`,
  logs: `${LABS}/${NAMESPACE}/log`,
  ssh: `${LABS}/${NAMESPACE}/ssh`,
  run: `/run/${NAMESPACE}`,
  lock: `/run/lock/${NAMESPACE}.lock`,
} as const;

/** The bridge's port of a host: the tap of a user-mode Linux, the outer end of a container's veth pair. */
export function portOf(seat: Seat, how: How): string {
  return how === "uml" ? `tap-${seat.name}` : `vb-${seat.name}`;
}

export function logOf(name: string): string {
  return `${PATHS.logs}/${name}.log`;
}

/** @throws LabError for a name that is no host of the lab. */
export function seatOf(name: string): Seat {
  const seat = SEATS.find((candidate) => candidate.name === name);
  if (!seat)
    throw new LabError(`the lab has no host "${name}"`, `its hosts are ${SEATS.map((s) => s.name).join(", ")}`);
  return seat;
}

/** The named hosts, each once and in the lab's order; all of them when nothing is named. */
export function seatsOf(names: readonly string[] | undefined): readonly Seat[] {
  if (names === undefined) return SEATS;
  const wanted = new Set(names.map((name) => seatOf(name)));
  return SEATS.filter((seat) => wanted.has(seat));
}
