/** The descriptions of sites in an inventory, and the variable `dsr` that follows from them. */
import type { Host } from "../../inventory/types.ts";
import { LazyMap } from "../../jinja/templates.ts";
import { readSites } from "../../site/read.ts";
import type { SiteInput, Sites } from "../../site/read.ts";
import { DSR_KEYS } from "../../site/derive/dsr.ts";
import type { Dsr } from "../../site/derive/dsr.ts";

export type { Sites } from "../../site/read.ts";

export function sitesOf(loaded: SiteInput): Sites {
  return readSites(loaded);
}

/** Derived when it is first read; nothing for a host without a site. */
export function derivedFor({ name }: Host, sites: Sites): Readonly<Record<string, unknown>> {
  if (sites.siteOf(name) === undefined) return {};
  let made: Dsr | undefined;
  const dsr = (): Dsr | undefined => (made ??= sites.dsrOf(name));
  const has = (key: string): boolean => DSR_KEYS.some((each) => each === key);
  const get = (key: string): unknown => new Map<string, unknown>(Object.entries(dsr() ?? {})).get(key);
  return { dsr: new LazyMap({ get, has, names: () => DSR_KEYS }) };
}
