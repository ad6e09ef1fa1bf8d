import { FILTER_FAMILIES } from "../filters/index.ts";
import type { Native, Natives } from "../values/native.ts";

/** All filters, by each of their names: bare, and with the collection in which Ansible has them. */
export const FILTERS: ReadonlyMap<string, Native> = new Map(
  FILTER_FAMILIES.flatMap(({ filters, collections }) => named([filters], collections)),
);

export function named(families: readonly Natives[], collections: readonly string[]): (readonly [string, Native])[] {
  const all = families.flatMap((family) => Object.entries(family));
  return ["", ...collections].flatMap((collection) => all.map(([name, it]) => [collection + name, it] as const));
}
