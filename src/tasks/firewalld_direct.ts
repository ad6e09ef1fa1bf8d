import { lines, emptyScript, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Advice, Delta, Output } from "../core/task-type.ts";
import { arrivalIn } from "../firewalld/arrival.ts";
import { directStake, shutsOutDirectly } from "../firewalld/direct-lockout.ts";
import { directByBus } from "../firewalld/bus.ts";
import type { Direct } from "../firewalld/bus.ts";
import { keptDirect, rememberedDirect } from "../firewalld/permanent.ts";
import { directLook } from "../firewalld/look.ts";
import { commandFor, emptyFile, notRunning, readAnswers, STORES, storesOf } from "../firewalld/seen.ts";
import type { Answers, Store } from "../firewalld/seen.ts";
import { ruleOptions, rulesKey } from "../firewalld/iptables-args.ts";
import type { Option } from "../firewalld/iptables-args.ts";
import type { Entry } from "../firewalld/direct-entries.ts";
import { placeOf, entriesFromBus, entriesFromXml } from "../firewalld/direct-entries.ts";
import type { DirectArgs } from "../firewalld/direct-args.ts";
import { shape, checkArgs, directArgs } from "../firewalld/direct-args.ts";

type Spellings = readonly (readonly string[])[];

type DirectState = Readonly<{
  running: boolean;
  /** Whether it is there; a store that is not evaluated is left out. */
  runtime?: boolean;
  /** `EMPTY` if it cannot be known. */
  permanent?: boolean | string;
  /** What firewalld reports as its memory of the file, if it has read the file. */
  remembered: string;
  /** The words of each rule that is the same rule, as each store spells it. */
  spellings: Readonly<Partial<Record<Store, Spellings>>>;
}>;

/** The permanent state if direct.xml is empty. */
const EMPTY = "unknown, the file is empty";

/** A change that must not be made is `Blocked` here; a state that is already right is not. */
function read(seen: Output, args: DirectArgs): DirectState | Blocked {
  const answers = readAnswers(seen);
  if (answers instanceof Blocked) return answers;
  const { running, file } = answers;
  const stopped = running ? undefined : notRunning(args);
  if (stopped !== undefined) return stopped;
  const reply = answers.reply("direct");
  if (args.runtime && reply === undefined)
    return new Blocked(`firewalld does not say its direct rules: ${answers.refusal("direct") ?? "no answer"}`);
  if (file !== undefined && file.root === undefined && args.permanent && !running) return emptyFile(file.path);
  const kept = file?.root === undefined ? [] : entriesFromXml(file.root, args.rule === undefined ? "chain" : "rule");
  const state = stateOf(answers, { runtime: entriesFromBus(reply ?? []), permanent: kept }, args);
  return barred(answers, entriesFromBus(reply ?? []), state, args) ?? state;
}

function stateOf(
  { running, file }: Answers,
  all: Readonly<Record<Store, readonly Entry[]>>,
  args: DirectArgs,
): DirectState {
  const same = (store: Store): Spellings =>
    all[store].filter((entry) => isMeant(entry, args)).map(({ words }) => words);
  const spellings = Object.fromEntries(storesOf(args).map((store) => [store, same(store)]));
  const there = Object.fromEntries(storesOf(args).map((store) => [store, same(store).length > 0]));
  const empty = args.permanent && file !== undefined && file.root === undefined ? { permanent: EMPTY } : {};
  return { running, ...there, ...empty, spellings, remembered: rememberedDirect(file?.root) };
}

function barred(answers: Answers, rules: readonly Entry[], state: DirectState, args: DirectArgs): Blocked | undefined {
  const due = storesOf(args).filter((store) => state[store] !== args.enabled);
  if (due.length === 0 || !args.enabled) return undefined;
  if (answers.words("lacks") !== undefined) return noTool(args.ipv);
  const arrival = args.force ? undefined : arrivalIn(answers);
  const { ipv, table, chain, priority, rule: words } = args;
  if (arrival === undefined || words === undefined) return undefined;
  const before = rules.filter((entry) => entry.place === placeOf(ipv, table, chain) && entry.priority < priority);
  return shutsOutDirectly({ ...args, rule: words, before: before.map((entry) => entry.words) }, due, arrival);
}

