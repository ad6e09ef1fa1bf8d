/** The site that a drill is about, as the variables of the inventory describe it. */
import { canonical } from "../../drills/hosts/vrrp.ts";
import type { Site } from "../../drills/vantage.ts";
import { InputError } from "../../core/problem.ts";
import type { ProblemCode } from "../../core/problem-code.ts";
import type { Problem } from "../../core/problem.ts";
import type { Host } from "../../inventory/types.ts";
import { endpoint } from "../../text/ip.ts";
import { didYouMean, listNames } from "../../text/suggest.ts";
import { throwIfErrors } from "../../core/collect-problems.ts";
import type { Place } from "../../core/source.ts";
import { selectHosts } from "../../inventory/select.ts";
import { drillTarget } from "../../site/derive/drill-target.ts";
import { directorsOf } from "../../site/model/relations.ts";
import type { Site as SiteModel } from "../../site/model/site.ts";
import { sitesOf } from "../input/site.ts";
import { address, integer, port, text, z } from "../../core/schema.ts";
import type { Schema } from "../../core/schema.ts";
import { oneOrMore } from "../../tasks/parts/list.ts";
import type { LoadedInventory } from "../input/load-play.ts";
import { UsageError } from "../args/usage-error.ts";

const HEALTH = z.object({
  path: text.optional(),
  status: oneOrMore("status", integer(100, 599), "a status code or a list of them").optional(),
  body: text.optional(),
});
const SERVERS = z.array(z.object({ name: text, address, weight: integer(0, 2147483647).default(1) }));

/** What a drill is about: the site as a client sees it, and the directors of its VIP. */
export interface DrillSite {
  readonly site: Site;
  /** Their names; `undefined`: the group `directors`. */
  readonly directors: readonly string[] | undefined;
}

/** What the command line says of the site. */
interface Chosen {
  /** The name or the address of a VIP; left out: the first VIP of the description. */
  readonly vip: string | undefined;
  readonly url: string | undefined;
}

/**
 * From the description of the site. An inventory without one says it with the variables `vip`, `service_port` and
 * others.
 *
 * @throws InputError when a variable is missing or not valid
 */
export function drillSite(loaded: LoadedInventory, chosen: Chosen): DrillSite {
  if (chosen.url !== undefined && !isWebAddress(chosen.url))
    throw new UsageError(
      `\`--url\` is not an http or https URL: \`${chosen.url}\``,
      "write for example `--url http://10.0.0.5/`",
    );
  const sites = sitesOf(loaded);
  throwIfErrors(sites.problems);
  const described = [...loaded.inventory.hosts.keys()].flatMap((name) => sites.siteOf(name) ?? []);
  if (described.length > 0) return fromDescription(loaded, [...new Set(described)], chosen);
  const [director] = selectHosts(loaded.inventory, "directors", placeOf(loaded));
  if (director === undefined) throw new Error("a group without hosts was selected");
  return { site: fromVariables(loaded, director, chosen.url), directors: undefined };
}

function fromDescription(loaded: LoadedInventory, sites: readonly SiteModel[], { vip: name, url }: Chosen): DrillSite {
  const all = sites.flatMap((site) => site.instances.flatMap(({ vips }) => vips.map((vip) => ({ site, vip }))));
  const wanted =
    name === undefined ? all : all.filter(({ vip }) => vip.name === name || vip.address === canonical(name));
  const probed = wanted.map((each) => ({ ...each, ...drillTarget(each.site, each.vip) }));
  const target = probed.find((each) => each.request !== undefined) ?? probed[0];
  if (target === undefined)
    throw wrongVip(
      loaded,
      name ?? "",
      all.map(({ vip }) => vip.name),
    );
  const { request, vip } = target;
  const found = url ?? request?.url;
  if (found === undefined) throw noUrl(loaded, vip.name);
  const asked = { connectTo: url === undefined ? request?.connectTo : undefined, insecure: request?.insecure === true };
  return {
    site: { ...target.seen, ...asked, vip: vip.address, url: found },
    directors: directorsOf(vip, target.site).map((host) => host.name),
  };
}

function wrongVip({ inventory }: LoadedInventory, name: string, known: readonly string[]): InputError {
  const message = `the inventory \`${inventory.name}\` has no VIP \`${name}\``;
  const help = didYouMean(name, known) ?? `its VIPs are ${listNames(known)}`;
  return new InputError([{ severity: "error", code: "invalid-value", message, help }]);
}

function noUrl({ inventory }: LoadedInventory, vip: string): InputError {
  const message = `no service of the VIP \`${vip}\` has a health check by HTTP or HTTPS: the drill has no URL to ask`;
  const help = `give \`--url URL\`, or choose another VIP of the inventory \`${inventory.name}\` with \`--vip\``;
  return new InputError([{ severity: "error", code: "missing-key", message, help }]);
}

function placeOf({ inventory }: LoadedInventory): Place {
  return { source: { file: "-i", text: inventory.name }, start: 0, end: inventory.name.length };
}

function fromVariables(loaded: LoadedInventory, director: Host, url: string | undefined): Site {
  const read = <T>(name: string, schema: Schema<T>): T | undefined => variable(loaded, director, name, schema);
  const vip = read("vip", text);
  if (vip === undefined)
    throw wrong("undefined-variable", loaded, "missing variable `vip`: the drill needs it", `, or give \`-e vip=…\``);
  const health = read("health", HEALTH);
  const servers = read("real_servers", SERVERS)?.map((each) => ({ ...each, address: canonical(each.address) }));
  const sources = read("probe_sources", z.array(address)) ?? [];
  return {
    vip: canonical(vip),
    url: url ?? `http://${endpoint(vip, read("service_port", port) ?? 80)}${health?.path ?? "/"}`,
    connectTo: undefined,
    insecure: false,
    sources: sources.length === 0 ? [""] : sources,
    realServers: servers,
    statuses: health?.status ?? [],
    body: health?.body?.replace(/\n+$/, ""),
  };
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function variable<T>(loaded: LoadedInventory, host: Host, name: string, schema: Schema<T>): T | undefined {
  const variables = loaded.scope(host);
  if (!variables.has(name)) return undefined;
  const parsed = schema.safeParse(variables.get(name));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at \`${issue.path.join(".")}\``;
  throw wrong(
    "invalid-value",
    loaded,
    `the drill cannot use the variable \`${name}\`${where}: ${issue?.message ?? "it is not valid"}`,
    "",
  );
}

function wrong(code: ProblemCode, { inventory }: LoadedInventory, message: string, or: string): InputError {
  const help = `write it into \`group_vars/all.yml\` of the inventory \`${inventory.name}\`, as in inventories/prod${or}`;
  const problem: Problem = { severity: "error", code, message, help };
  return new InputError([problem]);
}
