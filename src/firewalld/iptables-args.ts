/**
 * Brings the arguments of an iptables rule (iptables(8), iptables-extensions(8)) to one spelling for comparison. This
 * covers long and short options, the order of the basic matches, `-m tcp` that `-p tcp` implies, `/32`, and names of
 * protocols.
 */
import { canonicalNetwork, canonicalProtocol } from "../tasks/parts/netaddr.ts";

/** One option of a rule with its values. */
export interface Option {
  readonly name: string;
  readonly not: boolean;
  readonly values: readonly string[];
}

/** Other names of an option, to the one used here. */
const NAMES: Readonly<Record<string, string>> = {
  "--source": "-s",
  "--src": "-s",
  "--destination": "-d",
  "--dst": "-d",
  "--protocol": "-p",
  "--proto": "-p",
  "--in-interface": "-i",
  "--out-interface": "-o",
  "--fragment": "-f",
  "--match": "-m",
  "--jump": "-j",
  "--goto": "-g",
  "--destination-port": "--dport",
  "--source-port": "--sport",
  "--destination-ports": "--dports",
  "--source-ports": "--sports",
  "--to-port": "--to-ports",
};

/** Matches that have the same effect at any place in the rule. */
const BASIC = ["-s", "-d", "-i", "-o", "-p", "-f"];
const TARGET = ["-j", "-g"];

/**
 * The options of a rule, in canonical order: basic matches, other matches in their own order, the target and its
 * options.
 */
export function ruleOptions(words: readonly string[]): readonly Option[] {
  const options = grouped(words).map(canonicalOption);
  const protocol = options.find(({ name }) => name === "-p")?.values[0];
  const shown = options.filter((option) => !isImplied(option, protocol));
  const at = shown.findIndex(({ name }) => TARGET.includes(name));
  const target = at < 0 ? [] : shown.slice(at).filter(({ name }) => !BASIC.includes(name));
  const matches = shown.filter((option) => !target.includes(option));
  const basic = BASIC.flatMap((basicName) => matches.filter(({ name }) => name === basicName));
  return [...basic, ...matches.filter(({ name }) => !BASIC.includes(name)), ...target];
}

/** The same for two rules that mean the same to iptables. */
export function rulesKey(words: readonly string[]): string {
  return JSON.stringify(ruleOptions(words).map(({ name, not, values }) => [not ? "!" : "", name, ...values]));
}

/** Each option with the words up to the next one; `!` belongs to the option after it. */
function grouped(words: readonly string[]): readonly Option[] {
  const options: { name: string; not: boolean; values: string[] }[] = [];
  let not = false;
  for (const word of words) {
    if (word === "!") not = true;
    else if (/^--?[A-Za-z]/.test(word)) {
      options.push({ name: word, not, values: [] });
      not = false;
    } else options.at(-1)?.values.push(word);
  }
  return options;
}

function canonicalOption({ name, not, values }: Option): Option {
  const short = Object.hasOwn(NAMES, name) ? (NAMES[name] ?? name) : name;
  if (short === "-p") return { name: short, not, values: values.map(canonicalProtocol) };
  if (short === "-s" || short === "-d") return { name: short, not, values: values.map(canonicalNetwork) };
  return { name: short, not, values };
}

/** `-m tcp` together with `-p tcp`; `-p all`; a source or destination that is any. */
function isImplied({ name, not, values }: Option, protocol: string | undefined): boolean {
  const [value = ""] = values;
  if (not) return false;
  if (name === "-m") return protocol !== undefined && canonicalProtocol(value) === protocol;
  if (name === "-p") return value === "all" || value === "0";
  return (name === "-s" || name === "-d") && /^(0\.0\.0\.0|::)\/0$/.test(value);
}
