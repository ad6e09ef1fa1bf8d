/** The shell that brings one item of a zone into the desired state, in the stores where it is not. */
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { addByBus, removeByBus } from "./bus.ts";
import { addItem, removeItem } from "./command.ts";
import { keptZone, rewrittenZone } from "./permanent.ts";
import { commandFor } from "./seen.ts";
import type { Store } from "./seen.ts";
import { entryOf } from "./zone.ts";
import type { Item } from "./zone.ts";
import { EMPTY } from "./zone-state.ts";
import type { ZoneState } from "./zone-state.ts";

export function changeItem(before: ZoneState, stores: readonly Store[], enabled: boolean, item: Item): Sh {
  return lines(stores.map((store) => (store === "runtime" ? change : keep)(before, store, enabled, item)));
}

/** firewall-cmd writes both, but does nothing if the runtime is right already. */
export function changeDefaultZone({ zone }: ZoneState, stores: readonly Store[]): Sh {
  const tool = stores.includes("runtime") ? sh`firewall-cmd` : sh`firewall-offline-cmd`;
  return sh`${tool} --set-default-zone=${zone}`;
}

type Change = (before: ZoneState, store: Store, enabled: boolean, item: Item) => Sh;

const keep: Change = (before, store, enabled, item) => {
  const { zone, running, remembered, permanent } = before;
  if (permanent === EMPTY) {
    const whole = { ...before, entries: { permanent: [entryOf(item)] } };
    return rewrittenZone(zone, change(whole, store, !enabled, item), change(whole, store, enabled, item));
  }
  const online = change(before, store, enabled, item);
  if (!running || remembered === undefined) return online;
  return keptZone(zone, remembered, online, change({ ...before, running: false }, store, enabled, item));
};

const change: Change = ({ running, zone, entries }, store, enabled, item) => {
  const there = entries[store] ?? [];
  const byBus = !running ? undefined : enabled ? addByBus(store, zone, item) : removeByBus(store, zone, item, there);
  if (byBus !== undefined) return byBus;
  const command = sh`${commandFor(store, running)} --zone=${zone}`;
  return enabled ? addItem(command, item) : removeItem(command, item, there, !running);
};
