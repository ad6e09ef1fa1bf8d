import { z } from "../core/schema.ts";
import { emptyScript } from "../core/shell.ts";
import { taskType } from "../core/task-type.ts";
import { adviseOnItem } from "../firewalld/advice.ts";
import { itemArgs, itemIn, itemText } from "../firewalld/item.ts";
import { flag } from "./parts/flag.ts";
import { zoneLook } from "../firewalld/look.ts";
import { STORES, storesOf } from "../firewalld/seen.ts";
import { stakeOf } from "../firewalld/lockout.ts";
import { changeDefaultZone, changeItem } from "../firewalld/zone-change.ts";
import { readZone, valueWanted } from "../firewalld/zone-state.ts";
import type { ZoneArgs, ZoneState } from "../firewalld/zone-state.ts";

const zoneName = z.string().regex(/^[A-Za-z0-9_-]{1,17}$/, "expected the name of a zone");

const shape = z.strictObject({
  zone: zoneName.optional().describe("The zone. Left out: the host's default zone."),
  ...itemArgs,
  default_zone: zoneName
    .optional()
    .describe(
      "The zone that interfaces without a zone of their own belong to. It cannot be combined with other arguments; set at run time and permanently.",
    ),
  state: z.enum(["enabled", "disabled"]).default("enabled").describe("Whether the zone must have it."),
  permanent: flag.default(true).describe("Whether the permanent configuration is checked."),
  immediate: flag.default(true).describe("Whether the runtime configuration is checked."),
  force: flag.default(false).describe("`true`: also a change that locks ssh out. Such a change is refused otherwise."),
});

const ITEMS = Object.keys(itemArgs);

function checkArgs(raw: z.output<typeof shape>, ctx: z.RefinementCtx): void {
  const wrong = (message: string, path: readonly string[] = []): void =>
    ctx.addIssue({ code: "custom", path: [...path], message });
  const given = Object.entries(raw).flatMap(([key, value]) =>
    value !== undefined && (ITEMS.includes(key) || key === "default_zone") ? [key] : [],
  );
  if (given.length === 0) wrong(`give one of ${ITEMS.map((key) => `\`${key}\``).join(", ")}, or \`default_zone\``);
  if (given.length > 1) wrong(`one thing a task: not ${given.map((key) => `\`${key}\``).join(" and ")} (use \`loop\`)`);
  if (!raw.permanent && !raw.immediate) wrong("`permanent` and `immediate` are both false: nothing to check");
  if (raw.default_zone === undefined) return;
  if (raw.zone !== undefined) wrong("`default_zone` names the zone itself", ["zone"]);
  if (raw.state === "disabled") wrong("there is always a default zone: name another one", ["state"]);
  if (!raw.permanent) wrong("firewalld changes the default zone at run time and permanently at once", ["permanent"]);
}

function firewalldArgs(raw: z.output<typeof shape>): ZoneArgs {
  const { zone, default_zone, state, permanent, immediate, force } = raw;
  const item = default_zone === undefined ? itemIn(raw) : undefined;
  return { zone: default_zone ?? zone, item, enabled: state === "enabled", permanent, runtime: immediate, force };
}

