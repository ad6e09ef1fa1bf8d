/** The topology of the lab: the one that it was brought up with while it exists, else the built-in one. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { builtInTopology } from "./builtin.ts";
import { LabError } from "./error.ts";
import { machineRelease } from "./machine.ts";
import { PATHS } from "./site.ts";
import type { Seat, Topology } from "./topology.ts";

/** Changes whenever an older program could not read the file. */
const VERSION = 1;

function written(): Topology | undefined {
  if (!existsSync(PATHS.topology)) return undefined;
  const kept = JSON.parse(readFileSync(PATHS.topology, "utf8")) as { readonly version?: number } & Topology;
  if (kept.version === VERSION) return withoutVersion(kept);
  throw new LabError(
    `cannot read ${PATHS.topology}: another version of dsrctl wrote it`,
    "take the lab down with that version, or delete the file",
  );
}

function withoutVersion({ twinOf, networks, seats }: Topology): Topology {
  return { ...(twinOf === undefined ? {} : { twinOf }), networks, seats };
}

/** The topology that this lab has, or would be brought up with. */
export function topologyOfLab(): Topology {
  return written() ?? builtInTopology(machineRelease());
}

export function rememberTopology(topology: Topology): void {
  mkdirSync(dirname(PATHS.topology), { recursive: true });
  const draft = `${PATHS.topology}.draft`;
  writeFileSync(draft, `${JSON.stringify({ version: VERSION, ...topology }, undefined, 2)}\n`);
  renameSync(draft, PATHS.topology);
}

/** The lab is the built-in one again. */
export function forgetTopology(): void {
  rmSync(PATHS.topology, { force: true });
}

/** @throws LabError for a name that is no host of the lab. */
export function seatOf(name: string, { seats }: Topology = topologyOfLab()): Seat {
  const seat = seats.find((candidate) => candidate.name === name);
  if (!seat)
    throw new LabError(`the lab has no host "${name}"`, `its hosts are ${seats.map((s) => s.name).join(", ")}`);
  return seat;
}

/** The named hosts, each once and in the topology's order; all of them when nothing is named. */
export function seatsOf(names: readonly string[] | undefined, topology: Topology): readonly Seat[] {
  if (names === undefined) return topology.seats;
  const wanted = new Set(names.map((name) => seatOf(name, topology)));
  return topology.seats.filter((seat) => wanted.has(seat));
}
