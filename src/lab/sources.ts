import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "./error.ts";
import { machineRelease } from "./machine.ts";
import { updateLists } from "./packages.ts";
import { attempt, run, said } from "./process.ts";
import type { Outcome } from "./process.ts";
import { hasEnded } from "./releases.ts";

/** An archive on a mirror, a suite in it, and the components. */
interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
}

const ASK = [
  ...["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"],
  ...["Created-By: Packages", "Origin: Debian"],
];

async function readSources(): Promise<readonly Source[]> {
  const lines = (await run("reading apt's sources", ASK)).split("\n").map((line) => line.split(" "));
  const sources = lines.map(([uri = "", suite = "", component = ""]) => ({ uri, suite, component }));
  return sources.filter(({ suite }) => suite.startsWith(machineRelease()));
}

/** The Debian sources that the machine itself uses. */
async function machineSources(signal: AbortSignal | undefined): Promise<readonly Source[]> {
  let found = await readSources();
  if (found.length === 0) await updateLists(signal);
  found = found.length > 0 ? found : await readSources();
  if (found.length === 0)
    throw new LabError(`apt knows no Debian source for ${machineRelease()}`, "add one to /etc/apt/sources.list.d");
  return found;
}

/** Asks the mirror for a suite: by apt itself, with its proxies and other settings. Code 0: it is there. */
async function ask({ uri, suite }: Source, signal: AbortSignal | undefined): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), "dsrctl-lab-"));
  const file = join(directory, "InRelease");
  try {
    return await attempt(["/usr/lib/apt/apt-helper", "download-file", `${uri}dists/${suite}/InRelease`, file], {
      signal,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The machine's sources with another release's suites; those that the mirror has. */
async function otherSources(release: string, signal: AbortSignal | undefined): Promise<readonly Source[]> {
  const here = machineRelease();
  const own = await machineSources(signal);
  const wanted = own.map((source) => ({ ...source, suite: release + source.suite.slice(here.length) }));
  const answers = await Promise.all(wanted.map((source) => ask(source, signal)));
  const found = wanted.filter((_, index) => answers[index]?.code === 0);
  if (found.some(({ suite }) => suite === release)) return found;
  const first = wanted.findIndex(({ suite }) => suite === release);
  const words = said(answers[first]?.err ?? "");
  throw new LabError(`cannot get the release ${release} from ${wanted[first]?.uri ?? "the mirror"}${words}`);
}

/** Lines of an apt source list for a release, from the mirror that the machine itself uses. */
export async function sourceLines(release: string, signal: AbortSignal | undefined): Promise<string> {
  const sources = await (release === machineRelease() ? machineSources(signal) : otherSources(release, signal));
  return sources.map(({ uri, suite, component }) => `deb ${uri} ${suite} ${component}\n`).join("");
}

/** mmdebstrap's options that reaching the mirror can depend on: the machine's proxies, address family, clock checks. */
export async function aptOptions(release: string): Promise<readonly string[]> {
  const { out } = await attempt(["apt-config", "dump"]);
  const lines = out
    .split("\n")
    .filter((line) => /^Acquire::(https?::|ForceIPv|Retries|Check-)/.test(line) && !line.endsWith(' "";'));
  const own = lines.map((line) => `--aptopt=${line.replace(/;$/, "")}`);
  return hasEnded(release) ? [...own, '--aptopt=Acquire::Check-Valid-Until "false"'] : own;
}
