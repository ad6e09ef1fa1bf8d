import { z } from "../schema.ts";
import { lines, nothing, sh } from "../sh.ts";
import type { Sh } from "../sh.ts";
import { Blocked, taskType } from "../task.ts";
import type { Delta, Output } from "../task.ts";
import { adviseOnItem } from "./parts/firewall-advice.ts";
import { addByBus, removeByBus } from "./parts/firewall-bus.ts";
import { addItem, removeItem } from "./parts/firewall-cmd.ts";
import { itemArgs, itemIn, itemText } from "./parts/firewall-item.ts";
import { commandFor, notRunning, readAnswers, zoneLook } from "./parts/firewalld.ts";
import type { Answers, Stores } from "./parts/firewalld.ts";
import { guardDefaultZone, guardInterface, guardRemoval } from "./parts/lockout.ts";
import type { Ways } from "./parts/lockout.ts";
import { without } from "./parts/port-range.ts";
import { entriesOf, holds, waysIn, waysText, zoneFromBus, zoneFromXml, zoneWithout } from "./parts/zone.ts";
import type { Item, Zone } from "./parts/zone.ts";
import { flag } from "./parts/flag.ts";

const zoneName = z.string().regex(/^[A-Za-z0-9_-]{1,17}$/, "expected the name of a zone");

const shape = z.strictObject({
  zone: zoneName.optional().describe("The zone. Left out: the host's default zone."),
  ...itemArgs,
  default_zone: zoneName
    .optional()
    .describe(
      "The zone that interfaces without a zone of their own belong to. Stands alone, at run time and permanently.",
    ),
  state: z.enum(["enabled", "disabled"]).default("enabled").describe("Whether the zone shall have it."),
  permanent: flag.default(true).describe("Whether what is kept for the next reload and boot is judged."),
  immediate: flag.default(true).describe("Whether what holds at run time is judged."),
  force: flag
    .default(false)
    .describe(
      "`true`: also a change after which ssh would not be let in any more. Such a change is refused otherwise.",
    ),
});

interface FirewalldArgs extends Stores {
  readonly zone: string | undefined;
  /** `undefined`: it is about the default zone itself. */
  readonly item: Item | undefined;
  readonly enabled: boolean;
  readonly force: boolean;
}

type Store = keyof Stores;
type PerStore = Readonly<Partial<Record<Store, readonly string[]>>>;

type FirewalldState = Readonly<{
  zone: string;
  defaultZone: string;
  running: boolean;
  /** Whether it is so, or which zone is the default one. A store that is not judged is left out. */
  runtime?: boolean | string;
  permanent?: boolean | string;
  /** The zone's entries that are the item, as they are spelt there. */
  entries: PerStore;
  /** Where ssh is at stake: the ranges of TCP ports that it may come in by, or that would be closed to it. */
  ways: PerStore;
}>;

const ITEMS = Object.keys(itemArgs);

function checkArgs(raw: z.output<typeof shape>, ctx: z.RefinementCtx): void {
  const wrong = (message: string, path: readonly string[] = []): void =>
    ctx.addIssue({ code: "custom", path: [...path], message });
  const given = Object.entries(raw).flatMap(([key, value]) =>
    value !== undefined && (ITEMS.includes(key) || key === "default_zone") ? [key] : [],
  );
  if (given.length === 0) wrong(`give one of ${ITEMS.map((key) => `\`${key}\``).join(", ")}, or \`default_zone\``);
  if (given.length > 1) wrong(`one thing a task: not ${given.map((key) => `\`${key}\``).join(" and ")} (use \`loop\`)`);
  if (!raw.permanent && !raw.immediate) wrong("with neither `permanent` nor `immediate` there is nothing to judge");
  if (raw.default_zone === undefined) return;
  if (raw.zone !== undefined) wrong("`default_zone` names the zone itself", ["zone"]);
  if (raw.state === "disabled") wrong("there is always a default zone: name another one", ["state"]);
  if (!raw.permanent) wrong("firewalld changes the default zone at run time and permanently at once", ["permanent"]);
}

function firewalldArgs(raw: z.output<typeof shape>): FirewalldArgs {
  const { zone, default_zone, state, permanent, immediate, force } = raw;
  const item = default_zone === undefined ? itemIn(raw) : undefined;
  return { zone: default_zone ?? zone, item, enabled: state === "enabled", permanent, runtime: immediate, force };
}

const STORES = ["runtime", "permanent"] as const;

