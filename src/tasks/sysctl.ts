import { text, z } from "../core/schema.ts";
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Advice, Delta, Output } from "../core/task-type.ts";
import { deciding, editFile, lookAtSysctl, readLines, sysctlPath, sysctlValue } from "./parts/sysctl_d.ts";
import type { SysctlLine } from "./parts/sysctl_d.ts";
import { truthOf } from "../text/boolean-words.ts";

const KEY = /^[A-Za-z0-9_@:+-]+([./][A-Za-z0-9_@:+-]+)+$/;
const FILE = /^\/etc\/sysctl\.d\/[^/]+\.conf$/;

const args = z
  .strictObject({
    name: z
      .string()
      .regex(KEY, "expected a key such as `net.ipv4.ip_forward`")
      .describe(
        "The key, with dots or slashes; a dot in an interface's name is a slash then: `net.ipv4.conf.eth0/100.rp_filter`.",
      ),
    value: text
      .refine((value) => /^[^\n\0]*\S[^\n\0]*$/.test(value), "expected one line")
      .transform(kernelValue)
      .describe(
        "Its value; required unless `state` is `absent`. Blanks and tabs are the same; `true`, `yes` and `on` are 1, their opposites 0.",
      )
      .optional(),
    state: z
      .enum(["present", "absent"])
      .describe("`absent`: `file` does not set it; what it is now stays.")
      .default("present"),
    file: z
      .string()
      .regex(FILE, "expected a file in `/etc/sysctl.d` whose name ends in `.conf`: systemd reads no other at boot")
      .describe("Where it is set for the next boot.")
      .default("/etc/sysctl.d/99-zz-dsrctl.conf"),
  })
  .refine((given) => given.state === "absent" || given.value !== undefined, { error: "`value` is missing" });

type Args = z.infer<typeof args>;

/**
 * The value for the kernel: numbers for booleans, as in Ansible's module. The kernel knows no quotes, and old playbooks
 * put them around values with blanks.
 */
function kernelValue(value: string): string {
  const bare = value.trim().replace(/^"([^"]*)"$/, "$1");
  const truth = truthOf(bare);
  return truth === undefined ? bare : truth ? "1" : "0";
}

/**
 * `runtime`: what the kernel has; null: it has no such key. `boot`: what it will be set to after a boot; null: nothing
 * sets it. `by`: the file and line that decide on that. `later`: that file overrides the task's own. `here`: what the
 * task's own file sets it to.
 */
type State = Readonly<{
  runtime: string | null;
  boot: string | null;
  by?: string;
  later: boolean;
  here: string | null;
}>;

/** A kernel parameter, now and after a boot. */
export const sysctl = taskType<Args, State>({
  kind: "sysctl",
  summary: "A kernel parameter: what it is now, and what it will be after a boot.",
  notes: `The look reads \`/proc/sys\` and every line that may decide on the key in the \`sysctl.d\` directories of
\`/etc\`, \`/run\`, \`/usr/local/lib\` and \`/usr/lib\`. It follows the order in which systemd applies them at boot:
files by name. Of files of one name, it takes that in the first of these directories. Patterns
(\`net.ipv4.conf.*.rp_filter\`) count only where no line names the key itself. \`/etc/sysctl.conf\` counts where
\`/etc/sysctl.d/99-sysctl.conf\` links to it, as on Debian 12 and RHEL.

Each side is repaired alone: the kernel's value by writing to \`/proc/sys\`, the next boot's by one line in \`file\`.
Other lines of that file stay as they are. When some other file already sets the value, nothing is written. When a file
whose name sorts after \`file\` sets another value, the task fails and names that file and line. It changes no file but
its own. The default's name sorts after nearly all others.

A key that is not there belongs to a module that is not loaded. The task waits for earlier changes that are due, and
fails if none is. At boot, too, the module must come first: \`net.ipv4.vs.*\` is set only if \`/etc/modules-load.d\`
names \`ip_vs\`.`,
  examples: [
    `- name: persistent clients of a dead real server move on
  sysctl:
    name: net.ipv4.vs.expire_quiescent_template
    value: "1"`,
    `- name: the VIP on lo is not announced
  sysctl:
    name: net.ipv4.conf.all.arp_ignore
    value: "1"`,
    `- name: no longer ours to set
  sysctl:
    name: net.ipv4.ip_forward
    state: absent`,
  ],
  args,
  label: (given) =>
    given.state === "absent"
      ? `sysctl ${given.name} not set in ${given.file}`
      : `sysctl ${given.name} = ${valueOf(given)}`,
  look: (given) => lookAtSysctl(sysctlPath(given.name)),
  read,
  want,
  act,
  advise,
});

function valueOf(given: Args): string {
  return sysctlValue(given.value ?? "");
}

