/** The older variables themselves: what is wrong with them, and which one a part of the description was made from. */
import { address, check, integer, text, z } from "../core/schema.ts";
import type { ArgProblem } from "../core/schema.ts";
import type { Problem } from "../core/problem.ts";
import { listNames } from "../text/suggest.ts";
import type { Variable } from "../inventory/types.ts";
import type { Entry, Node, Path } from "../yaml/index.ts";

export const REQUIRED = ["vip", "pair", "real_servers", "virtual_router_id"] as const;

const OPTIONAL = [
  ...(["profile", "service_port", "interface", "zone", "scheduler", "persistence_timeout", "health"] as const),
  ...(["smtp_server", "sorry_server", "vrrp_password", "probe_sources"] as const),
] as const;

export type Name = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/** Reads a variable; `undefined`: there is none of this name. */
export type OlderVariables = (name: Name) => unknown;

const director = z
  .strictObject({
    address,
    priority: integer(1, 254),
    router_id: text.optional(),
    mail_to: text.optional(),
    mail_from: text.optional(),
  })
  .superRefine(({ mail_to: to, mail_from: from }, ctx) => {
    if ((to === undefined) === (from === undefined)) return;
    const message = `\`${to === undefined ? "mail_to" : "mail_from"}\` is missing`;
    ctx.addIssue({ code: "custom", message, params: { help: "write both, or neither" } });
  });

const server = z.strictObject({ name: text, address, weight: integer(0, 65535).optional() });

const members = z.object({
  pair: z.record(z.string(), director, { error: "expected a map with a name for each director" }),
  real_servers: z
    .array(server)
    .min(1, "the list is empty")
    .superRefine((all, ctx) => {
      const names = all.map(({ name }) => name);
      names.forEach((name, index) => {
        if (names.indexOf(name) === index) return;
        ctx.addIssue({ code: "custom", path: [index, "name"], message: `\`${name}\` is listed twice` });
      });
    }),
});

/** What is wrong with the hosts in the older variables. The values of the others are checked in the description. */
export function memberProblems(value: OlderVariables): readonly ArgProblem[] {
  const checked = check(members, { pair: value("pair"), real_servers: value("real_servers") });
  return "problems" in checked ? checked.problems : [];
}

export function incomplete(missing: readonly string[]): Problem {
  return {
    ...{ severity: "error", code: "missing-key" },
    message: `the variable ${listNames(missing)} is missing: the others describe a site`,
    help: "define it, or write the variable `site` in place of all: see docs/site.md",
  };
}

export function deprecated(variable: Variable | undefined): Problem {
  return {
    ...{ severity: "warning", code: "not-supported" },
    message: "the variables `vip`, `pair` and `real_servers` describe one VIP only",
    help: "write the variable `site` in their place: see docs/site.md",
    ...(variable === undefined ? {} : { place: variable.keyPlace }),
  };
}

export function unused({ keyPlace }: Variable): Problem {
  return {
    ...{ severity: "warning", code: "not-supported", place: keyPlace },
    message: "the variables `vip`, `pair` and `real_servers` have no effect: the variable `site` describes the site",
    help: "leave them out",
  };
}

/** The older variables as one map, in which problems have their places. */
export function nodeOf(variable: (name: Name) => Variable | undefined): Node | undefined {
  const entries = [...REQUIRED, ...OPTIONAL].flatMap((name): readonly Entry[] => {
    const { node, keyPlace } = variable(name) ?? {};
    return node === undefined || keyPlace === undefined ? [] : [{ key: name, keyPlace, value: node }];
  });
  const [first] = entries;
  return first === undefined ? undefined : { kind: "map", entries, place: first.keyPlace };
}

/** Parts of a description, and the older variables from which they were made; `rest`: with what is below them. */
const ORIGINS: readonly { readonly part: string; readonly from: Path; readonly rest?: true }[] = [
  { part: "vrrp_instances.VI_1.virtual_router_id", from: ["virtual_router_id"] },
  { part: "vrrp_instances.VI_1.vips", from: ["vip"] },
  { part: "vrrp_instances.VI_1.priorities", from: ["pair"], rest: true },
  { part: "vrrp_instances", from: ["pair"] },
  { part: "networks", from: ["interface"] },
  { part: "services.service.port", from: ["service_port"] },
  { part: "services.service.scheduler", from: ["scheduler"] },
  { part: "services.service.persistence", from: ["persistence_timeout"] },
  { part: "services.service.check.http", from: ["health"], rest: true },
  { part: "services", from: ["real_servers"] },
  { part: "article.password", from: ["vrrp_password"] },
  { part: "article.sorry_server", from: ["sorry_server"] },
  { part: "notifications.to", from: ["pair"] },
  { part: "notifications.from", from: ["pair"] },
  { part: "notifications", from: ["smtp_server"] },
  { part: "sources", from: ["probe_sources"], rest: true },
  { part: "zone", from: ["zone"] },
  { part: "profile", from: ["profile"] },
];

/** The path in the older variables of a part of the description. */
export function originOf(path: Path): Path {
  const found = ORIGINS.find(({ part }) => part.split(".").every((step, index) => step === path[index]));
  if (found === undefined) return ["vip"];
  return found.rest === true ? [...found.from, ...path.slice(found.part.split(".").length)] : found.from;
}
