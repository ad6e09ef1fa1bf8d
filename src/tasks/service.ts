import { z } from "../core/schema.ts";
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Advice, Delta, Output } from "../core/task-type.ts";
import { flag } from "./parts/flag.ts";
import { isSshUnit, noNewSsh } from "../firewalld/ssh-service.ts";
import { enableUnread, LASTS, LEAVE_UNREAD, lookAtUnit, READ_LINKS, REREAD, watch } from "./parts/systemctl.ts";

const args = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9:_.\\@-]*$/, "expected the name of a unit, with or without `.service`")
      .describe("The unit; without a suffix, a service."),
    state: z
      .enum(["started", "stopped", "reloaded", "restarted"])
      .describe("Running or not; `reloaded` and `restarted` are done each time, and start a unit that is not running.")
      .optional(),
    enabled: flag.describe("Whether it starts at boot.").optional(),
    masked: flag.describe("Whether it is kept from being started at all.").optional(),
    force: flag.describe("`true`: also ssh is stopped, disabled or masked, which is refused otherwise.").default(false),
  })
  .refine((given) => given.state !== undefined || given.enabled !== undefined || given.masked !== undefined, {
    error: "give `state`, `enabled` or `masked`",
  });

type Args = z.infer<typeof args>;

/**
 * The state of a unit. `state`: started, starting, stopping, stopped, failed (and left at that) or failing (dead, and
 * about to be started again). `enabled`: in the words of `systemctl is-enabled`.
 */
type State = Readonly<{
  unit: string;
  state: string;
  enabled?: string;
  masked: boolean;
}>;

/** Units of systemd: running, enabled, masked; restarts and reloads. */
export const service = taskType<Args, State>({
  kind: "service",
  summary: "A unit of systemd: running, enabled, masked; or restarted, reloaded.",
  notes: `The look is one \`systemctl show\` for all units of a play together. For \`enabled\` it is also one
\`systemctl is-enabled\` for all that no link in \`/etc/systemd/system\` enables. That command knows SysV scripts, too.
A unit that is starting or stopping is given three seconds. One that \`failed\`, or keeps dying and being started again,
does not run.

When the unit is not there, a task that wants it running or enabled waits for earlier changes that are due (its
package). It fails if none is. For stopped and disabled, a unit that is not there is in the desired state.

Of an alias (\`ctrl-alt-del.target\` is one of \`reboot.target\`) \`masked\` is about that name alone; it runs and is enabled when the unit is.

A start, restart or reload counts only when the unit is active, with the same main process, for half a second after it.
Else the task fails with the last lines of the unit's journal. \`systemctl reload keepalived\`, for example, ends with 0,
and the daemon dies of its configuration a moment later.

Of several such tasks in a row each is acted on. Then all are checked together: they wait once, and systemd reads once
what was enabled with them. systemd 257 wants to read it for each: it takes a new link for a change of units. A unit
file that is newer than what systemd has read is read first.

ssh itself (\`ssh\`, \`sshd\`) is not stopped, disabled or masked unless \`force: true\` says so: no new connection would come in.

\`reloaded\` and \`restarted\` are what handlers are made of: a play may notify \`reload keepalived\` or \`restart nginx\` without
declaring them.`,
  examples: [
    `- name: the firewall runs, now and after a boot
  service:
    name: firewalld
    state: started
    enabled: true`,
    `- name: nothing but keepalived fills the IPVS table
  service:
    name: ipvsadm
    enabled: false`,
    `- name: read the configuration again
  service:
    name: keepalived
    state: reloaded`,
  ],
  args,
  label: (given) => [`service ${given.name}`, ...wanted(given)].join(" "),
  look: (given) => lookAtUnit(given.name, given.enabled !== undefined),
  read,
  want: (given, seen) => (seen === undefined ? wantOfNone(given) : wantOf(given, seen)),
  act,
  stabilityCheck,
  alwaysRuns: (given) => isEvent(given),
  advise,
});

function isEvent(given: Args): boolean {
  return given.state === "reloaded" || given.state === "restarted";
}

