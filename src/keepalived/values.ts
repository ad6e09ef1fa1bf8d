/** Checks the values of keywords: ranges (from the table), words to choose from, addresses. */
import { isIP } from "../text/ip.ts";
import { didYouMean, listNames } from "../text/suggest.ts";
import type { Keyword, Range } from "./keywords.ts";
import { parameterIn } from "./problem.ts";
import { SYNC_OPTIONS, syncDaemonOf } from "./sync-daemon.ts";

export interface ValueProblem {
  readonly message: string;
  readonly help?: string;
  readonly known?: readonly string[];
}

const SCHEDULERS = "rr wrr lc wlc lblc sh mh dh fo ovf lblcr sed nq twos".split(" ");
const METHODS = ["NAT", "DR", "TUN"];

/** Words to choose from, for the first word after a keyword (keepalived.conf(5)); they are case-sensitive. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  state: ["MASTER", "BACKUP"],
  auth_type: ["PASS", "AH"],
  lb_algo: SCHEDULERS,
  lvs_sched: SCHEDULERS,
  lb_kind: METHODS,
  lvs_method: METHODS,
  sorry_server_lvs_method: METHODS,
  ip_family: ["inet", "inet6"],
  param_match: ["initial", "partial"],
  http_protocol: ["1.0", "1.0C", "1.1"],
  type: ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA"],
};

const ADDRESSES = new Set(
  `unicast_src_ip mcast_src_ip mcast_dst_ip vrrp_mcast_group4 vrrp_mcast_group6 neighbor_ip neighbour_ip source_ip
  connect_ip bindto`.split(/\s+/),
);

/** What is wrong with the words after a keyword. */
export function checkValue(keyword: Keyword, words: readonly string[]): ValueProblem | undefined {
  return because(wrongValue(keyword, words), words);
}

/** A word that is no possible value because it is a parameter of keepalived's parser. */
function because(problem: ValueProblem | undefined, words: readonly string[]): ValueProblem | undefined {
  if (problem === undefined) return undefined;
  return words.map(parameterIn).find((each) => each !== undefined) ?? problem;
}

function wrongValue(keyword: Keyword, words: readonly string[]): ValueProblem | undefined {
  const [first = ""] = words;
  if (keyword.range !== undefined) return outOfRange(keyword.range, words, keyword.shape.endsWith("?"));
  const choices = CHOICES[keyword.keyword];
  if (choices !== undefined) return notOneOf(first, choices) ?? notTunnel(words);
  if (ADDRESSES.has(keyword.keyword)) return notAddress(first);
  return SPECIAL[keyword.keyword]?.(words);
}

/** What is wrong with an entry of a block of entries. */
export function checkEntry(keyword: string, words: readonly string[]): ValueProblem | undefined {
  const [first = ""] = words;
  const prefix = ["virtual_ipaddress", "virtual_ipaddress_excluded", "static_ipaddress"].includes(keyword);
  const problem = prefix ? notPrefix(first) : keyword === "unicast_peer" ? notAddress(first) : undefined;
  return because(problem, words);
}

/** What is wrong with the name of a block. */
export function checkName(keyword: string, words: readonly string[]): ValueProblem | undefined {
  if (keyword === "virtual_server") return because(notVirtualServer(words), words);
  if (keyword === "real_server")
    return because(notEndpoint(words, "expected `ADDRESS PORT`, as in `10.0.0.3 80`"), words);
  return words.length === 1 ? undefined : { message: "expected a name of one word" };
}

function outOfRange(range: Range, words: readonly string[], optional: boolean): ValueProblem | undefined {
  const numbers = words.filter((word) => /^[-+]?[.\d]/.test(word));
  const [number] = numbers;
  if (number === undefined && optional) return undefined;
  const form = range.whole ? /^-?\d+$/ : /^\d+(\.\d{1,6})?$/;
  const value = Number(number);
  const right = number !== undefined && form.test(number) && value >= range.min && value <= range.max;
  return right && numbers.length === 1 ? undefined : { message: `expected ${rangeInWords(range)}` };
}

function rangeInWords({ whole, min, max }: Range): string {
  const kind = whole ? "a whole number" : "a number (six decimal places at most)";
  return max === Infinity ? `${kind}, ${min} or more` : `${kind} from ${min} to ${max}`;
}

