import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupOf, endCgroup, makeCgroup } from "./cgroup.ts";
import { PRELOAD } from "./preload.ts";
import { run } from "./process.ts";
import type { RunOptions } from "./process.ts";
import { packagingOf } from "./packaging.ts";
import { customizeHook, LEFT_OUT, UML, WEB } from "./recipe.ts";
import type { Kernel } from "./recipe.ts";
import { bootstrapOptions, suiteOf } from "./releases.ts";
import { LAB_NAME, PATHS } from "./site.ts";
import { aptOptions, sourceLines } from "./sources.ts";
import type { Progress } from "./tell.ts";

// No host has such a name.
const BUILD_CGROUP = ".build";
/** A lab ends its own builds only: names have no dot. */
const BUILD_PREFIX = `.build.${LAB_NAME}.`;

/** What is to be built: a release's root file systems, and the kernel of directors that run as user-mode Linux. */
export interface Plan {
  readonly release: string;
  readonly kernel: Kernel | undefined;
}

/** mmdebstrap says how many packages there are, then names each twice: as it unpacks it and as it sets it up. */
function bootstrapProgress(progress: Progress): (line: string) => void {
  let total = 0;
  let done = 0;
  return (line) => {
    total += 2 * Number(/(\d+) newly installed/.exec(line)?.[1] ?? 0);
    const name = /^(?:Unpacking|Setting up) (\S+)/.exec(line)?.[1];
    if (name !== undefined && total > 0) progress({ done: Math.min(++done, total), total, note: name });
    else if (line.startsWith("I: ")) progress({ note: line.slice(3) });
  };
}

async function writeInputs(
  directory: string,
  { release, kernel }: Plan,
  signal: AbortSignal | undefined,
): Promise<void> {
  const suite = suiteOf(release);
  writeFileSync(join(directory, "base.sh"), packagingOf(release).base);
  writeFileSync(join(directory, "hook.sh"), customizeHook(kernel), { mode: 0o755 });
  writeFileSync(join(directory, "sources.list"), await sourceLines(suite, signal));
  if (kernel?.isForeign === true)
    writeFileSync(join(directory, "kernel.list"), await sourceLines(kernel.release, signal));
}

async function bootstrap(directory: string, plan: Plan, options: RunOptions, progress: Progress): Promise<void> {
  await writeInputs(directory, plan, options.signal);
  const argv = [
    ...["unshare", "--mount", "mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", "--verbose"],
    ...["--dpkgopt=force-unsafe-io", ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`)],
    ...bootstrapOptions(plan.release),
    ...(await aptOptions(plan.release)),
    ...[`--include=${packagingOf(plan.release).packages.join(",")}`, `--customize-hook=${join(directory, "hook.sh")}`],
    ...[suiteOf(plan.release), join(directory, "base"), join(directory, "sources.list")],
  ];
  const env = { ...process.env, BUILD: directory, LC_ALL: "C.UTF-8" };
  await run("building the root file system", argv, { ...options, env, onLine: bootstrapProgress(progress) });
}

/**
 * sh that makes the layers over the base. Mounts are made in a mount namespace of the script's own: they are gone with
 * it, however it ends.
 */
export const BUILD = `
set -e
cd "$1"
layer() { # NAME WHAT-IS-MOUNTED-ON-/mnt LOWER
  mkdir -p "$1" work merged
  mount -t overlay overlay -o "lowerdir=$3,upperdir=$1,workdir=work" merged
  mount --bind "$2" merged/mnt
  mount -t proc proc merged/proc
  chroot merged sh <"$1.sh"
  umount merged/mnt merged/proc
}
layer web fetched/web base
umount merged
rm -rf work
layer director fetched/director base
umount merged
rm -rf work
[ -e uml.sh ] || exit 0
mkdir kernel
for package in fetched/kernel/*.deb; do dpkg-deb -x "$package" kernel; done
layer uml kernel/usr/lib/uml/modules director:base
tcc -shared -nostdinc -nostdlib -o preload.so preload.c
mkfs.ext4 -q -F -L root -d merged director.ext4 1500M
umount merged
rm -rf work uml kernel/usr/lib/uml kernel/usr/share fetched/kernel
`;

async function layers(directory: string, { release, kernel }: Plan, options: RunOptions): Promise<void> {
  writeFileSync(join(directory, "web.sh"), WEB);
  writeFileSync(join(directory, "director.sh"), packagingOf(release).director);
  if (kernel !== undefined) {
    writeFileSync(join(directory, "uml.sh"), UML);
    writeFileSync(join(directory, "preload.c"), PRELOAD);
  }
  await run("building the hosts' layers", ["unshare", "--mount", "sh", "-c", BUILD, "sh", directory], options);
}

/** Throws away what builds that did not end well have left, and ends what of them still runs. */
export async function sweepBuilds(): Promise<void> {
  await endCgroup(cgroupOf(BUILD_CGROUP));
  if (!existsSync(PATHS.cache)) return;
  const left = readdirSync(PATHS.cache).filter((name) => name.startsWith(BUILD_PREFIX));
  for (const name of left) rmSync(join(PATHS.cache, name), { recursive: true, force: true });
}

/** Builds what `plan` says and gives it its place in the cache. */
export async function build(
  plan: Plan,
  place: string,
  signal: AbortSignal | undefined,
  progress: Progress,
): Promise<void> {
  await sweepBuilds();
  mkdirSync(PATHS.cache, { recursive: true });
  const directory = mkdtempSync(join(PATHS.cache, BUILD_PREFIX));
  // apt fetches as a user of its own, which has to get in here.
  chmodSync(directory, 0o755);
  const options = { cgroup: makeCgroup(BUILD_CGROUP), signal };
  try {
    await bootstrap(directory, plan, options, progress);
    progress({ note: "layers of the web nodes and the directors" });
    await layers(directory, plan, options);
    await run("writing the image to disk", ["sync", "--file-system", directory]);
    renameSync(directory, place);
  } finally {
    await sweepBuilds();
  }
}
