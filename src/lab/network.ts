import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, run } from "./process.ts";
import { NAMESPACE, NAMESPACE_PATH, PATHS } from "./site.ts";
import type { How, Network, Port, Topology } from "./topology.ts";

/*
 * The bridges and all their ports are in a network namespace of the lab. The machine gets no route to the lab's
 * networks, and the namespace has no route out. So a packet for a host that is down cannot leave the namespace.
 */

// `ip netns add`, if killed half-way, leaves a namespace file on which nothing is mounted.
const MAKE = `
set -e
ip -n ${NAMESPACE} link show lo >/dev/null 2>&1 || {
  ip netns del ${NAMESPACE} 2>/dev/null || rm -f ${NAMESPACE_PATH}
  ip netns add ${NAMESPACE}
}
ip -n ${NAMESPACE} link set lo up
`;

// The machine is no router between the lab's networks: a new namespace can have forwarding from the machine's settings.
const NO_FORWARDING = `
nsenter --net=${NAMESPACE_PATH} sh -c '
  for file in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding; do
    [ ! -e $file ] || echo 0 >$file
  done'
`;

function makeBridge({ bridge, machine }: Network): string {
  const addresses = machine.map((address) => {
    const flags = address.includes(":") ? " nodad" : "";
    return `ip -n ${NAMESPACE} addr replace ${address} dev ${bridge}${flags}\n`;
  });
  return `
ip -n ${NAMESPACE} link show ${bridge} >/dev/null 2>&1 ||
  ip -n ${NAMESPACE} link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0
${addresses.join("")}ip -n ${NAMESPACE} link set ${bridge} up
`;
}

/** Makes the namespace and the bridges, or their missing parts. */
export async function ensureNetwork({ networks }: Topology): Promise<void> {
  const script = [MAKE, NO_FORWARDING, ...networks.map(makeBridge)].join("");
  await run("making the lab's network", ["sh", "-c", script]);
  mkdirSync(PATHS.run, { recursive: true });
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Ends processes that still run in the namespace, such as the netcat of an ssh that waits for a removed host. */
async function endStrays(): Promise<void> {
  const own = (await attempt(["nsenter", `--net=${NAMESPACE_PATH}`, "readlink", "/proc/self/ns/net"])).out.trim();
  if (own === "" || own === namespaceOf("self")) return;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (const pid of pids) if (namespaceOf(pid) === own) end(Number(pid));
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return;
  }
}

// `ip netns` makes /run/netns a mount point when it first makes a namespace; umount refuses while one is left in it.
const UNMAKE = `
ip netns del ${NAMESPACE} 2>/dev/null || rm -f ${NAMESPACE_PATH}
rmdir /run/netns 2>/dev/null || { umount /run/netns 2>/dev/null && rmdir /run/netns 2>/dev/null; } || :
`;

/** Removes the namespace with everything in it. Does nothing if there is none. */
export async function removeNetwork(): Promise<void> {
  await endStrays();
  await run("removing the lab's network", ["sh", "-c", UNMAKE]);
  rmSync(PATHS.run, { recursive: true, force: true });
}

function cutMark(name: string): string {
  return join(PATHS.run, `${name}.cut`);
}

/**
 * Pulls or plugs all cables of a host. The mark keeps them pulled when the host boots again.
 *
 * A container sees that its link is down. A user-mode Linux does not: without its tap its network driver would break
 * permanently. So the tap leaves the bridge instead, as if a switch further on had failed.
 */
export async function setLinks(name: string, ports: readonly Port[], how: How, plugged: boolean): Promise<void> {
  if (plugged) plugIn(name);
  else writeFileSync(cutMark(name), "");
  const cutting = how === "uml" ? ["nomaster"] : ["down"];
  const what = `${plugged ? "healing" : "cutting"} the link of ${name}`;
  for (const { port, bridge } of ports) {
    const change = plugged ? ["master", bridge, "up"] : cutting;
    await run(what, ["ip", "-n", NAMESPACE, "link", "set", port, ...change]);
  }
}

/** Plugs in the cable of a host that is down: its next start makes a port that is not cut. */
export function plugIn(name: string): void {
  rmSync(cutMark(name), { force: true });
}

/** sh that joins a port to the bridge and plugs its cable in, unless it is cut. */
export function joinBridge(name: string, port: string, bridge: string, how: How): string {
  const cut = how === "uml" ? "up" : `master ${bridge}`;
  return `
if [ -e ${cutMark(name)} ]; then ip -n ${NAMESPACE} link set ${port} ${cut}
else ip -n ${NAMESPACE} link set ${port} master ${bridge} up; fi`;
}

/** The ports of hosts whose cable is pulled. */
export async function unpluggedPorts(): Promise<ReadonlySet<string>> {
  const { out } = await attempt(["ip", "-n", NAMESPACE, "-o", "link", "show"]);
  const pulled = out.split("\n").filter((line) => !/[<,]UP[,>]/.test(line) || !line.includes(" master "));
  return new Set(pulled.map((line) => /^\d+: ([^@:]+)/.exec(line)?.[1] ?? ""));
}