function wanted(given: Args): readonly string[] {
  const enabled = given.enabled === undefined ? [] : [given.enabled ? "enabled" : "disabled"];
  const masked = given.masked === undefined ? [] : [given.masked ? "masked" : "unmasked"];
  const all = [...(given.state === undefined ? [] : [given.state]), ...enabled, ...masked];
  return all.length === 0 ? [] : [all.join(", ")];
}

function read(seen: Output, given: Args): State | undefined | Blocked {
  const fields = new Map(seen.out.split("\n").map((line) => [line.replace(/=.*/, ""), line.replace(/^[^=]*=/, "")]));
  const state = fields.get("state");
  if (seen.code !== 0 || state === undefined) {
    return new Blocked(`cannot query systemd: ${seen.err.trim() || `exit code ${seen.code}`}`);
  }
  if (fields.get("load") === "not-found") return undefined;
  const unit = fields.get("unit") ?? given.name;
  const enabled = fields.get("enabled");
  return { unit, state, ...(enabled === undefined ? {} : { enabled }), masked: fields.get("load") === "masked" };
}

/** A unit that does not exist neither runs nor starts at boot; it can be masked all the same. */
function wantOfNone(given: Args): Partial<State> | undefined | Blocked {
  const needed = given.enabled === true || (given.state !== undefined && given.state !== "stopped");
  if (needed) return new Blocked(`there is no unit \`${given.name}\``, "install the package that brings it first");
  return given.masked === true ? { masked: true } : undefined;
}

function wantOf(given: Args, seen: State): Partial<State> | Blocked {
  const starts = given.enabled === true || (given.state !== undefined && given.state !== "stopped");
  if (seen.masked && given.masked === false && !isNameOf(given.name, seen.unit)) {
    const why = `\`${given.name}\` is another name of \`${seen.unit}\`, and that is what is masked`;
    return new Blocked(why, `if it may run, say \`masked: false\` of \`${seen.unit}\``);
  }
  if (seen.masked && starts && given.masked !== false) {
    return new Blocked(`the unit \`${seen.unit}\` is masked`, "if it may run, say `masked: false`");
  }
  if (given.enabled === true && CANNOT.has(seen.enabled ?? "")) {
    const why = `the unit \`${seen.unit}\` cannot be enabled: systemd calls it ${seen.enabled ?? ""}`;
    return new Blocked(why, "leave out `enabled`: its unit file says nothing of when it is to start");
  }
  const want = { ...wantedState(given, seen), ...wantedEnabled(given, seen), ...masking(given) };
  const lost = given.force || !isSshUnit(given.name) ? undefined : lostWith(want, seen);
  return lost === undefined ? want : noNewSsh(`\`${seen.unit}\` is ${lost}`);
}

/** What a unit would lose, in one word. */
function lostWith(want: Partial<State>, seen: State): string | undefined {
  if (want.state === "stopped" && seen.state !== "stopped") return "stopped";
  if (want.masked === true && !seen.masked) return "masked";
  return want.enabled === "disabled" ? "disabled, after a boot" : undefined;
}

function isNameOf(name: string, unit: string): boolean {
  return name === unit || `${name}.service` === unit;
}

/** What systemctl(1) says of units without an `[Install]` section. */
const CANNOT: ReadonlySet<string> = new Set(["static", "generated", "transient"]);

function masking(given: Args): Partial<State> {
  return given.masked === undefined ? {} : { masked: given.masked };
}

function wantedState(given: Args, seen: State): Partial<State> {
  if (given.state === undefined) return {};
  return given.state === "stopped" && seen.state === "failed" ? {} : { state: given.state };
}

/** Every state that systemd does not call enabled counts as disabled: static, indirect, not there. */
function wantedEnabled(given: Args, seen: State): Partial<State> {
  if (given.enabled === undefined) return {};
  if (given.enabled) return { enabled: "enabled" };
  const unknown = seen.enabled === "masked" && given.masked === false;
  return unknown || seen.enabled?.startsWith("enabled") === true ? { enabled: "disabled" } : {};
}

