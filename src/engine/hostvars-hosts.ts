/** The hosts that `hostvars` knows: those of the inventory, whether they take part or not. */
import type { Host, Inventory } from "../inventory/types.ts";
import type { Scope, Templates } from "../jinja/templates.ts";
import { hostvars } from "./bind/hostvars.ts";
import type { Fellow, Fellows } from "./bind/hostvars.ts";
import { layer, magic } from "./bind/magic-variables.ts";
import type { Surroundings } from "./bind/magic-variables.ts";
import { scopeOf } from "./bind/scope.ts";
import type { Staging } from "./run-input.ts";
import { Variables } from "./bind/variables.ts";
import type { Layer } from "./bind/variables.ts";

/** Where hosts stand that take part in no play. */
export interface Outside extends Surroundings {
  /** `-e`: above all others. */
  readonly extra: Layer;
}

/** A host that takes part in the run. */
interface Member {
  readonly fellow: Fellow;
  wantFacts(): void;
}

export function fellowsOf(staging: Staging, crew: ReadonlyMap<string, Member>): Fellows {
  return {
    names: [...staging.inventory.hosts.keys()],
    find: (name) => crew.get(name)?.fellow ?? bystander(name, staging),
    wantFacts: () => crew.forEach((staff) => staff.wantFacts()),
    templates: staging.world.templates,
  };
}

/**
 * What a host's templates see outside of any play: its own variables, `above` them those of plays, magic variables, and the
 * other hosts by `hostvars`.
 */
export function outsideScope(host: Host, outside: Outside, templates: Templates, above: readonly Layer[] = []): Scope {
  const find = (name: string): Fellow | undefined => bystander(name, outside);
  const fellows = { names: [...outside.inventory.hosts.keys()], find, wantFacts: () => undefined, templates };
  const onlooker = { host: host.name, play: 0, ahead: () => false, waits: () => undefined };
  const others = layer({ hostvars: hostvars(fellows, onlooker) });
  return scopeOf(new Variables([host.variables, ...above, outside.extra, magic(host, outside), others]), templates);
}

/** Nothing is learned of it. */
function bystander(name: string, outside: Outside): Fellow | undefined {
  const host = hostOf(name, outside.inventory);
  if (host === undefined) return undefined;
  return {
    variables: () => new Variables([host.variables, outside.extra, magic(host, outside)]),
    learned: () => false,
    learns: () => [],
  };
}

function hostOf(name: string, { hosts, implicit }: Inventory): Host | undefined {
  return hosts.get(name) ?? (name === "localhost" ? implicit(name) : undefined);
}
