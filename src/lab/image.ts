import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endCgroup, cgroupOf, makeCgroup } from "./cgroup.ts";
import { LabError } from "./error.ts";
import { machineRelease } from "./machine.ts";
import { updateLists } from "./packages.ts";
import { attempt, run } from "./process.ts";
import type { RunOptions } from "./process.ts";
import { BASE, BASE_PACKAGES, customizeHook, DIRECTOR, FETCHED, LEFT_OUT, UML, WEB } from "./recipe.ts";
import { PRELOAD } from "./preload.ts";
import { LAB_NAME, PATHS } from "./site.ts";
import { step } from "./tell.ts";
import type { Progress, Tell } from "./tell.ts";
import type { How, Role } from "./topology.ts";

/** A finished set of root file systems in the cache. */
export interface Image {
  readonly key: string;
  readonly directory: string;
}

const UML_MODULES = "/usr/lib/uml/modules";
// No host has such a name.
const BUILD_CGROUP = ".build";
/** A lab ends its own builds only: names have no dot. */
const BUILD_PREFIX = `.build.${LAB_NAME}.`;

/** The layers a container of this role is stacked from, uppermost first. */
export function layersOf(image: Image, role: Role): readonly string[] {
  const base = join(image.directory, "base");
  return role === "web" || role === "director" ? [join(image.directory, role), base] : [base];
}

/** What directors that run as user-mode Linux boot from: an ext4 file system, and the library that is preloaded. */
export function umlPartsOf(image: Image): { readonly disk: string; readonly library: string } {
  return { disk: join(image.directory, "director.ext4"), library: join(image.directory, "preload.so") };
}

/** The image for this machine: named by a hash of all that decides what is in it, whether it is built or not. */
function imageFor(directors: How): Image {
  const uml = directors === "uml" ? [UML, PRELOAD, ...readdirSync(UML_MODULES)] : [];
  const recipe = [
    machineRelease(),
    process.arch,
    directors,
    BASE_PACKAGES,
    FETCHED,
    LEFT_OUT,
    BASE,
    WEB,
    DIRECTOR,
    BUILD,
    customizeHook(),
    uml,
  ];
  const key = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
  return { key, directory: join(PATHS.cache, key) };
}

/** One apt source line for each Debian source that the machine itself uses. */
async function machineSources(signal: AbortSignal | undefined): Promise<string> {
  const ask = [
    "apt-get",
    "indextargets",
    "--format",
    "$(REPO_URI) $(RELEASE) $(COMPONENT)",
    "Created-By: Packages",
    "Origin: Debian",
  ];
  const read = async (): Promise<readonly string[]> => {
    const lines = (await run("reading apt's sources", ask)).split("\n");
    return lines.filter((line) => line.split(" ")[1]?.startsWith(machineRelease()));
  };
  let found = await read();
  if (found.length === 0) await updateLists(signal);
  found = found.length > 0 ? found : await read();
  if (found.length === 0)
    throw new LabError(`apt knows no Debian source for ${machineRelease()}`, "add one to /etc/apt/sources.list.d");
  return found.map((line) => `deb ${line}\n`).join("");
}

/** The machine's own apt settings that reaching its mirror can depend on: proxies, address family, clock checks. */
async function aptOptions(): Promise<readonly string[]> {
  const { out } = await attempt(["apt-config", "dump"]);
  const lines = out
    .split("\n")
    .filter((line) => /^Acquire::(https?::|ForceIPv|Retries|Check-)/.test(line) && !line.endsWith(' "";'));
  return lines.map((line) => `--aptopt=${line.replace(/;$/, "")}`);
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

async function bootstrap(directory: string, options: RunOptions, progress: Progress): Promise<void> {
  const hook = join(directory, "hook.sh");
  writeFileSync(join(directory, "base.sh"), BASE);
  writeFileSync(join(directory, "sources.list"), await machineSources(options.signal ?? undefined));
  writeFileSync(hook, customizeHook(), { mode: 0o755 });
  const argv = [
    ...["unshare", "--mount", "mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", "--verbose"],
    ...[
      "--dpkgopt=force-unsafe-io",
      ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...(await aptOptions()),
    ],
    ...[`--include=${BASE_PACKAGES.join(",")}`, `--customize-hook=${hook}`],
    ...[machineRelease(), join(directory, "base"), join(directory, "sources.list")],
  ];
  const env = { ...process.env, BUILD: directory, LC_ALL: "C.UTF-8" };
  await run("building the root file system", argv, { ...options, env, onLine: bootstrapProgress(progress) });
}

// Mounts are made in a mount namespace of the script's own: they are gone with it, however it ends.
const BUILD = `
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
layer uml "$2" director:base
tcc -shared -nostdinc -nostdlib -o preload.so preload.c
mkfs.ext4 -q -F -L root -d merged director.ext4 1500M
umount merged
rm -rf work uml
`;

async function layers(directory: string, directors: How, options: RunOptions): Promise<void> {
  writeFileSync(join(directory, "web.sh"), WEB);
  writeFileSync(join(directory, "director.sh"), DIRECTOR);
  if (directors === "uml") {
    writeFileSync(join(directory, "uml.sh"), UML);
    writeFileSync(join(directory, "preload.c"), PRELOAD);
  }
  await run(
    "building the hosts' layers",
    ["unshare", "--mount", "sh", "-c", BUILD, "sh", directory, UML_MODULES],
    options,
  );
}

/** Throws away what builds that did not end well have left, and ends what of them still runs. */
export async function sweepBuilds(): Promise<void> {
  await endCgroup(cgroupOf(BUILD_CGROUP));
  if (!existsSync(PATHS.cache)) return;
  const left = readdirSync(PATHS.cache).filter((name) => name.startsWith(BUILD_PREFIX));
  for (const name of left) rmSync(join(PATHS.cache, name), { recursive: true, force: true });
}

async function build(image: Image, directors: How, signal: AbortSignal | undefined, progress: Progress): Promise<void> {
  await sweepBuilds();
  mkdirSync(PATHS.cache, { recursive: true });
  const directory = mkdtempSync(join(PATHS.cache, BUILD_PREFIX));
  // apt fetches as a user of its own, which has to get in here.
  chmodSync(directory, 0o755);
  const options = { cgroup: makeCgroup(BUILD_CGROUP), signal };
  try {
    await bootstrap(directory, options, progress);
    progress({ note: "layers of the web nodes and the directors" });
    await layers(directory, directors, options);
    await run("writing the image to disk", ["sync", "--file-system", directory]);
    renameSync(directory, image.directory);
  } finally {
    await sweepBuilds();
  }
}

/** Builds the image unless it is in the cache. An image has its name only once it is whole. */
export async function ensureImage(directors: How, signal: AbortSignal | undefined, tell: Tell): Promise<Image> {
  const image = imageFor(directors);
  if (existsSync(image.directory))
    tell({ step: "root file systems", state: "skipped", note: `in the cache: ${image.directory}` });
  else await step(tell, "root file systems", (progress) => build(image, directors, signal, progress));
  return image;
}

/** Removes images of former recipes that no disk is made from. */
export function pruneImages(inUse: ReadonlySet<string>): void {
  const old = readdirSync(PATHS.cache).filter((name) => /^[0-9a-f]{16}$/.test(name) && !inUse.has(name));
  for (const name of old) rmSync(join(PATHS.cache, name), { recursive: true, force: true });
}
