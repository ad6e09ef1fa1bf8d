/** Provides the hosts of `hostvars`: all hosts of the inventory, active in the run or not. */
import type { Host, Inventory } from "../inventory/types.ts";
import type { Scope, Templates } from "../jinja/templates.ts";
import { hostvars } from "./variables/hostvars.ts";
import type { HostView, HostViews } from "./variables/hostvars.ts";
import { layer, magicVariables } from "./variables/magic-variables.ts";
import type { MagicContext } from "./variables/magic-variables.ts";
import { scopeOf } from "./variables/scope.ts";
import type { RunInput } from "./run-input.ts";
import { Variables } from "./variables/variables.ts";
import type { Layer } from "./variables/variables.ts";

/** The context of hosts that take part in no play. */
export interface InventoryContext extends MagicContext {
  /** `-e`: above all others. */
  readonly extra: Layer;
}

/** A host that takes part in the run. */
interface Member {
  readonly fellow: HostView;
  wantFacts(): void;
}

export function hostViews(input: RunInput, crew: ReadonlyMap<string, Member>): HostViews {
  return {
    names: [...input.inventory.hosts.keys()],
    find: (name) => crew.get(name)?.fellow ?? inactiveHost(name, input),
    wantFacts: () => crew.forEach((staff) => staff.wantFacts()),
    templates: input.world.templates,
  };
}

/**
 * What a host's templates see outside of any play: its own variables, `above` them those of plays, magic variables, and
 * the other hosts by `hostvars`.
 */
export function scopeOutsidePlay(
  host: Host,
  outside: InventoryContext,
  templates: Templates,
  above: readonly Layer[] = [],
): Scope {
  const find = (name: string): HostView | undefined => inactiveHost(name, outside);
  const fellows = { names: [...outside.inventory.hosts.keys()], find, wantFacts: () => undefined, templates };
  const onlooker = { host: host.name, play: 0, ahead: () => false, waits: () => undefined };
  const others = layer({ hostvars: hostvars(fellows, onlooker) });
  return scopeOf(
    new Variables([host.variables, ...above, outside.extra, magicVariables(host, outside), others]),
    templates,
  );
}

/** Nothing is learned of it. */
function inactiveHost(name: string, outside: InventoryContext): HostView | undefined {
  const host = hostOf(name, outside.inventory);
  if (host === undefined) return undefined;
  return {
    variables: () => new Variables([host.variables, outside.extra, magicVariables(host, outside)]),
    learned: () => false,
    learns: () => [],
  };
}

function hostOf(name: string, { hosts, implicit }: Inventory): Host | undefined {
  return hosts.get(name) ?? (name === "localhost" ? implicit(name) : undefined);
}
