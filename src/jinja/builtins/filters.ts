import { BASICS } from "../filters/basics.ts";
import { ENCODINGS } from "../filters/encodings.ts";
import { IP_NETWORKS } from "../filters/ip-networks.ts";
import { IPS } from "../filters/ip.ts";
import { JSONS } from "../filters/json.ts";
import { LISTS } from "../filters/lists.ts";
import { MAPS } from "../filters/maps.ts";
import { NUMERIC } from "../filters/numeric.ts";
import { PATHS } from "../filters/paths.ts";
import { CHANCE } from "../filters/random.ts";
import { REGEXES } from "../filters/regexes.ts";
import { SELECT } from "../filters/select.ts";
import { SETS } from "../filters/sets.ts";
import { TEXTS } from "../filters/texts.ts";
import { YAMLS } from "../filters/yaml.ts";
import type { Native, Natives } from "../values/native.ts";

/** All filters, by each name they go by: bare, and with the name of the collection that Ansible has them in. */
export const FILTERS: ReadonlyMap<string, Native> = new Map([
  ...named(
    [BASICS, ENCODINGS, JSONS, LISTS, MAPS, NUMERIC, PATHS, CHANCE, REGEXES, SELECT, SETS, TEXTS, YAMLS],
    ["ansible.builtin.", "ansible.legacy."],
  ),
  ...named([IPS, IP_NETWORKS], ["ansible.utils.", "ansible.netcommon."]),
]);

export function named(families: readonly Natives[], collections: readonly string[]): (readonly [string, Native])[] {
  const all = families.flatMap((family) => Object.entries(family));
  return ["", ...collections].flatMap((collection) => all.map(([name, it]) => [collection + name, it] as const));
}