/**
 * A name can be an alias of a unit. Masking applies to a name: it masks the given name, and leaves the unit. Enabling
 * applies to the unit file. systemctl refuses to enable an alias that is a link in /etc. So everything but masking
 * applies to the unit's own name.
 */
function act(delta: Delta<State>, given: Args): Sh {
  const unit = delta.before?.unit ?? given.name;
  const named = isNameOf(given.name, unit) ? unit : given.name;
  const { masked } = delta.after ?? {};
  const has = (key: keyof State): boolean => delta.keys.includes(key);
  const later = readsLater(delta, given);
  return lines([
    ...(has("masked") && masked === false ? [sh`systemctl unmask ${named}`] : []),
    ...(later ? [enableUnread(unit)] : enabling(unit, delta)),
    ...(has("state") && given.state !== undefined ? change(unit, given.state, delta) : []),
    ...(has("masked") && masked === true ? [sh`systemctl mask ${named}`] : []),
    ...(later ? [LEAVE_UNREAD] : []),
  ]);
}

function enabling(unit: string, { after, keys }: Delta<State>): readonly Sh[] {
  if (!keys.includes("enabled")) return [];
  return [after?.enabled === "enabled" ? sh`systemctl enable ${unit}` : sh`systemctl disable ${unit}`];
}

/** A unit with a stability check can have its links read during the check. */
function readsLater(delta: Delta<State>, given: Args): boolean {
  return delta.keys.includes("enabled") && delta.after?.enabled === "enabled" && hasToRun(delta, given);
}

function hasToRun({ keys }: Delta<State>, { state }: Args): boolean {
  return state !== undefined && state !== "stopped" && keys.includes("state");
}

/** A unit that failed too often in a row is not started again before its counter is reset. */
function change(unit: string, state: NonNullable<Args["state"]>, { before }: Delta<State>): readonly Sh[] {
  if (state === "stopped") return [sh`systemctl stop ${unit}`];
  const failed = before?.state === "failed" || before?.state === "failing";
  return [watch(unit), REREAD, ...(failed ? [sh`systemctl reset-failed "$unit"`] : []), VERBS[state]];
}

/** A running unit must stay running. */
function stabilityCheck(delta: Delta<State>, given: Args): Sh | undefined {
  if (!hasToRun(delta, given)) return undefined;
  const read = readsLater(delta, given) ? [READ_LINKS] : [];
  return lines([...read, watch(delta.before?.unit ?? given.name), LASTS]);
}

const START = sh`systemctl start "$unit" || fail "$unit did not start"
settle 'after its start'`;

const VERBS = {
  started: START,
  restarted: sh`systemctl restart "$unit" || fail "$unit did not restart"
settle 'after its restart'`,
  reloaded: sh`if systemctl is-active --quiet "$unit"; then
  systemctl reload "$unit" || fail "$unit did not reload"
  settle 'after its reload'
else
  systemctl start "$unit" || fail "$unit did not start"
  settle 'after its start'
fi`,
} as const;

function advise(given: Args): readonly Advice[] {
  const name = given.name.replace(/\.service$/, "");
  if (name === "ipvsadm") return adviseIpvsadm(given);
  if (name !== "keepalived" || given.state !== "restarted") return [];
  const message = "a restart of keepalived gives up every VIP and empties the IPVS table for a moment";
  return [{ path: ["state"], message, help: "`reloaded` reads the new configuration without either" }];
}

/** M9: measured, and called expected behaviour by keepalived's authors (acassen/keepalived issues 1018 and 1877). */
function adviseIpvsadm(given: Args): readonly Advice[] {
  const note = "a stop or restart of this service empties the live table, and keepalived does not fill it again";
  if (given.enabled === true || (given.state !== undefined && given.state !== "stopped")) {
    const message = "the service `ipvsadm` and keepalived fill the same IPVS table";
    return [{ path: ["name"], message, help: "write `enabled: false` on a host with keepalived", note }];
  }
  if (given.state !== "stopped") return [];
  const message = "stopping `ipvsadm` empties the IPVS table that keepalived filled";
  const help = "write `enabled: false` alone, or stop it only before keepalived starts";
  return [{ path: ["state"], message, help, note }];
}
