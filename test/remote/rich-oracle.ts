/** firewalld's own parser of rich rules (firewall.core.rich), as this machine has it, or as sources of other releases have it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";

/** What the parser makes of a rule: the rule as it prints it, or why it is none. */
export type Verdict = { readonly text: string } | { readonly why: string };

const SCRIPT = `
import gettext, json, sys
# Two releases call what Python has no longer.
if not hasattr(gettext, "ldgettext"): gettext.ldgettext = gettext.dgettext
if sys.argv[1]: sys.path.insert(0, sys.argv[1])
from firewall.core.rich import Rich_Rule
def verdict(rule):
    try:
        parsed = Rich_Rule(rule_str=rule)
        parsed.check()
        return {"text": str(parsed)}
    except Exception as why:
        return {"why": str(why)}
json.dump([verdict(rule) for rule in json.load(sys.stdin)], sys.stdout)
`;

/** the empty text is the parser that is installed here; FIREWALLD_SOURCES adds directories that hold a `firewall` package, as PATH has them. */
export function parsers(): readonly string[] {
  const others = (process.env["FIREWALLD_SOURCES"] ?? "").split(delimiter).filter((each) => each !== "");
  return [...(existsSync("/usr/bin/firewall-cmd") ? [""] : []), ...others];
}

export function verdicts(parser: string, rules: readonly string[]): readonly Verdict[] {
  const python = /^#!\s*(\S+)/.exec(readFileSync("/usr/bin/firewall-cmd", "utf8"))?.[1] ?? "python3";
  const input = JSON.stringify(rules);
  const said = execFileSync(python, ["-c", SCRIPT, parser], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  return JSON.parse(said) as readonly Verdict[];
}
