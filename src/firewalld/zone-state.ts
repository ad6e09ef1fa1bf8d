/** Reads the state of one item of a firewalld zone from a look, and says why a change of it is refused. */
import { Blocked } from "../core/task-type.ts";
import type { Output } from "../core/task-type.ts";
import { arrivalIn } from "./arrival.ts";
import { rememberedZone } from "./permanent.ts";
import type { Remembered } from "./permanent.ts";
import { OTHER, ownLabel } from "./look.ts";
import { makesFirewalldRead, namesIn } from "./names.ts";
import { emptyFile, notRunning, readAnswers, storesOf, unknownIn } from "./seen.ts";
import type { Answers, Store, Stores } from "./seen.ts";
import { shutsOut } from "./lockout.ts";
import { entriesOf, holds, zoneFromBus, zoneFromXml } from "./zone.ts";
import type { Item, Zone } from "./zone.ts";

export interface ZoneArgs extends Stores {
  /** `undefined`: the default zone. */
  readonly zone: string | undefined;
  /** `undefined`: it is about the default zone itself. */
  readonly item: Item | undefined;
  readonly enabled: boolean;
  readonly force: boolean;
}

export type ZoneState = Readonly<{
  zone: string;
  running: boolean;
  /** Whether it is there, or which zone is the default one. A store that is not evaluated is left out. */
  runtime?: boolean | string;
  /** `EMPTY` if it cannot be known. */
  permanent?: boolean | string;
  /** The zone's entries that are the item, as each store spells them. */
  entries: Readonly<Partial<Record<Store, readonly string[]>>>;
  /** What firewalld remembers if it has read the zone's file. */
  remembered?: Remembered;
}>;

/** The permanent state if the zone's file is empty. */
export const EMPTY = "unknown, the file is empty";

type Zones = Readonly<Partial<Record<Store, Zone>>>;

/** The desired value, in each store. */
export function valueWanted({ item, zone, enabled }: ZoneArgs): boolean | string {
  return item === undefined ? (zone ?? "") : enabled;
}

/** A change that must not be made is `Blocked` here; a state that is already right is not. */
export function readZone(seen: Output, args: ZoneArgs): ZoneState | Blocked {
  const answers = readAnswers(seen);
  if (answers instanceof Blocked) return answers;
  if (answers.words("there") !== undefined) return asWritten(answers, args);
  const zones = zonesIn(answers, args);
  const empty = isEmpty(answers, args);
  const missing = storesOf(args).find((store) => zones[store] === undefined && !(store === "permanent" && empty));
  if (missing !== undefined) return whyMissing(missing, answers, args);
  if (empty && (!answers.running || args.item === undefined)) return emptyFile(answers.file?.path ?? "");
  const state = stateOf(answers, zones, args);
  return barred(answers, zones, state, args) ?? state;
}

/** It is there, literally; or it is the default zone. */
function asWritten({ running, words }: Answers, args: ZoneArgs): ZoneState {
  const is = Object.fromEntries(storesOf(args).map((store) => [store, valueWanted(args)]));
  return { zone: words("name") ?? "", running, ...is, entries: {} };
}

function isEmpty({ file }: Answers, { permanent }: ZoneArgs): boolean {
  return permanent && file !== undefined && file.root === undefined;
}

function zonesIn(answers: Answers, args: ZoneArgs): Zones {
  const known = answers.running && answers.reply(ownLabel(args.item)) !== undefined;
  const permanent = permanentZone(answers, args);
  return {
    ...(known && args.runtime ? { runtime: zoneFromBus(answers.reply) } : {}),
    ...(permanent !== undefined && args.permanent ? { permanent } : {}),
  };
}

/** For NetworkManager's own interfaces its answer overrides the zone's file. */
function permanentZone({ file, words }: Answers, { item }: ZoneArgs): Zone | undefined {
  const zone = file?.root === undefined ? undefined : zoneFromXml(file.root);
  const bound = words("networkmanager") ?? "";
  if (zone === undefined || bound === "" || item?.is !== "interface") return zone;
  const others = zone.interfaces.filter((name) => name !== item.name);
  return { ...zone, interfaces: bound === words("name") ? [...others, item.name] : others };
}

