import { integer, z } from "../core/schema.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Delta, Output } from "../core/task-type.ts";
import { flag } from "./parts/flag.ts";
import { oneOrMore } from "./parts/list.ts";
import { installPackages, lookForPackages, removePackages } from "./parts/packages.ts";
import type { PackageTool } from "./parts/packages.ts";
import { isSshPackage, noNewSsh } from "../firewalld/ssh-service.ts";

const packageName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, "expected the name of a package, without version or architecture");

const args = z.strictObject({
  name: oneOrMore("name", packageName, "names of packages, without version or architecture").describe(
    "The package, or a list of packages that are installed in one go.",
  ),
  state: z.enum(["present", "absent"]).describe("Installed, in whatever version, or not.").default("present"),
  update_cache: flag
    .describe("Refresh the package lists first, when something is to be installed at all.")
    .default(false),
  cache_valid_time: integer(0, 31_536_000)
    .describe("Refresh them only when they are older than this many seconds (apt). Includes `update_cache`.")
    .optional(),
  force: flag.describe("`true`: also `openssh-server` is removed, which is refused otherwise.").default(false),
  install_recommends: flag
    .describe("Install what a package recommends, too (apt). Left out: as the host's apt is set up.")
    .optional(),
});

type Args = z.infer<typeof args>;

/** The key of a state that is not a package; no package's name has a blank in it. */
const TOOL = "package tool";

/**
 * A package's version, with its state in parentheses when dpkg calls it neither installed nor gone; null: not there.
 */
type State = Readonly<Record<string, string | null>>;

/** Packages of the host's distribution. */
export const packageType = taskType<Args, State>({
  kind: "package",
  summary: "Packages of the host's distribution, installed or not: apt, yum or dnf.",
  notes: `The look is one \`dpkg-query\` or one \`rpm -q\` for all names together; \`/etc/os-release\` shows which.
Versions are shown in reports and make no difference. On Debian a package that was removed but not purged is absent. One
that is half installed or half configured is not present: it is repaired.

A name that an installed package provides (\`awk\`, \`mail-transport-agent\`, an old name) is present: reports show which one does. \`absent\` is about the
package of that very name: what provides it stays.

- **apt**: \`apt-get install\` without questions, keeping configuration files that were changed (\`--force-confold\`), waiting up to a
  minute for dpkg's lock. It removes nothing to make room (\`--no-remove\`). If the lists are empty or out of date, they are
  refreshed once and the installation is tried again. An installation that was interrupted earlier is finished first.
- **yum, dnf**: \`install\`; with expired metadata and a second try when a name is not known. yum alone would end well if
  only some of the names are known: here that fails, and the name is given.
- \`absent\` removes what depends on the package as well, but nothing that came with it; configuration files stay.

On Debian a daemon starts as its package is installed. keepalived's does not: its unit waits for a configuration that is
not empty. Elsewhere a daemon stays off until a \`service\` task starts it.`,
  examples: [
    `- name: the director's packages
  package:
    name: [keepalived, ipvsadm]`,
    `- package: firewalld`,
    `- name: no telnet
  package:
    name: telnet
    state: absent`,
  ],
  args,
  positionalArg: "name",
  label: (given) => `${names(given).length === 1 ? "package" : "packages"} ${names(given).join(", ")}${suffix(given)}`,
  look: (given) => lookForPackages(names(given), given.state === "present"),
  read,
  want: (given, seen) => {
    const lost = given.state === "absent" && !given.force ? names(given).filter(isSshPackage) : [];
    const [there] = lost.filter((name) => typeof seen?.[name] === "string");
    if (there !== undefined) return noNewSsh(`\`${there}\` is removed`);
    return Object.fromEntries(names(given).map((name) => [name, given.state === "present" ? "installed" : null]));
  },
  diff,
  unboundedOutput: () => true,
  act: (delta, given) => {
    const tool = (delta.before?.[TOOL] ?? "apt") as PackageTool;
    if (given.state === "absent") return removePackages(tool, { names: delta.keys });
    return installPackages(tool, {
      names: delta.keys,
      refresh: refreshOf(given),
      recommends: given.install_recommends,
    });
  },
});

function suffix(given: Args): string {
  return given.state === "absent" ? " absent" : "";
}

function names(given: Args): readonly string[] {
  return [...new Set(given.name)];
}

function refreshOf(given: Args): number | undefined {
  return given.cache_valid_time ?? (given.update_cache ? 0 : undefined);
}

function read(seen: Output, given: Args): State | Blocked {
  const [tool = "", ...lines] = seen.out.split("\n");
  if (seen.code !== 0 || !["apt", "yum", "dnf"].includes(tool)) return unreadable(seen);
  const states = names(given).map((name) => [name, stateOf(name, lines)] as const);
  const silent = states.find(
    ([name, state]) => tool !== "apt" && state === null && !lines.includes(notInstalled(name)),
  );
  if (silent === undefined) return { [TOOL]: tool, ...Object.fromEntries(states) };
  if (seen.err.trim() !== "") return unreadable(seen);
  return new Blocked(`rpm says nothing of the package \`${silent[0]}\``, "write its whole name");
}

function unreadable(seen: Output): Blocked {
  return new Blocked(`the package database could not be read: ${seen.err.trim() || `exit code ${seen.code}`}`);
}

function notInstalled(name: string): string {
  return `package ${name} is not installed`;
}

const INSTALLED = new Set(["installed", "triggers-awaited", "triggers-pending"]);
const GONE = new Set(["not-installed", "config-files"]);

/**
 * A package may be installed for several architectures, or in several versions: the first that is installed counts. A
 * name that only another package provides has that one and its version.
 */
function stateOf(name: string, lines: readonly string[]): string | null {
  const own = lines
    .map((line) => line.split("\t"))
    .filter(([first, status, , provides]) => first === name && !GONE.has(status ?? "") && isProvided(name, provides));
  const [, status = "", version = ""] = own.find((fields) => INSTALLED.has(fields[1] ?? "")) ?? own[0] ?? [];
  if (status === "") return null;
  return INSTALLED.has(status) || status === "by" ? version : `${version} (${status})`;
}

/** dpkg's list is of all that a package provides, its state before it: `installed, awk, mail-reader (= 1), x:any,`. */
function isProvided(name: string, provides: string | undefined): boolean {
  if (provides === undefined) return true;
  const [state = "", ...provided] = provides.split(", ").map((each) => each.replace(/[ :,].*/, ""));
  return INSTALLED.has(state) && provided.includes(name);
}

function diff(before: State | undefined, after: Partial<State> | undefined): Delta<State> | undefined {
  const keys = Object.entries(after ?? {}).flatMap(([name, wanted]) => (fits(before?.[name], wanted) ? [] : [name]));
  return keys.length === 0 ? undefined : { before, after, keys };
}

function fits(seen: string | null | undefined, wanted: string | null | undefined): boolean {
  if (wanted === null) return seen === null;
  return typeof seen === "string" && !seen.endsWith(")");
}
