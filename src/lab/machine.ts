import { existsSync, readFileSync } from "node:fs";
import { cgroup2Mount, isPopulated, labCgroup } from "./cgroup.ts";
import { succeeds } from "./process.ts";
import { LAB_NAME, LAB_NAMES, PATHS } from "./site.ts";
import type { How, Role } from "./topology.ts";

/** Kernel modules that a director needs from the machine if it is a container; a user-mode Linux has its own. */
const IPVS_MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_lc", "ip_vs_wlc", "ip_vs_sh"];

/** True when the machine's kernel supports IPVS; loads its modules if it has them. */
function kernelHasIpvs(): boolean {
  const loaded = IPVS_MODULES.map((module) => succeeds("modprobe", module));
  return existsSync("/sys/module/ip_vs") && (loaded[1] === true || existsSync("/sys/module/ip_vs_rr"));
}

let directors: How | undefined;

/** How hosts of this role are run on this machine. */
export function howToRun(role: Role): How {
  if (role !== "director") return "nspawn";
  directors ??= kernelHasIpvs() ? "nspawn" : "uml";
  return directors;
}

/** Debian's name of the machine's own release, such as `bookworm`. */
export function machineRelease(): string {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^VERSION_CODENAME=(\w+)/m.exec(text)?.[1] ?? "unknown";
}

function isDebian(): boolean {
  return existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

// capability.h: CAP_NET_ADMIN is bit 12, CAP_SYS_ADMIN bit 21.
function mayMountAndMakeNetworks(): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const needed = (1n << 12n) | (1n << 21n);
  return (BigInt(`0x${mask}`) & needed) === needed;
}

function hasOverlay(): boolean {
  const known = (): boolean => readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n");
  return known() || (succeeds("modprobe", "overlay") && known());
}

function missingOnLinux(): readonly string[] {
  const lacks: string[] = [];
  if (process.getuid?.() !== 0) lacks.push("The lab makes network namespaces and containers: run it as root (sudo).");
  else if (!mayMountAndMakeNetworks())
    lacks.push("Root lacks CAP_SYS_ADMIN or CAP_NET_ADMIN here: in a container, start that one privileged.");
  if (!isDebian()) lacks.push("The lab's hosts are made of Debian packages with apt: run it on Debian 12 or newer.");
  if (cgroup2Mount() === undefined)
    lacks.push(
      "No cgroup2 file system is mounted: mount -t cgroup2 none /sys/fs/cgroup (or boot without systemd.unified_cgroup_hierarchy=0).",
    );
  if (lacks.length > 0) return lacks;
  if (isElsewhere())
    lacks.push(
      `A lab named ${LAB_NAME} runs on this machine, started in another root file system: give this one a name (DSRCTL_LAB=NAME).`,
    );
  if (!hasOverlay()) lacks.push("The kernel has no overlay file system: use a kernel with CONFIG_OVERLAY_FS.");
  if (howToRun("director") === "uml" && process.arch !== "x64")
    lacks.push(
      "The kernel has no IPVS (modprobe ip_vs), and user-mode Linux, which would bring it, is for x86-64 only.",
    );
  if (howToRun("director") === "uml" && !existsSync("/dev/net/tun"))
    lacks.push("There is no /dev/net/tun for the directors' network: modprobe tun.");
  return lacks;
}

/**
 * True when hosts run in the lab's cgroup but their files are not here. The whole machine shares its cgroups, also with
 * a chroot or a container that has other files.
 */
function isElsewhere(): boolean {
  return isPopulated(labCgroup()) && !existsSync(PATHS.run);
}

/**
 * What the lab needs of this machine and does not find, one sentence each with what to do; empty if nothing is missing.
 */
export function missing(): string[] {
  if (process.platform !== "linux")
    return [`The lab needs Linux (Debian 12 or newer), and this is ${process.platform}: run it in a virtual machine.`];
  if (!LAB_NAMES.test(LAB_NAME))
    return [`DSRCTL_LAB is not a valid name of a lab: use up to 31 characters of a-z, 0-9 and -, and begin with no -.`];
  return [...missingOnLinux()];
}
