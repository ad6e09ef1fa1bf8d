/** Descriptions of sites, read as a command reads them, or made from data. */
import { loadInventory } from "../../src/inventory/load.ts";
import type { Inventory, Variables } from "../../src/inventory/types.ts";
import { scopeOutsidePlay } from "../../src/engine/hostvars-hosts.ts";
import { templates } from "../../src/jinja/templates.ts";
import { check } from "../../src/core/schema.ts";
import { readSites } from "../../src/site/read.ts";
import type { Sites } from "../../src/site/read.ts";
import { checkSite } from "../../src/site/check/index.ts";
import { resolveSite } from "../../src/site/model/resolve.ts";
import { site as schema, siteHost } from "../../src/site/model/schema.ts";
import type { Site, SiteHost, SiteProblem } from "../../src/site/model/site.ts";

export interface ReadInventory {
  readonly inventory: Inventory;
  readonly sites: Sites;
}

export async function readInventory(
  name: string,
  cwd = process.cwd(),
  extra: Variables = new Map(),
): Promise<ReadInventory> {
  const inventory = await loadInventory(name, cwd);
  const outside = { inventory, extra, cwd, words: {} };
  const scope = (host: Parameters<typeof scopeOutsidePlay>[0]) => scopeOutsidePlay(host, outside, templates(), []);
  return { inventory, sites: readSites({ inventory, extra, scope }) };
}

export interface GivenHost {
  readonly name: string;
  readonly groups: readonly string[];
  readonly addresses: readonly string[];
  readonly siteHost?: Readonly<Record<string, unknown>>;
}

/** A site from data: patterns of hosts are names of groups or hosts, separated by commas. */
export function siteOf(
  description: unknown,
  given: readonly GivenHost[],
): { site: Site; problems: readonly SiteProblem[] } {
  const checked = check(schema, description);
  if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
  const hosts: readonly SiteHost[] = given.map(({ name, addresses, siteHost: data = {} }) => ({
    ...{ name, addresses, data: siteHost.parse(data) },
  }));
  const inGroup = (name: string) => given.filter((host) => host.name === name || host.groups.includes(name));
  const { site, problems } = resolveSite(checked.value, {
    hosts,
    select: (pattern) => pattern.split(",").flatMap((name) => inGroup(name).map((host) => host.name)),
    hasGroup: (name) => inGroup(name).length > 0,
  });
  return { site, problems: [...problems, ...checkSite(site)] };
}