function storesOf(args: Stores): readonly Store[] {
  return STORES.filter((store) => args[store]);
}

function read(seen: Output, args: FirewalldArgs): FirewalldState | Blocked {
  const answers = readAnswers(seen);
  if (answers instanceof Blocked) return answers;
  const zone = answers.words.get("name") ?? "";
  const zones = {
    runtime: zoneFromBus(answers.replies.get("settings") ?? []),
    permanent: permanentZone(answers, args),
  };
  const missing = storesOf(args).find((store) => zones[store] === undefined);
  if (missing !== undefined) return whyMissing(missing, zone, answers, args);
  const kept = answers.words.get("kept") ?? "public";
  const defaults = { runtime: String(answers.replies.get("default")?.[0] ?? kept), permanent: kept };
  const perStore = <T>(work: (zone: Zone, store: Store) => T): Partial<Record<Store, T>> =>
    Object.fromEntries(
      storesOf(args).flatMap((store) => {
        const there = zones[store];
        return there === undefined ? [] : [[store, work(there, store)]];
      }),
    );
  return {
    zone,
    defaultZone: defaults.runtime,
    running: answers.running,
    ...perStore((there, store) => isSo(there, args) ?? defaults[store]),
    entries: perStore((there) => (args.item === undefined ? [] : entriesOf(there, args.item))),
    ways: perStore((there) => waysText(waysAtStake(there, args))),
  };
}

/** `undefined`: it is about the default zone. A port is not so already when a part of it is wrong. */
function isSo(zone: Zone, { item, enabled }: FirewalldArgs): boolean | undefined {
  if (item === undefined) return undefined;
  return enabled ? holds(zone, item) : entriesOf(zone, item).length > 0;
}

/** NetworkManager's word for its own interfaces goes before the zone's file. */
function permanentZone({ file, words }: Answers, { item }: FirewalldArgs): Zone | undefined {
  const zone = file === undefined ? undefined : zoneFromXml(file.root);
  const bound = words.get("networkmanager") ?? "";
  if (zone === undefined || bound === "" || item?.is !== "interface") return zone;
  const others = zone.interfaces.filter((name) => name !== item.name);
  return { ...zone, interfaces: bound === words.get("name") ? [...others, item.name] : others };
}

function whyMissing(store: Store, zone: string, { running, refusals }: Answers, args: FirewalldArgs): Blocked {
  const stopped = store === "runtime" && !running ? notRunning(args) : undefined;
  const refusal = refusals.get("settings");
  if (stopped !== undefined) return stopped;
  if (store === "runtime" && refusal?.includes("INVALID_ZONE") !== true) {
    return new Blocked(`firewalld does not say what zone ${zone} holds: ${refusal ?? "no answer"}`);
  }
  const hint = `\`firewall-cmd --permanent --new-zone=${zone}\` makes one, which is there at run time after a reload`;
  return new Blocked(`there is no zone ${zone}${store === "runtime" ? " at run time" : ""}`, hint);
}

/** What is left where something moves into the zone; what is lost where something that is in it goes. */
function waysAtStake(zone: Zone, { item, enabled }: FirewalldArgs): ReturnType<typeof waysIn> {
  if (item === undefined || (item.is === "interface" && enabled)) return waysIn(zone);
  if (enabled) return [];
  const left = waysIn(zoneWithout(zone, item));
  return waysIn(zone).flatMap((range) => without(range, left));
}

function want(args: FirewalldArgs, seen: FirewalldState | undefined): Partial<FirewalldState> | Blocked {
  const value = args.item === undefined ? (args.zone ?? "") : args.enabled;
  const wanted = Object.fromEntries(storesOf(args).map((store) => [store, value]));
  if (args.item !== undefined || args.force || seen === undefined) return wanted;
  const shut = storesOf(args).filter((store) => seen.ways[store]?.length === 0);
  const differs = storesOf(args).some((store) => seen[store] !== value);
  if (!differs || shut.length === 0) return wanted;
  const why = `zone ${seen.zone} would shut out ssh: nothing is open for it there ${shut.map((store) => WHEN[store]).join(" and ")}`;
  return new Blocked(why, "open `service: ssh` in it first; `force: true` does it all the same");
}

const WHEN = { runtime: "at run time", permanent: "permanently" } as const;

