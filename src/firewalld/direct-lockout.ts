/**
 * Direct rules of firewalld by which no new ssh connection would come in any more, as far as the rule itself shows it.
 */
import { Blocked } from "../core/task-type.ts";
import { all, arrivalText, inNetwork, not } from "./arrival.ts";
import type { Arrival, Match } from "./arrival.ts";
import type { Stake } from "./look.ts";
import type { Store } from "./seen.ts";
import { ruleOptions } from "./iptables-args.ts";
import type { Option } from "./iptables-args.ts";

export interface DirectRule {
  readonly ipv: "ipv4" | "ipv6" | "eb";
  readonly table: string;
  readonly chain: string;
  readonly rule: readonly string[];
  /** Rules of the same chain that come first. */
  readonly before: readonly (readonly string[])[];
}

/** Chains that packets for the host itself go through. */
const ON_THE_WAY_IN = ["INPUT", "PREROUTING", "INPUT_direct", "PREROUTING_direct"];
const REFUSE = ["DROP", "REJECT", "TARPIT"];
const ELSEWHERE = ["REDIRECT", "DNAT"];

/** When a rule may shut out ssh, for the look. */
export function directStake({
  ipv,
  chain,
  rule,
}: Pick<DirectRule, "ipv" | "chain"> & { readonly rule: readonly string[] | undefined }): Stake | undefined {
  const target = rule === undefined ? undefined : targetOf(ruleOptions(rule));
  const risky = target !== undefined && [...REFUSE, ...ELSEWHERE].includes(target);
  return risky && ipv !== "eb" && ON_THE_WAY_IN.includes(chain)
    ? { when: "any", first: 1, last: 65535, fallsBack: false }
    : undefined;
}

const WHEN = { runtime: "at run time", permanent: "permanently" } as const;

/** Why a rule is not made. */
export function shutsOutDirectly(direct: DirectRule, due: readonly Store[], arrival: Arrival): Blocked | undefined {
  const options = ruleOptions(direct.rule);
  const target = targetOf(options) ?? "";
  if (directStake(direct) === undefined || matches(options, direct.ipv, arrival) !== "yes") return undefined;
  if (target === "REDIRECT" && keepsPort(options, arrival)) return undefined;
  const saved = direct.before.some((rule) => {
    const first = ruleOptions(rule);
    return ["ACCEPT", "RETURN"].includes(targetOf(first) ?? "") && matches(first, direct.ipv, arrival) !== "no";
  });
  if (saved) return undefined;
  const when = due.map((store) => WHEN[store]).join(" and ");
  return new Blocked(
    `the rule would lock ssh out ${when} (${arrivalText(arrival)})`,
    "narrow the rule, or accept ssh first by a rule with a lower `priority`; or set `force: true`",
    ({ kind }) => ["firewalld_direct", "command", "shell"].includes(kind),
  );
}

function targetOf(options: readonly Option[]): string | undefined {
  return options.find(({ name }) => name === "-j")?.values[0];
}

/** REDIRECT leads to the host itself; without `--to-ports` the port stays as it is (iptables-extensions(8)). */
function keepsPort(options: readonly Option[], { port }: Arrival): boolean {
  return [undefined, String(port)].includes(options.find(({ name }) => name === "--to-ports")?.values[0]);
}

/** Matches that say nothing by themselves. */
const SILENT = [
  "-m",
  "-j",
  "--comment",
  "--reject-with",
  "--to-ports",
  "--to-destination",
  "--syn",
  "--random",
  "--persistent",
];
const MODULES = ["tcp", "conntrack", "state", "comment", "multiport"];

function matches(options: readonly Option[], ipv: DirectRule["ipv"], arrival: Arrival): Match {
  const ours = arrival.client === undefined ? undefined : arrival.client.includes(":") ? "ipv6" : "ipv4";
  if (ours !== undefined && ours !== ipv) return "no";
  return all(
    options.map((option) => (option.not ? not(matchesOption(option, arrival)) : matchesOption(option, arrival))),
  );
}

function matchesOption({ name, values: [value = ""] }: Option, arrival: Arrival): Match {
  switch (name) {
    case "-s":
      return inNetwork(arrival.client, value);
    case "-d":
      return inNetwork(arrival.server, value);
    case "-i":
      return value.endsWith("+") || arrival.device === undefined ? "maybe" : yes(value === arrival.device);
    case "-p":
      return yes(value === "6");
    case "--dport":
    case "--dports":
      return yes(value.split(",").some((ports) => holdsPort(ports, arrival.port)));
    case "--ctstate":
    case "--state":
      return yes(value.split(",").includes("NEW"));
    case "-m":
      return MODULES.includes(value) ? "yes" : "maybe";
    default:
      return SILENT.includes(name) ? "yes" : "maybe";
  }
}

function yes(is: boolean): Match {
  return is ? "yes" : "no";
}

/** `22`, `1:1024`, `ssh`. */
function holdsPort(ports: string, port: number): boolean {
  if (ports === "ssh") return port === 22;
  const [first = "", last = first] = ports.split(":");
  return Number(first || 0) <= port && port <= Number(last || 65535);
}
