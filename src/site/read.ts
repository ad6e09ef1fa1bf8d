/** Reads the descriptions of sites from an inventory: validated, with every problem at its place. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { check } from "../core/schema.ts";
import type { Schema } from "../core/schema.ts";
import { selectHosts } from "../inventory/select.ts";
import type { Host, Inventory, Variable, Variables } from "../inventory/types.ts";
import type { Scope } from "../jinja/templates.ts";
import { isIP } from "../text/ip.ts";
import { checkSite } from "./check/index.ts";
import { dsrOf } from "./derive/index.ts";
import type { Dsr } from "./derive/index.ts";
import { canonical } from "./model/networks.ts";
import { resolveSite } from "./model/resolve.ts";
import { site as siteSchema, siteHost as siteHostSchema } from "./model/schema.ts";
import type { SiteHostData } from "./model/schema.ts";
import type { Site, SiteHost, SiteInventory, SiteProblem } from "./model/site.ts";
import { fromOlder } from "./older.ts";
import type { Converted } from "./older.ts";
import { REQUIRED, deprecated, incomplete, memberProblems, unused } from "./older-variables.ts";
import type { OlderVariables } from "./older-variables.ts";
import { inOlder, inVariable, placed, problemsIn, writtenPart } from "./written.ts";
import type { Written } from "./written.ts";

/** What descriptions are read from. */
export interface SiteInput {
  readonly inventory: Inventory;
  /** `-e`. */
  readonly extra: Variables;
  /** A host's variables outside of any play. */
  readonly scope: (host: Host) => Scope;
  /** The hosts are those of the twin. */
  readonly isTwin?: boolean;
}

export interface Sites {
  /** Errors and warnings of all descriptions. */
  readonly problems: readonly Problem[];
  /** The site of a host; `undefined`: nothing describes one. */
  readonly siteOf: (host: string) => Site | undefined;
  /** What follows from it for the host. */
  readonly dsrOf: (host: string) => Dsr | undefined;
}

/** Every host whose variables describe a site. */
export function readSites(input: SiteInput): Sites {
  const reader = new SiteReader(input);
  const sites = new Map(
    [...input.inventory.hosts.values()].flatMap((host) => {
      const found = reader.read(host);
      return found === undefined ? [] : [[host.name, found] as const];
    }),
  );
  const hostOf = (name: string): SiteHost | undefined => sites.get(name)?.hosts.find((host) => host.name === name);
  return {
    problems: reader.problems,
    siteOf: (name) => sites.get(name),
    dsrOf: (name) => {
      const [host, found] = [hostOf(name), sites.get(name)];
      return host === undefined || found === undefined ? undefined : dsrOf(host, found);
    },
  };
}

/** Hosts with the same variables have the same site: it is read once. */
class SiteReader {
  readonly #input: SiteInput;
  readonly #problems = new Map<string, Problem>();
  readonly #known = new Map<string, Site | undefined>();

  constructor(input: SiteInput) {
    this.#input = input;
  }

  get problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  read(host: Host): Site | undefined {
    try {
      const scope = this.#input.scope(host);
      const variable = this.#variable(host, "site");
      if (variable !== undefined) {
        this.#tellUnused(host, scope);
        return this.#site(scope.get("site"), variable);
      }
      const older = fromOlder(valuesIn(scope));
      if (older === undefined) return undefined;
      return "missing" in older ? this.#incomplete(older.missing, host) : this.#olderSite(older, host);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      error.problems.forEach((problem) => this.#tell(problem));
      return undefined;
    }
  }