function act(delta: Delta<FirewalldState>, args: FirewalldArgs): Sh {
  const { before } = delta;
  if (before === undefined) return nothing;
  const stores = STORES.filter((store) => delta.keys.includes(store));
  const guards = args.force ? [] : guardOf(before, stores, args);
  if (args.item === undefined) return lines([...guards, setDefaultZone(before, stores)]);
  const { item, enabled } = args;
  const changes = stores.map((store) => byBus(before, store, enabled, item) ?? byCommand(before, store, enabled, item));
  return lines([...guards, ...changes]);
}

function byBus({ running, zone, entries }: FirewalldState, store: Store, enabled: boolean, item: Item): Sh | undefined {
  if (!running) return undefined;
  return enabled ? addByBus(store, zone, item) : removeByBus(store, zone, item, entries[store] ?? []);
}

function byCommand({ running, zone, entries }: FirewalldState, store: Store, enabled: boolean, item: Item): Sh {
  const command = sh`${commandFor(store, running)} --zone=${zone}`;
  return enabled ? addItem(command, item) : removeItem(command, item, entries[store] ?? []);
}

/** firewall-cmd writes both, but does nothing where the runtime is right already. */
function setDefaultZone({ zone }: FirewalldState, stores: readonly Store[]): Sh {
  const tool = stores.includes("runtime") ? sh`firewall-cmd` : sh`firewall-offline-cmd`;
  return sh`${tool} --set-default-zone=${zone}`;
}

const ALL_WAYS = "1-65535";

function guardOf(before: FirewalldState, stores: readonly Store[], { item, enabled }: FirewalldArgs): readonly Sh[] {
  const ways: readonly Ways[] = stores.map((store) => ({ when: WHEN[store], ranges: before.ways[store] ?? [] }));
  const shut = ways.filter(({ ranges }) => !ranges.includes(ALL_WAYS));
  if (item === undefined) return shut.length === 0 ? [] : [guardDefaultZone(before.zone, shut)];
  if (item.is === "interface" && enabled)
    return shut.length === 0 ? [] : [guardInterface(before.zone, item.name, shut)];
  const lost = ways.filter(({ ranges }) => ranges.length > 0);
  return lost.length === 0 ? [] : [guardRemoval(before.zone, before.defaultZone, lost)];
}

export const firewalld = taskType<FirewalldArgs, FirewalldState>({
  kind: "firewalld",
  summary: "One thing in a zone of firewalld, or the default zone; at run time and permanently.",
  notes: `What holds at run time and what is kept for the next reload and boot are judged apart, and each is repaired alone: there is
never a reload. Ansible's module changes only the runtime unless told otherwise; here \`permanent\` and \`immediate\` are both true.

Looked at are firewalld's D-Bus interface (\`busctl\`, 5 ms of CPU a call), \`/etc/firewalld/firewalld.conf\`, and the zone's file in
\`/etc/firewalld/zones\`, else \`/usr/lib/firewalld/zones\`; never firewall-cmd, which takes 200 ms a call. All tasks for a zone share one
look. Changes are made over D-Bus too; a source or an interface that moves and a range that is cut by \`firewall-cmd\`, one item a call; all by \`firewall-offline-cmd\` while firewalld is stopped (with \`immediate: false\`;
not on RHEL 7.0 to 7.2, where that tool has no zones).

Two spellings of the same thing are the same: the quotes, spaces and order of a rich rule, \`10.0.0.2\` and \`10.0.0.2/32\`, \`vrrp\` and
\`112\`. What is there in another spelling is right; \`state: disabled\` removes the spelling that is there. A port is open when a wider
range holds it, and closing it leaves the rest of that range open.

A source or an interface that belongs to another zone is moved. An interface of NetworkManager's is bound in its connection, which
firewall-cmd changes, and is looked at there (\`nmcli\`).

A zone that opens nothing for ssh does not become the default zone, no interface that we came in by is moved into such a zone, and the last
opening for ssh is not taken out of the zone that we came in by, unless \`force: true\` says so. Taken into account are the port of this very
connection and the zone of its interface; zones by source are not. Rich rules that accept ssh count, whatever their source.

\`firewall-offline-cmd\` repairs a default zone that is wrong only in \`firewalld.conf\`: firewall-cmd does nothing where the runtime is right.`,
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
  look: ({ zone, item }) => zoneLook(zone, item?.is === "interface" ? item.name : undefined),
  read,
  want,
  act,
  advise: ({ item, enabled }) => (item === undefined || !enabled ? [] : adviseOnItem(item)),
});
