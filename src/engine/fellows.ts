/** The hosts that `hostvars` knows: those of the inventory, whether they take part or not. */
import type { Host } from "../inventory/types.ts";
import type { Fellow, Fellows } from "./hostvars.ts";
import { magic } from "./magic.ts";
import type { Staff } from "./staff.ts";
import type { Staging } from "./stage.ts";
import { Variables } from "./variables.ts";

export function fellowsOf(staging: Staging, crew: ReadonlyMap<string, Staff>): Fellows {
  const { hosts, implicit } = staging.inventory;
  const outside = (name: string): Fellow | undefined => {
    const host = hosts.get(name) ?? (name === "localhost" ? implicit(name) : undefined);
    return host === undefined ? undefined : bystander(host, staging);
  };
  return {
    names: [...hosts.keys()],
    find: (name) => crew.get(name)?.fellow ?? outside(name),
    wantFacts: () => crew.forEach((staff) => staff.wantFacts()),
    templates: staging.world.templates,
  };
}

/** A host that takes part in no play: nothing is learned of it. */
function bystander(host: Host, staging: Staging): Fellow {
  return {
    variables: () => new Variables([host.variables, staging.extra, magic(host, staging)]),
    learned: () => false,
    learns: () => [],
  };
}
