import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, BUILD } from "./build.ts";
import type { Plan } from "./build.ts";
import { machineRelease } from "./machine.ts";
import { PRELOAD } from "./preload.ts";
import { customizeHook, FETCHED, LEFT_OUT, UML, WEB } from "./recipe.ts";
import { bootstrapOptions, isNewer, kernelReleaseOf, RELEASES, suiteOf } from "./releases.ts";
import { packagingOf } from "./packaging.ts";
import { PATHS } from "./site.ts";
import { step } from "./tell.ts";
import type { Tell } from "./tell.ts";
import type { How, Role } from "./topology.ts";

/** A finished set of root file systems of a release in the cache. */
export interface Image {
  readonly release: string;
  readonly key: string;
  readonly directory: string;
}

/** The layers a container of this role is stacked from, uppermost first. */
export function layersOf(image: Image, role: Role): readonly string[] {
  const base = join(image.directory, "base");
  return role === "web" || role === "director" ? [join(image.directory, role), base] : [base];
}

/** What directors that run as user-mode Linux boot with. */
export interface UmlParts {
  /** An ext4 file system. */
  readonly disk: string;
  /** The kernel's program. */
  readonly kernel: string;
  /** The library that is preloaded into it. */
  readonly preload: string;
  /** The C library that it needs if the machine's is older. */
  readonly libraries: string | undefined;
}

export function umlPartsOf({ directory }: Image): UmlParts {
  const libraries = join(directory, "kernel/usr/lib/x86_64-linux-gnu");
  return {
    disk: join(directory, "director.ext4"),
    kernel: join(directory, "kernel/usr/bin/linux.uml"),
    preload: join(directory, "preload.so"),
    libraries: existsSync(libraries) ? libraries : undefined,
  };
}

function planFor(release: string, directors: How): Plan {
  if (directors !== "uml") return { release, kernel: undefined };
  const from = kernelReleaseOf(release);
  const libraries = isNewer(from, machineRelease());
  return { release, kernel: { release: from, isForeign: from !== suiteOf(release), libraries } };
}

/** The image of a release for this machine: named by a hash of all that decides what is in it, built or not. */
function imageOf(plan: Plan): Image {
  const uml = plan.kernel === undefined ? [] : [UML, PRELOAD, plan.kernel];
  const { packages, base, director } = packagingOf(plan.release);
  const recipe = [
    ...[plan.release, bootstrapOptions(plan.release), process.arch, packages, FETCHED, LEFT_OUT],
    ...[base, WEB, director, BUILD, customizeHook(plan.kernel), uml],
  ];
  const key = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
  return { release: plan.release, key, directory: join(PATHS.cache, key) };
}

/** Builds the image of a release unless it is in the cache. An image has its name only once it is whole. */
async function ensureImage(plan: Plan, signal: AbortSignal | undefined, tell: Tell): Promise<Image> {
  const image = imageOf(plan);
  const name = plan.release === machineRelease() ? "root file systems" : `root file systems of ${plan.release}`;
  if (existsSync(image.directory)) tell({ step: name, state: "skipped", note: `in the cache: ${image.directory}` });
  else await step(tell, name, (progress) => build(plan, image.directory, signal, progress));
  return image;
}

/** The images of releases, by the releases' names; those that are not in the cache are built. */
export async function ensureImages(
  releases: readonly string[],
  directors: How,
  signal: AbortSignal | undefined,
  tell: Tell,
): Promise<ReadonlyMap<string, Image>> {
  const images = new Map<string, Image>();
  for (const release of new Set(releases))
    images.set(release, await ensureImage(planFor(release, directors), signal, tell));
  return images;
}

/** Removes images of former recipes that no disk is made from. */
export function pruneImages(inUse: ReadonlySet<string>, directors: How): void {
  const present = [...RELEASES, machineRelease()].map((release) => imageOf(planFor(release, directors)).key);
  const kept = new Set([...present, ...inUse]);
  const old = readdirSync(PATHS.cache).filter((name) => /^[0-9a-f]{16}$/.test(name) && !kept.has(name));
  for (const name of old) rmSync(join(PATHS.cache, name), { recursive: true, force: true });
}