const TOOLS = { ipv4: "iptables", ipv6: "ip6tables", eb: "ebtables" } as const;

/** No matter what firewalld makes its own rules with, direct rules go to these programs. */
function noTool(ipv: DirectArgs["ipv"]): Blocked {
  const from = ipv === "eb" ? "`ebtables`" : "`iptables` (`iptables-nft` on RHEL 9 and later)";
  const hint = `it comes with the package ${from}; firewalld looks for it when it starts: install it, then restart firewalld`;
  return new Blocked(
    `the host has no \`${TOOLS[ipv]}\`: firewalld cannot make direct rules of ${ipv}`,
    hint,
    ({ kind }) => {
      return ["package", "service", "command", "shell"].includes(kind);
    },
  );
}

function isMeant(entry: Entry, { ipv, table, chain, priority, rule: words }: DirectArgs): boolean {
  if (entry.place !== placeOf(ipv, table, chain)) return false;
  if (words === undefined) return true;
  return entry.priority === priority && keyOf(ipv, entry.words) === keyOf(ipv, words);
}

/** ebtables has options of its own, so its words are compared literally. */
function keyOf(ipv: DirectArgs["ipv"], words: readonly string[]): string {
  return ipv === "eb" ? JSON.stringify(words) : rulesKey(words);
}

function act({ before, keys }: Delta<DirectState>, args: DirectArgs): Sh {
  if (before === undefined) return emptyScript;
  return lines(STORES.filter((store) => keys.includes(store)).map((store) => change(before, store, args)));
}

function change(before: DirectState, store: Store, args: DirectArgs): Sh {
  const verb = args.enabled ? "add" : "remove";
  const made = (by: typeof offline): Sh => lines(entriesToChange(before, store, args).map((entry) => by(verb, entry)));
  if (!before.running) return made(offline);
  if (store === "runtime") return made(byBus("runtime"));
  if (before.permanent === EMPTY) return rewritten(verb, args);
  return keptDirect(before.remembered, made(byBus("permanent")), made(offline));
}

function byBus(store: Store): typeof offline {
  return (verb, entry) => directByBus(store, verb, entry);
}

function entriesToChange({ spellings }: DirectState, store: Store, args: DirectArgs): readonly Direct[] {
  const { ipv, table, chain, priority, rule: own } = args;
  const rules = args.enabled || own === undefined ? [own] : (spellings[store] ?? []);
  return rules.map((words) => ({ ipv, table, chain, rule: words && { priority, words } }));
}

/** firewalld writes its memory and the change: nothing else of an empty file remains. */
function rewritten(verb: "add" | "remove", { ipv, table, chain, priority, rule: words }: DirectArgs): Sh {
  const entry = { ipv, table, chain, rule: words && { priority, words } };
  const other = verb === "add" ? "remove" : "add";
  return sh`${directByBus("permanent", other, entry)} 2>/dev/null || :
${directByBus("permanent", verb, entry)}`;
}

function offline(verb: "add" | "remove", { ipv, table, chain, rule }: Direct): Sh {
  const said = (what: string): Sh =>
    sh`${commandFor("permanent", false)} --direct --${verb}-${what} ${ipv} ${table} ${chain}`;
  return rule === undefined ? said("chain") : sh`${said("rule")} ${rule.priority} ${rule.words}`;
}

function advise({ ipv, table, chain, rule: words, enabled }: DirectArgs): readonly Advice[] {
  if (words === undefined || !enabled || ipv === "eb") return [];
  const options = ruleOptions(words);
  const jumps = (target: string): boolean => valueOf(options, "-j") === target;
  const ports = options.some(({ name, not }) => ["--dport", "--dports", "--ctorigdstport"].includes(name) && !not);
  if (table === "nat" && jumps("REDIRECT") && !ports) return [everyPort(valueOf(options, "-d"))];
  return table === "filter" && chain.startsWith("INPUT") && jumps("ACCEPT") ? [acceptsNothing] : [];
}

function valueOf(options: readonly Option[], name: string): string | undefined {
  return options.find((option) => option.name === name && !option.not)?.values[0];
}