export const firewalld = taskType<ZoneArgs, ZoneState>({
  kind: "firewalld",
  summary: "One thing in a zone of firewalld, or the default zone; at run time and permanently.",
  notes: `The runtime and the permanent configuration are checked separately, and each is repaired alone: there is
never a reload. Ansible's module changes only the runtime by default; here \`permanent\` and \`immediate\` are both true.

The look reads firewalld's D-Bus interface (\`busctl\`, 8 ms of CPU per call), \`/etc/firewalld/firewalld.conf\` and the
zone's file. That file is in \`/etc/firewalld/zones\`, else in \`/usr/lib/firewalld/zones\`. The look never calls
firewall-cmd, which takes 200 ms per call. It asks for each list of a zone by itself, once for all tasks.
\`getZoneSettings\` returns all lists at once, but firewalld 0.9 to 2.2 shows there what was loaded where a list was
emptied at run time.

Changes are made over D-Bus too. \`firewall-cmd\` moves a source or an interface and cuts a range, one item per call.
While firewalld is stopped, \`firewall-offline-cmd\` makes all changes (with \`immediate: false\`; not on RHEL 7.0 to
7.2, where that tool has no zones).

firewalld changes what it remembers of a file and writes that whole. The file may be another one by now: it was removed,
or put there by hand or by \`file\`. Then \`firewall-offline-cmd\` changes the file instead, and its other content
stays. \`firewall-cmd --permanent\` shows that after a reload. An empty file, which a full disk leaves, firewalld writes
anew; one that is torn is named, and left alone.

dsrctl evaluates a rich rule as firewalld's own parser does. Some checks depend on the host: what this release knows,
names of protocols and ports, and whether the named service, ipset or ICMP type exists. They are made on the host before
any act, in a dry run too. firewalld itself takes any name for a zone that is not in use, and then does not load its
configuration any more.

Two spellings of the same thing are the same: the quotes, spaces and order of a rich rule, \`10.0.0.2\` and \`10.0.0.2/32\`, \`vrrp\` and
\`112\`. What is there in another spelling is right; \`state: disabled\` removes the spelling that is there. A port is open when a wider
range holds it, and closing it leaves the rest of that range open.

A source or an interface that belongs to another zone is moved. An interface of NetworkManager's is bound in its connection, which
firewall-cmd changes, and is looked at there (\`nmcli\`).

A change that keeps out new ssh connections is refused unless \`force: true\` says so; a dry run refuses it in the same
words. Such a change is one of these:

- The default zone, or the zone of our interface or address, becomes one that opens nothing for ssh.
- The last opening is removed from the zone that we came in by.
- A rule drops, rejects or forwards what we came by.
- Our interface is taken out of its zone, and the default zone opens nothing.

Taken into account are the port and the addresses of this very connection, its interface, sources of zones, and
priorities of rules. A match that the rule does not show (an ipset, a MAC address, a limit) does not count against it.

\`firewall-offline-cmd\` repairs a default zone that is wrong only in \`firewalld.conf\`: firewall-cmd does nothing where the runtime is right.
firewalld 2 reloads itself when its default zone changes: what is set at run time only is gone then.`,
  examples: [
    `- name: the web nodes' zone
  firewalld: { default_zone: internal }
`,
    `- name: HTTP is open
  firewalld: { zone: internal, port: 80/tcp }
`,
    `- name: packets for the VIP are taken, that port only (firewalld 0.7 and later)
  firewalld:
    zone: internal
    rich_rule: rule family="ipv4" destination address="10.0.0.5" forward-port port="80" protocol="tcp" to-port="80"
`,
    `- name: VRRP is let in from the other director only
  firewalld:
    zone: internal
    rich_rule: rule family="ipv4" source address="{{ item }}/32" protocol value="vrrp" accept
  loop: "{{ peers }}"
`,
    `- name: no file sharing
  firewalld: { zone: internal, service: samba-client, state: disabled }
`,
  ],
  args: shape.superRefine(checkArgs).transform(firewalldArgs),
  label: ({ item, zone }) => {
    if (item === undefined) return `default zone ${zone ?? ""}`;
    return `${itemText(item)} in ${zone === undefined ? "the default zone" : `zone ${zone}`}`;
  },
  look: ({ zone, item, enabled, force, runtime, permanent }) => {
    const judged = runtime && permanent ? "both" : runtime ? "runtime" : "permanent";
    return zoneLook({ zone, item, enabled, judged, stake: force ? undefined : stakeOf(item, enabled) });
  },
  read: readZone,
  want: (args) => Object.fromEntries(storesOf(args).map((store) => [store, valueWanted(args)])),
  act: ({ before, keys }, { item, enabled }) => {
    if (before === undefined) return emptyScript;
    const stores = STORES.filter((store) => keys.includes(store));
    return item === undefined ? changeDefaultZone(before, stores) : changeItem(before, stores, enabled, item);
  },
  advise: ({ item, enabled }) => (item === undefined || !enabled ? [] : adviseOnItem(item)),
});