function whyMissing(store: Store, answers: Answers, args: ZoneArgs): Blocked {
  const zone = answers.words("name") ?? "";
  const stopped = store === "runtime" && !answers.running ? notRunning(args) : undefined;
  if (stopped !== undefined) return stopped;
  const refusal = answers.refusal(ownLabel(args.item)) ?? answers.refusal("default");
  if (store === "runtime" && refusal?.includes("INVALID_ZONE") !== true) {
    return new Blocked(`firewalld does not say what zone ${zone} holds: ${refusal ?? "no answer"}`);
  }
  return noZone(zone, store, answers.file !== undefined);
}

function noZone(zone: string, store: Store, hasFile: boolean): Blocked {
  if (store === "permanent") {
    const hint = `\`firewall-cmd --permanent --new-zone=${zone}\` makes one`;
    return new Blocked(`there is no zone ${zone}`, hint);
  }
  const made = hasFile ? "" : `\`firewall-cmd --permanent --new-zone=${zone}\` or a file of it makes one; `;
  const read = hasFile ? ": firewalld has not read its file yet" : "";
  const hint = `${made}firewalld knows it after a reload: \`service: {name: firewalld, state: reloaded}\` before this task`;
  return new Blocked(`there is no zone ${zone} at run time${read}`, hint, makesFirewalldRead);
}

function stateOf(answers: Answers, zones: Zones, args: ZoneArgs): ZoneState {
  const { item } = args;
  const kept = answers.words("kept") ?? "public";
  const defaults = { runtime: String(answers.reply("default")?.[0] ?? kept), permanent: kept };
  const perStore = <T>(work: (zone: Zone, store: Store) => T): Partial<Record<Store, T>> => {
    const known = storesOf(args).flatMap((store) =>
      zones[store] === undefined ? [] : [[store, zones[store]] as const],
    );
    return Object.fromEntries(known.map(([store, zone]) => [store, work(zone, store)]));
  };
  const { file, running } = answers;
  const remembers =
    running && args.permanent && file?.root !== undefined && answers.words("networkmanager") === undefined;
  return {
    zone: answers.words("name") ?? "",
    running,
    ...(isEmpty(answers, args) ? { permanent: EMPTY } : {}),
    ...perStore((zone, store) => (item === undefined ? defaults[store] : isSo(zone, item, args))),
    entries: perStore((zone) => (item === undefined ? [] : entriesOf(zone, item))),
    ...(remembers ? { remembered: rememberedZone(file.path, file.root) } : {}),
  };
}

/** A port is not right if only a part of its range is right. */
function isSo(zone: Zone, item: Item, { enabled }: ZoneArgs): boolean {
  return enabled ? holds(zone, item) : entriesOf(zone, item).length > 0;
}

function barred(answers: Answers, zones: Zones, state: ZoneState, args: ZoneArgs): Blocked | undefined {
  const due = storesOf(args).filter((store) => state[store] !== valueWanted(args));
  if (due.length === 0) return undefined;
  return notTaken(answers, due, args) ?? (args.force ? undefined : lockout(answers, zones, state, due, args));
}

/** firewalld itself, or its files, do not know a name in the item. */
function notTaken(answers: Answers, due: readonly Store[], { item, enabled }: ZoneArgs): Blocked | undefined {
  if (item === undefined || !enabled) return undefined;
  const refusal = answers.refusal("take");
  if (refusal !== undefined && !refusal.includes("INVALID_ZONE")) {
    return new Blocked(`this host's firewalld rejects it: ${refusal.replaceAll("\n", " ")}`, HOST_MATTERS, () => false);
  }
  return unknownIn(answers, namesIn(item), due);
}

const HOST_MATTERS = "what it takes depends on its release, and on the names in /etc/protocols and /etc/services there";

function lockout(
  answers: Answers,
  zones: Zones,
  { zone }: ZoneState,
  due: readonly Store[],
  { item, enabled }: ZoneArgs,
): Blocked | undefined {
  const changed = Object.fromEntries(
    due.flatMap((store) => (zones[store] === undefined ? [] : [[store, zones[store]]])),
  );
  const other = { name: String(answers.reply("default")?.[0] ?? ""), zone: zoneFromBus(answers.reply, OTHER) };
  return shutsOut({ zone, item, enabled, zones: changed, other }, arrivalIn(answers));
}