function everyPort(address = "VIP"): Advice {
  return {
    path: ["rule"],
    message: `REDIRECT without a port: from firewalld 0.7 on (RHEL 8, Debian 11) every port of this host is open through ${address}, whatever the zone says`,
    help: `one rule a service port: \`-d ${address} -p tcp --dport 80 -j REDIRECT\`; or \`firewalld\` with a rich rule: destination address="${address}" forward-port`,
    note: "firewalld 0.7 and later accept all packets whose destination was changed before the zone is asked; 0.3 to 0.6 (RHEL 7) do not",
  };
}

const acceptsNothing: Advice = {
  path: ["rule"],
  message:
    "ACCEPT in a direct rule lets nothing in with the nftables backend (firewalld 0.7 and later: RHEL 8, Debian 11): the zone still rejects it",
  help: "`firewalld` with a `port`, a `protocol` or a `rich_rule`",
  note: "a DROP there does hold; with the iptables backend (RHEL 7) an ACCEPT does, too",
};

export const firewalldDirect = taskType<DirectArgs, DirectState>({
  kind: "firewalld_direct",
  summary: "A rule or a chain of firewalld's direct interface, at run time and permanently.",
  notes: `The runtime (D-Bus, \`direct.getAllRules\`) and the permanent rules (\`/etc/firewalld/direct.xml\`) are
checked separately, and each is repaired alone. Repairs are made over D-Bus, or by \`firewall-offline-cmd\` while
firewalld is stopped; there is never a reload. All tasks for rules share one look.

firewalld hands direct rules to iptables, ip6tables and ebtables, whatever it makes its own rules with. Where the host has none, a dry run names the
package that is missing. firewalld looks for them when it starts: it is restarted after their installation.

A rule that would keep out new ssh connections is refused unless \`force: true\` says so. Such a rule is in a chain on
the way in, and its target for what we came in by is \`DROP\`, \`REJECT\`, \`REDIRECT\` or \`DNAT\`. A rule whose match
cannot be evaluated from here (a set, a limit) is not refused.

direct.xml is changed by firewalld as long as it remembers what is in it, else by \`firewall-offline-cmd\`; an empty one is written anew.

Two spellings of the same rule are the same: \`-d 10.0.0.5\` and \`--destination 10.0.0.5/32\`, \`-p tcp --dport 80\` and \`-p tcp -m tcp
--dport 80\`, basic matches in another order, a protocol by its number. What is there in another spelling is right;
\`state: disabled\` removes every spelling that is there. The priority belongs to the rule. Of \`eb\` the words themselves count.

The direct interface is deprecated since firewalld 1.0 and works still. With the nftables backend (firewalld 0.7 and
later) its rules come before firewalld's own. A DROP holds. An ACCEPT does not let anything in that the zone rejects.
Packets that a NAT rule redirects are let in without asking the zone.

firewalld 0.3 to 0.6 (RHEL 7) keep direct rules at run time through a reload: one that is removed permanently only stays.`,
  examples: [
    `- name: packets for the VIP are taken, that port only
  firewalld_direct: { table: nat, chain: PREROUTING, rule: "-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT" }
`,
    `- name: the director does not track what it forwards
  firewalld_direct:
    ipv: ipv4
    table: raw
    chain: PREROUTING
    priority: 0
    rule: "-d {{ vip }} -p tcp --dport {{ service_port }} -j CT --notrack"
`,
    `- name: no rule redirects every port
  firewalld_direct: { table: nat, chain: PREROUTING, rule: "-d 10.0.0.5 -j REDIRECT", state: disabled }
`,
    `- name: a chain of our own
  firewalld_direct: { table: filter, chain: site_log }
`,
  ],
  args: shape.superRefine(checkArgs).transform(directArgs),
  label: ({ ipv, table, chain, priority, rule: words }) => {
    const place = `${ipv} ${table} ${chain}`;
    return words === undefined ? `chain ${place}` : `rule ${place} ${priority} ${words.join(" ")}`;
  },
  look: (args) => {
    const stake = args.force || !args.enabled ? undefined : directStake(args);
    return directLook(args.rule === undefined ? "chains" : "rules", TOOLS[args.ipv], stake);
  },
  read,
  want: (args) => Object.fromEntries(storesOf(args).map((store) => [store, args.enabled])),
  act,
  advise,
});
