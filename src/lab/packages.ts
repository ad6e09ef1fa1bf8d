import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { LabError } from "./error.ts";
import { attempt, run } from "./process.ts";
import type { RunOptions } from "./process.ts";
import type { How } from "./topology.ts";
import { step } from "./tell.ts";
import type { Progress, Tell } from "./tell.ts";

/** A program the lab runs on the machine, and Debian's package of it. */
interface Tool {
  readonly program: string;
  readonly package: string;
}

const COMMON: readonly Tool[] = [
  { program: "systemd-nspawn", package: "systemd-container" },
  { program: "mmdebstrap", package: "mmdebstrap" },
  { program: "ip", package: "iproute2" },
  { program: "nc", package: "netcat-openbsd" },
  { program: "ssh", package: "openssh-client" },
  { program: "ssh-keygen", package: "openssh-client" },
  { program: "nsenter", package: "util-linux" },
  { program: "unshare", package: "util-linux" },
  { program: "mount", package: "mount" },
];

const FOR_UML: readonly Tool[] = [
  { program: "mkfs.ext4", package: "e2fsprogs" },
  { program: "depmod", package: "kmod" },
  { program: "tcc", package: "tcc" },
];

const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function isThere(program: string): boolean {
  return DIRECTORIES.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian packages whose programs the machine does not have yet. */
function missingPackages(directors: How): readonly string[] {
  const tools = directors === "uml" ? [...COMMON, ...FOR_UML] : COMMON;
  return [...new Set(tools.filter((tool) => !isThere(tool.program)).map((tool) => tool.package))];
}

const APT = [
  "apt-get",
  "-y",
  "-q",
  "-o",
  "DPkg::Lock::Timeout=300",
  "-o",
  "APT::Status-Fd=1",
  "--no-install-recommends",
];
const QUIETLY = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };

/** apt's status lines (`pmstatus:PACKAGE:PERCENT:TEXT`, `dlstatus:…`): see APT's README.progress-reporting. */
function readStatus(progress: Progress): (line: string) => void {
  return (line) => {
    const [kind, , percent, note] = line.split(":");
    if (kind !== "pmstatus" && kind !== "dlstatus") return;
    progress({ done: Math.round(Number(percent)), total: 100, note: note ?? "" });
  };
}

export async function updateLists(signal: AbortSignal | undefined): Promise<void> {
  await run("apt-get update", ["apt-get", "-q", "update"], { env: QUIETLY, signal });
}

async function download(packages: readonly string[], options: RunOptions): Promise<void> {
  const argv = [...APT, "--download-only", "install", ...packages];
  if ((await attempt(argv, options)).code === 0) return;
  await updateLists(options.signal ?? undefined);
  await run("downloading Debian packages", argv, options);
}

/**
 * Installs on the machine what the lab needs and does not find. Fetching can be broken off; unpacking
 * cannot: a dpkg that is ended half-way leaves the machine's package database to be repaired by hand.
 */
export async function installPackages(directors: How, signal: AbortSignal | undefined, tell: Tell): Promise<void> {
  const packages = missingPackages(directors);
  if (packages.length === 0) return tell({ step: "Debian packages", state: "skipped", note: "all are installed" });
  await step(tell, `Debian packages: ${packages.join(", ")}`, async (progress) => {
    const onLine = readStatus(progress);
    await download(packages, { env: QUIETLY, onLine, signal });
    await run("installing Debian packages", [...APT, "install", ...packages], { env: QUIETLY, onLine });
    signal?.throwIfAborted();
  });
  const still = missingPackages(directors);
  if (still.length > 0) throw new LabError(`installed, but their programs are not found: ${still.join(", ")}`);
}
