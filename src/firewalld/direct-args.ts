/** The arguments of the task type `firewalld_direct`. */
import { integer, z } from "../core/schema.ts";
import type { Stores } from "./seen.ts";
import { splitWords, Unclosed } from "../text/shell-words.ts";
import { flag } from "../tasks/parts/flag.ts";

export const TABLES = {
  ipv4: ["filter", "nat", "mangle", "raw", "security"],
  ipv6: ["filter", "nat", "mangle", "raw", "security"],
  eb: ["filter", "nat", "broute"],
} as const;

export const word = z.string().regex(/^[^\0]*$/, "a word cannot hold NUL");

export const rule = z
  .union([word, z.array(z.union([word, z.number().transform(String)]))], {
    error: "expected a rule, or a list of its words",
  })
  .transform((value, ctx) => {
    const words = typeof value === "string" ? splitWords(value) : value;
    const wrong = words instanceof Unclosed ? `there is an open ${words.what}` : wrongIn(words);
    if (wrong === undefined && !(words instanceof Unclosed)) return words;
    ctx.addIssue({ code: "custom", message: wrong ?? "not a rule" });
    return z.NEVER;
  });

/** firewalld writes the command itself; the rule is what follows the priority. */
export function wrongIn(words: readonly string[]): string | undefined {
  const [first = ""] = words;
  if (words.length === 0) return "the rule is empty";
  if (/^(-[AIDRCtNXPF]|--(append|insert|delete|table))$/.test(first)) {
    return `a rule begins after the priority, without \`${first}\`: table and chain are arguments of their own`;
  }
  return first.startsWith("-") || first === "!"
    ? undefined
    : `a rule begins with an option such as \`-d\`, not with \`${first}\``;
}

export const shape = z.strictObject({
  ipv: z.enum(["ipv4", "ipv6", "eb"]).default("ipv4").describe("For which of iptables, ip6tables and ebtables."),
  table: z
    .string()
    .default("filter")
    .describe("The table: `filter`, `nat`, `mangle`, `raw`, `security`; for `eb` also `broute`."),
  chain: z
    .string()
    .regex(/^[A-Za-z0-9_][\w.-]{0,27}$/, "expected the name of a chain")
    .describe("The chain, `PREROUTING`. Rules for a built-in chain go into firewalld's own chain before it."),
  priority: integer(-32768, 32767)
    .optional()
    .describe(
      "Rules of a chain are in the order of their priorities. It belongs to the rule: another priority is another rule. 0 when left out.",
    ),
  rule: rule
    .optional()
    .describe(
      "What follows the priority: `-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT`; or a list of words. Left out: the chain itself is meant.",
    ),
  state: z.enum(["enabled", "disabled"]).default("enabled").describe("Whether the rule or chain must exist."),
  permanent: flag.default(true).describe("Whether the permanent configuration is checked."),
  immediate: flag.default(true).describe("Whether the runtime configuration is checked."),
  force: flag.default(false).describe("`true`: also a rule that locks ssh out. Such a rule is refused otherwise."),
});

export interface DirectArgs extends Stores {
  readonly ipv: "ipv4" | "ipv6" | "eb";
  readonly table: string;
  readonly chain: string;
  readonly priority: number;
  /** `undefined`: it is about the chain. */
  readonly rule: readonly string[] | undefined;
  readonly enabled: boolean;
  readonly force: boolean;
}

export function checkArgs(raw: z.output<typeof shape>, ctx: z.RefinementCtx): void {
  const wrong = (message: string, path: readonly string[] = []): void =>
    ctx.addIssue({ code: "custom", path: [...path], message });
  const tables: readonly string[] = TABLES[raw.ipv];
  if (!tables.includes(raw.table)) wrong(`expected ${tables.map((table) => `\`${table}\``).join(" or ")}`, ["table"]);
  if (!raw.permanent && !raw.immediate) wrong("`permanent` and `immediate` are both false: nothing to check");
  if (raw.priority !== undefined && raw.rule === undefined) wrong("a chain has no priority: `rule` is missing");
}

export function directArgs(raw: z.output<typeof shape>): DirectArgs {
  const { ipv, table, chain, priority = 0, rule: words, state, permanent, immediate, force } = raw;
  return {
    ipv,
    table,
    chain,
    priority,
    rule: words,
    enabled: state === "enabled",
    permanent,
    runtime: immediate,
    force,
  };
}