function notOneOf(word: string, choices: readonly string[]): ValueProblem | undefined {
  if (choices.includes(word)) return undefined;
  const hint = didYouMean(word, choices);
  const message = `expected ${listNames(choices, 20)}`;
  return { message: hint === undefined ? message : `${message}: ${hint}`, known: choices };
}

/** `lvs_method TUN type gue port 6080`. */
function notTunnel([method, type, kind = ""]: readonly string[]): ValueProblem | undefined {
  return method === "TUN" && type === "type" ? notOneOf(kind, ["ipip", "gue", "gre"]) : undefined;
}

function notAddress(word: string): ValueProblem | undefined {
  return isIP(word.replace(/%\w+$/, "")) === 0 ? { message: "expected an IP address" } : undefined;
}

/** An address, perhaps with the length of its prefix. */
function notPrefix(word: string): ValueProblem | undefined {
  const [address = "", length, ...more] = word.split("/");
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)];
  const right = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= most);
  return most >= 0 && right && more.length === 0
    ? undefined
    : { message: "expected an IP address, with the length of its prefix: `10.0.0.5/32`" };
}

function notEndpoint(words: readonly string[], message: string): ValueProblem | undefined {
  const [address = "", port, ...more] = words;
  const right = port === undefined || isPort(port);
  return isIP(address) !== 0 && right && more.length === 0 ? undefined : { message };
}

/** 0 means every port, with persistence. */
function isPort(word: string): boolean {
  return /^\d{1,5}$/.test(word) && Number(word) <= 65535;
}

function notVirtualServer(words: readonly string[]): ValueProblem | undefined {
  const message = "expected `ADDRESS PORT`, as in `10.0.0.5 80`, or `fwmark NUMBER`, or `group NAME`";
  const [kind, value, ...more] = words;
  if (kind === "group") return value !== undefined && more.length === 0 ? undefined : { message };
  if (kind !== "fwmark") return notEndpoint(words, message);
  return value !== undefined && /^\d+$/.test(value) && more.length === 0 ? undefined : { message };
}

const SPECIAL: Readonly<Record<string, (words: readonly string[]) => ValueProblem | undefined>> = {
  sorry_server: (words) => notEndpoint(words, "expected `ADDRESS PORT`, as in `10.0.0.254 80`"),
  // Case does not count here.
  protocol: ([word = ""]) => notOneOf(word.toUpperCase(), ["TCP", "UDP", "SCTP"]),
  persistence_granularity: ([word = ""]) => notMask(word),
  lvs_sync_daemon: notSyncDaemon,
  status_code: (words) =>
    words.every((word) => /^[1-5]\d\d(-[1-5]\d\d)?$/.test(word))
      ? undefined
      : { message: "expected status codes or ranges of them: `200`, `200-299`" },
  digest: ([word = ""]) =>
    /^[0-9a-f]{32}$/i.test(word) ? undefined : { message: "expected 32 hexadecimal digits (genhash(1))" },
};

function notMask(word: string): ValueProblem | undefined {
  const right = isIP(word) === 4 || (/^\d+$/.test(word) && Number(word) >= 1 && Number(word) <= 128);
  return right ? undefined : { message: "expected a netmask, or for IPv6 the length of a prefix" };
}

const SYNC: Readonly<Record<string, readonly [number, number]>> = {
  id: [0, 255],
  maxlen: [1, 65507],
  port: [1, 65535],
  ttl: [1, 255],
};

const ONE_DAEMON = "write one line, as in `lvs_sync_daemon: eth0 VI_1 id 51`: it follows that one instance";

function notSyncDaemon(words: readonly string[]): ValueProblem | undefined {
  const lines = words.filter((word) => /\s/.test(word));
  if (lines.length > 1) return { message: "keepalived has one sync daemon for all instances", help: ONE_DAEMON };
  if (lines.length > 0) return { message: "expected text: of a list, each item is one word", help: ONE_DAEMON };
  const { options } = syncDaemonOf(words);
  for (let i = 0; i < options.length; i += 2) {
    const wrong = notSyncOption(options[i] ?? "", options[i + 1] ?? "");
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function notSyncOption(name: string, value: string): ValueProblem | undefined {
  if (name === "group") return notAddress(value);
  const range = SYNC[name];
  if (range === undefined) return { message: `\`lvs_sync_daemon\` has no \`${name}\`: ${listNames(SYNC_OPTIONS)}` };
  const [min, max] = range;
  const wrong = outOfRange({ whole: true, min, max }, [value], false);
  return wrong === undefined ? undefined : { message: `\`${name}\`: ${wrong.message}` };
}
