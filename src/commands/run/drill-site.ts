/** The site that a drill is about, as the variables of the inventory describe it. */
import { canonical } from "../../drills/hosts/vrrp.ts";
import type { Site } from "../../drills/vantage.ts";
import { InputError } from "../../core/problem.ts";
import type { ProblemCode } from "../../core/problem-code.ts";
import type { Problem } from "../../core/problem.ts";
import type { Host } from "../../inventory/types.ts";
import { endpoint } from "../../text/ip.ts";
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

/** @throws InputError when a variable is missing, or is not of the shape that the inventories here give it. */
export function siteOf(loaded: LoadedInventory, director: Host, url: string | undefined): Site {
  const read = <T>(name: string, schema: Schema<T>): T | undefined => variable(loaded, director, name, schema);
  const vip = read("vip", text);
  if (url !== undefined && !isWebAddress(url))
    throw new UsageError(
      `\`--url\` is not an http or https URL: \`${url}\``,
      "write for example `--url http://10.0.0.5/`",
    );
  if (vip === undefined)
    throw wrong("undefined-variable", loaded, "missing variable `vip`: the drill needs it", `, or give \`-e vip=…\``);
  const health = read("health", HEALTH);
  const servers = read("real_servers", SERVERS)?.map((each) => ({ ...each, address: canonical(each.address) }));
  const sources = read("probe_sources", z.array(address)) ?? [];
  return {
    vip: canonical(vip),
    url: url ?? `http://${endpoint(vip, read("service_port", port) ?? 80)}${health?.path ?? "/"}`,
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
