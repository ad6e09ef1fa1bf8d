/** Reads the descriptions of sites from an inventory: validated, with every problem at its place. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { check } from "../core/schema.ts";
import type { ArgProblem, Schema } from "../core/schema.ts";
import { selectHosts } from "../inventory/select.ts";
import type { Host, Inventory, Variable, Variables } from "../inventory/types.ts";
import type { Scope } from "../jinja/templates.ts";
import { argProblems } from "../playbook/args.ts";
import { nodeAt } from "../yaml/index.ts";
import { isIP } from "../text/ip.ts";
import { checkSite } from "./check/index.ts";
import { dsrOf } from "./derive/index.ts";
import type { Dsr } from "./derive/index.ts";
import { canonical } from "./model/networks.ts";
import { resolveSite } from "./model/resolve.ts";
import { site as siteSchema, siteHost as siteHostSchema } from "./model/schema.ts";
import type { SiteHostData } from "./model/schema.ts";
import type { Site, SiteHost, SiteInventory, SiteProblem } from "./model/site.ts";
import { fromOlder, originOf } from "./older.ts";
import type { Converted } from "./older.ts";

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
      if (variable !== undefined) return this.#site(scope.get("site"), variable);
      const older = fromOlder((name) => (scope.has(name) ? scope.get(name) : undefined));
      if (older === undefined) return undefined;
      return isMissing(older) ? this.#incomplete(older, host) : this.#olderSite(older, host);
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
    return this.#once(value, variable, () => inventoryOf(this.#input, (host) => this.#host(host)));
  }

  #once(value: unknown, variable: Variable | undefined, inventory: () => SiteInventory): Site | undefined {
    const key = JSON.stringify(value);
    if (this.#known.has(key)) return this.#known.get(key);
    const made = this.#make(value, variable, inventory);
    this.#known.set(key, made);
    return made;
  }

  #make(value: unknown, variable: Variable | undefined, inventory: () => SiteInventory): Site | undefined {
    const checked = this.#check(siteSchema, value, variable, "site");
    if (checked === undefined) return undefined;
    const before = this.#problems.size;
    const hosts = inventory();
    // What a host lacks because its `site_host` was refused is no second mistake.
    if (this.#problems.size > before) return undefined;
    const { site, problems } = resolveSite(checked, hosts);
    const all = [...problems, ...checkSite(site)];
    // A warning may only follow from an error.
    const errors = all.filter(({ severity }) => severity === undefined);
    (errors.length === 0 ? all : errors).forEach((problem) => this.#tellAbout(problem, variable));
    return site;
  }

  #check<T>(schema: Schema<T>, value: unknown, variable: Variable | undefined, kind: string): T | undefined {
    const checked = check(schema, value);
    if ("value" in checked) return checked.value;
    this.#placed(checked.problems, variable, kind).forEach((problem) => this.#tell(problem));
    return undefined;
  }

  #tellAbout({ host, severity, ofKey, ...problem }: SiteProblem, variable: Variable | undefined): void {
    const owner = host === undefined ? undefined : this.#input.inventory.hosts.get(host);
    const own = owner === undefined ? variable : this.#variable(owner, "site_host");
    const kind = host === undefined ? "site" : "site_host";
    const path = writtenPart(problem.path, own);
    const key = ofKey === true ? path.at(-1) : undefined;
    const about = key === undefined ? { path } : { path: path.slice(0, -1), unknownKey: String(key), known: [] };
    this.#placed([{ ...problem, ...about }], own, kind).forEach(({ label: _label, ...each }) =>
      this.#tell({ ...each, severity: severity ?? "error" }),
    );
  }

  /** Without a variable, the data were made from the older variables: one of these is what the problem is about. */
  #placed(problems: readonly ArgProblem[], variable: Variable | undefined, kind: string): readonly Problem[] {
    if (variable !== undefined)
      return argProblems({ type: { kind }, args: variable.node, place: variable.keyPlace, noun: "key" }, problems);
    // The subnet is made from the VIP, which is checked itself.
    const own = problems.filter(({ path }) => !path.includes("subnets"));
    return own.map(({ path, message, help }) => {
      const name = originOf(path);
      const { extra, inventory } = this.#input;
      const found =
        extra.get(name) ?? [...inventory.hosts.values()].flatMap((host) => host.variables.get(name) ?? [])[0];
      return bare(`\`${name}\`: ${message}`, help, found);
    });
  }

  #host(host: Host): SiteHost {
    const scope = this.#input.scope(host);
    const variable = this.#variable(host, "site_host");
    const data =
      variable === undefined ? undefined : this.#check(siteHostSchema, scope.get("site_host"), variable, "site_host");
    return siteHost(host, data ?? siteHostSchema.parse({}), scope);
  }

  #incomplete(missing: readonly string[], host: Host): undefined {
    const place = ["vip", "pair", "real_servers"].flatMap((name) => this.#variable(host, name)?.keyPlace ?? [])[0];
    this.#tell({ ...incomplete(missing), ...(place === undefined ? {} : { place }) });
  }

  #olderSite({ site, hosts, sources }: Converted, host: Host): Site | undefined {
    const client = this.#input.inventory.groups.get("clients")?.hosts ?? [];
    const made = (each: Host): SiteHost => {
      const given = {
        ...hosts.get(each.name),
        ...(client.includes(each.name) && sources !== undefined ? { sources } : {}),
      };
      const data = this.#check(siteHostSchema, given, undefined, "site_host");
      return siteHost(each, data ?? siteHostSchema.parse({}), this.#input.scope(each));
    };
    const found = this.#once(site, undefined, () => inventoryOf(this.#input, made));
    this.#tell(deprecated(this.#variable(host, "vip")));
    return found;
  }
}

/** The inventory as a description sees it. */
function inventoryOf({ inventory, isTwin = false }: SiteInput, hostOf: (host: Host) => SiteHost): SiteInventory {
  const hosts = [...inventory.hosts.values()].map(hostOf);
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

/** The part of a path that is written down: what is left out has no place, but its owner has. */
function writtenPart(path: SiteProblem["path"], variable: Variable | undefined): SiteProblem["path"] {
  if (variable === undefined) return path;
  const ends = path.map((_, index) => path.slice(0, path.length - index));
  return ends.find((part) => nodeAt(variable.node, part) !== undefined) ?? [];
}

function bare(message: string, help: string | undefined, variable: Variable | undefined): Problem {
  const place = variable === undefined ? {} : { place: variable.keyPlace };
  return { severity: "error", code: "invalid-value", message, ...place, ...(help === undefined ? {} : { help }) };
}

function isMissing(older: Converted | readonly string[]): older is readonly string[] {
  return Array.isArray(older);
}

function incomplete(missing: readonly string[]): Problem {
  return {
    ...{ severity: "error", code: "missing-key" },
    message: `the variable ${missing.map((name) => `\`${name}\``).join(", ")} is missing: the others describe a site`,
    help: "define it, or write the variable `site` in place of all: see docs/site.md",
  };
}

function deprecated(variable: Variable | undefined): Problem {
  return {
    severity: "warning",
    code: "not-supported",
    message: "the variables `vip`, `pair` and `real_servers` describe one VIP only",
    help: "write the variable `site` in their place: see docs/site.md",
    ...(variable === undefined ? {} : { place: variable.keyPlace }),
  };
}
