/** The twin of an inventory: its topology for `dsrctl lab up -i`, and the connections to it for `--lab`. */
import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import { throwIfErrors } from "../../core/collect-problems.ts";
import type { Target } from "../../core/target.ts";
import type { Host } from "../../inventory/types.ts";
import type { Connection } from "../../inventory/target.ts";
import { RELEASES, accessOf, machineRelease, topologyOfLab, twinOf } from "../../lab/index.ts";
import type { LabAccess, Topology, Twin } from "../../lab/index.ts";
import { listNames } from "../../text/suggest.ts";
import type { LoadedInventory } from "../input/load-play.ts";
import { sitesOf } from "../input/site.ts";

/** @throws InputError when the inventory describes no site, or more than one */
export function twinFor(loaded: LoadedInventory): Twin {
  const sites = sitesOf(loaded);
  throwIfErrors(sites.problems);
  const { inventory } = loaded;
  const all = [...new Set([...inventory.hosts.keys()].flatMap((name) => sites.siteOf(name) ?? []))];
  const [site] = all;
  if (site === undefined) {
    const message = `the inventory \`${inventory.name}\` describes no site: a twin needs its networks`;
    throw problem({ message, help: "write the variable `site`: see docs/site.md" });
  }
  return twinOf({ inventory: inventory.name, site, releaseOf: (name) => releaseOf(loaded, name) });
}

/** `lab_release` of the host; the machine's own release if it says nothing. */
function releaseOf(loaded: LoadedInventory, name: string): string {
  const host = loaded.inventory.hosts.get(name);
  const scope = host === undefined ? undefined : loaded.scope(host);
  const given: unknown = scope?.has("lab_release") === true ? scope.get("lab_release") : undefined;
  if (given === undefined) return machineRelease();
  if (typeof given === "string" && RELEASES.includes(given)) return given;
  const message = `\`lab_release\` of \`${name}\` must be one of ${listNames(RELEASES)}, not \`${JSON.stringify(given)}\``;
  const place = host?.variables.get("lab_release")?.place;
  throw problem({ message, ...(place === undefined ? {} : { place }) });
}

/** How the hosts of an inventory are reached in its twin. Nothing of their connection variables counts. */
export function twinConnections(loaded: LoadedInventory): (host: Host) => Connection {
  const topology = twinThatRuns(loaded);
  return (host) => {
    const access = accessOf(host.name, topology);
    if (access !== undefined) return connectionTo(host, access);
    const names = topology.seats.map(({ name }) => name);
    const message = `\`${host.name}\` is not in the twin of \`${loaded.inventory.name}\``;
    throw problem({ message, help: `it has ${listNames(names)}; leave the host out with \`--limit\`` });
  };
}

function twinThatRuns(loaded: LoadedInventory): Topology {
  const { name } = loaded.inventory;
  const topology = topologyOfLab();
  const help = `\`dsrctl lab down\`, then \`dsrctl lab up -i ${name}\``;
  if (topology.twinOf === undefined) {
    throw problem({ message: `the lab is not the twin of \`${name}\``, help });
  }
  if (sameHosts(twinFor(loaded).topology, topology)) return topology;
  throw problem({
    message: `the lab is the twin of \`${topology.twinOf}\`, and \`${name}\` describes other hosts`,
    help,
  });
}

/** Releases need not be equal: `--release` and `lab reset` replace hosts by those of another one. */
function sameHosts(one: Topology, other: Topology): boolean {
  const plain = ({ networks, seats }: Topology): string =>
    JSON.stringify([networks, seats.map((seat) => ({ ...seat, release: "" }))]);
  return plain(one) === plain(other);
}

function problem(given: Pick<Problem, "message" | "help" | "place">): InputError {
  return new InputError([{ severity: "error", code: "conflict", ...given }]);
}

function connectionTo({ name }: Host, { address, key, knownHosts, proxyCommand }: LabAccess): Connection {
  const target: Target = {
    ...{ name, connection: "ssh", address, asked: address, port: 22, user: "root" },
    ...{ password: undefined, passphrase: undefined, agent: undefined, keys: [key], identitiesOnly: true },
    ...{ hostKeyAlias: undefined, hostKeys: "strict", knownHosts: [knownHosts] },
    ...{ jump: [], proxyCommand, become: undefined, openssh: undefined },
    // The directors are kernels under emulation: on a busy machine they may be slow to answer.
    ...{ connectTimeout: 30, keepalive: { interval: 5, count: 3 } },
  };
  const become: Connection["become"] = (words) =>
    words.become === true ? { user: words.user ?? "root", password: undefined } : undefined;
  return { target, origins: () => [], warnings: [], become };
}