  #tell(problem: Problem): void {
    const { place, message } = problem;
    this.#problems.set(`${place?.source.file ?? ""} ${place?.start ?? ""} ${message}`, problem);
  }

  #variable(host: Host, name: string): Variable | undefined {
    return this.#input.extra.get(name) ?? host.variables.get(name);
  }

  #site(value: unknown, variable: Variable): Site | undefined {
    return this.#once(value, inVariable(variable, "site"), () => inventoryOf(this.#input, (host) => this.#host(host)));
  }

  #once(value: unknown, written: Written, inventory: () => SiteInventory | undefined): Site | undefined {
    const key = JSON.stringify(value);
    if (this.#known.has(key)) return this.#known.get(key);
    const made = this.#make(value, written, inventory);
    this.#known.set(key, made);
    return made;
  }

  #make(value: unknown, written: Written, inventory: () => SiteInventory | undefined): Site | undefined {
    const checked = this.#check(siteSchema, value, written);
    if (checked === undefined) return undefined;
    const hosts = inventory();
    // What a host lacks because its `site_host` was refused is no second mistake.
    if (hosts === undefined) return undefined;
    const { site, problems } = resolveSite(checked, hosts);
    const all = [...problems, ...checkSite(site)];
    // A warning may only follow from an error.
    const errors = all.filter(({ severity }) => severity === undefined);
    (errors.length === 0 ? all : errors).forEach((problem) => this.#tellAbout(problem, written));
    return site;
  }

  #check<T>(schema: Schema<T>, value: unknown, written: Written, host?: string): T | undefined {
    const checked = check(schema, value);
    if ("value" in checked) return checked.value;
    placed(checked.problems, written, host).forEach((problem) => this.#tell(problem));
    return undefined;
  }

  #tellAbout({ host, severity, ofKey, ...problem }: SiteProblem, site: Written): void {
    const owner = host === undefined ? undefined : this.#input.inventory.hosts.get(host);
    const variable = owner === undefined ? undefined : this.#variable(owner, "site_host");
    const written = variable === undefined || site.isOlder ? site : inVariable(variable, "site_host");
    const path = writtenPart(written.pathOf(problem.path, host), written);
    const key = ofKey === true ? path.at(-1) : undefined;
    const about = key === undefined ? { path } : { path: path.slice(0, -1), unknownKey: String(key), known: [] };
    problemsIn(written, [{ ...problem, ...about }]).forEach(({ label: _label, ...each }) =>
      this.#tell({ ...each, severity: severity ?? "error" }),
    );
  }

  /** `undefined`: its `site_host` was refused. */
  #host(host: Host): SiteHost | undefined {
    const scope = this.#input.scope(host);
    const variable = this.#variable(host, "site_host");
    const data =
      variable === undefined
        ? siteHostSchema.parse({})
        : this.#check(siteHostSchema, scope.get("site_host"), inVariable(variable, "site_host"));
    return data === undefined ? undefined : siteHost(host, data, scope);
  }

  #incomplete(missing: readonly string[], host: Host): undefined {
    const place = ["vip", "pair", "real_servers"].flatMap((name) => this.#variable(host, name)?.keyPlace ?? [])[0];
    this.#tell({ ...incomplete(missing), ...(place === undefined ? {} : { place }) });
  }

  #olderSite(older: Converted, host: Host): Site | undefined {
    const written = inOlder((name) => this.#variable(host, name), older);
    this.#tell(deprecated(this.#variable(host, "vip")));
    const wrong = memberProblems(valuesIn(this.#input.scope(host)));
    if (wrong.length === 0) return this.#once(older.site, written, () => this.#olderInventory(older, written));
    problemsIn(written, wrong).forEach((problem) => this.#tell(problem));
    return undefined;
  }

  #olderInventory({ hosts, sources }: Converted, written: Written): SiteInventory | undefined {
    const clients = this.#input.inventory.groups.get("clients")?.hosts ?? [];
    return inventoryOf(this.#input, (each) => {
      const own = clients.includes(each.name) && sources !== undefined ? { sources } : {};
      const data = this.#check(siteHostSchema, { ...hosts.get(each.name), ...own }, written, each.name);
      return data === undefined ? undefined : siteHost(each, data, this.#input.scope(each));
    });
  }

  /** Reports older variables that `site` replaces: a change of them would change nothing. */
  #tellUnused(host: Host, scope: Scope): void {
    const variable = this.#variable(host, "vip");
    if (variable !== undefined && REQUIRED.every((name) => scope.has(name))) this.#tell(unused(variable));
  }
}

function valuesIn(scope: Scope): OlderVariables {
  return (name) => (scope.has(name) ? scope.get(name) : undefined);
}

/** The inventory as a description sees it; `undefined`: a host was refused. */
function inventoryOf(
  { inventory, isTwin = false }: SiteInput,
  hostOf: (host: Host) => SiteHost | undefined,
): SiteInventory | undefined {
  const all = [...inventory.hosts.values()].map(hostOf);
  const hosts = all.flatMap((host) => host ?? []);
  if (hosts.length < all.length) return undefined;
  return {
    hosts,
    select: (pattern) => select(inventory, pattern),
    isTwin,
    hasGroup: (name) => (inventory.groups.get(name)?.hosts.length ?? 0) > 0,
  };
}

function select(inventory: Inventory, pattern: string): ReturnType<SiteInventory["select"]> {
  const place = { source: { file: "site", text: pattern }, start: 0, end: pattern.length };
  try {
    return selectHosts(inventory, pattern, place).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [first] = error.problems;
    const help = first?.label ?? first?.help;
    return { wrong: first?.message ?? "no hosts", ...(help === undefined ? {} : { help }) };
  }
}

/** The address by which a host is reached is its own, if the description does not say otherwise. */
function siteHost({ name }: Host, data: SiteHostData, scope: Scope): SiteHost {
  const reached: unknown = scope.has("ansible_host") ? scope.get("ansible_host") : name;
  const usual = typeof reached === "string" && isIP(reached) !== 0 ? [reached] : [];
  return { name, data, addresses: (data.addresses ?? usual).map(canonical) };
}