function read(seen: Output, given: Args): State | Blocked {
  const [first = "", ...rest] = seen.out.split("\n");
  if (seen.code !== 0 || !/^(none|unreadable|now\t)/.test(first)) {
    return new Blocked(`cannot read it: ${seen.err.trim() || `exit code ${seen.code}`}`);
  }
  if (first === "unreadable") return new Blocked(`the kernel does not let \`${given.name}\` be read`);
  const all = readLines(rest);
  const boot = deciding(all, sysctlPath(given.name));
  return {
    runtime: first === "none" ? null : sysctlValue(first.slice("now\t".length)),
    boot: boot === undefined || boot.is === "except" ? null : boot.value,
    ...(boot === undefined ? {} : { by: `${boot.file}:${boot.line}` }),
    later: boot !== undefined && boot.is !== "glob" && baseName(boot.file) > baseName(given.file),
    here: hereIn(all, given),
  };
}

function hereIn(all: readonly SysctlLine[], given: Args): string | null {
  return all.findLast((line) => line.file === given.file && !line.is.endsWith("glob"))?.value ?? null;
}

function want(given: Args, seen: State | undefined): Partial<State> | Blocked {
  if (given.state === "absent") return { here: null };
  if (seen?.runtime === null) return new Blocked(`the kernel has no \`${given.name}\``, hintFor(given.name));
  const value = valueOf(given);
  if (seen?.later === true && seen.boot !== value) return overridden(given, seen);
  return { runtime: value, boot: value };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function overridden(given: Args, seen: State): Blocked {
  const does = seen.boot === null ? "keeps it from being set" : `sets it to ${seen.boot}`;
  const why = `${seen.by ?? ""} ${does} after \`${given.file}\``;
  return new Blocked(why, "take that line out, or give `file` a name that sorts after it");
}

/** The module that provides these keys, by the beginning of the key. */
const MODULES = [
  ["net.ipv4.vs.", "ip_vs"],
  ["net.bridge.", "br_netfilter"],
  ["net.netfilter.nf_conntrack_", "nf_conntrack"],
] as const;

function hintFor(name: string): string {
  const dotted = name.includes("/") && !name.includes(".") ? name.replaceAll("/", ".") : name;
  const module = MODULES.find(([prefix]) => dotted.startsWith(prefix))?.[1];
  if (module !== undefined)
    return `load the module \`${module}\`, and name it in \`/etc/modules-load.d/${module}.conf\``;
  if (/^net\.ipv[46]\.(conf|neigh)\./.test(dotted))
    return "check that the interface exists; write a dot in its name as a slash";
  return "check the spelling of the key, and that its kernel module is loaded";
}

function act(delta: Delta<State>, given: Args): Sh {
  const path = sysctlPath(given.name);
  if (given.state === "absent") return editFile(given.file, path, "");
  const value = valueOf(given);
  if (!delta.keys.includes("boot")) return setNow(given.name, path, value);
  return lines([
    ...(delta.keys.includes("runtime") ? [setNow(given.name, path, value), seeNow(given, path, value)] : []),
    sh`half=${`${given.name} is ${value} now, but will not be after a boot: ${given.file} could not be changed`}`,
    sh`trap '[ $? = 0 ] || printf "%s\n" "$half" >&2' EXIT`,
    editFile(given.file, path, `${given.name} = ${value}`),
  ]);
}

/** The kernel gets the value first: a value that it refuses is not written to a file. */
function setNow(name: string, path: string, value: string): Sh {
  const refused = `the kernel does not take ${value} for ${name}`;
  return sh`printf '%s\n' ${value} >${`/proc/sys/${path}`} || { echo ${refused} >&2; exit 1; }`;
}

/** Neither is a value that it changes. */
function seeNow({ name, file }: Args, path: string, value: string): Sh {
  const other = `the kernel took ${value} for ${name}, and has another value; ${file} was not changed. It is now:`;
  return sh`set -f
set -- $(cat ${`/proc/sys/${path}`})
set +f
[ "$*" = ${value} ] || { printf '%s %s\n' ${other} "$*" >&2; exit 1; }`;
}

function advise(given: Args): readonly Advice[] {
  if (given.state === "absent") return [];
  const path = sysctlPath(given.name);
  const found = MISTAKES.find((each) => each.path.test(path) && each.value === valueOf(given));
  return found === undefined ? [] : [{ path: ["name"], message: found.message, help: found.help }];
}

/** M17 in part; the values were measured one against the other. */
const MISTAKES: readonly { path: RegExp; value: string; message: string; help: string }[] = [
  {
    path: /^net\/ipv4\/conf\/all\/rp_filter$/,
    value: "0",
    message: "`all.rp_filter = 0` does nothing where an interface has 1: the greater of the two counts",
    help: "leave it out, as direct server return does not need it; or set it for the interface (`net.ipv4.conf.eth0.rp_filter`)",
  },
  {
    path: /^net\/ipv4\/(ip_forward|conf\/all\/forwarding)$/,
    value: "1",
    message: "forwarding is not needed for direct server return, and makes the host a router",
    help: "leave it out: neither a web node nor a director that uses method DR forwards by routing",
  },
];
