/**
 * Rich rules, judged by this program and by firewalld's own parser: written ones (rich-rules.txt), and thousands made of right and
 * wrong values. What passes here and not there must be a matter of the host, which the look asks (`firewalld_takes`); what passes
 * there and not here must be a difference that is wanted.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotARule, readRichRule, ruleText } from "../../src/firewalld/rich-rule.ts";
import { wrongValue } from "../../src/firewalld/rich-values.ts";
import { parsers, verdicts } from "./rich-oracle.ts";

/** That depends on the host: on its release, or on the names that it knows. */
const HOSTS_MATTER: readonly RegExp[] = [
  /\btcp-mss-clamp\b/, // 1.0.0
  /\bnflog\b/, // 1.1.0
  /\bdestination (NOT |not )?ipset=/, // 1.0.0
  /\bburst=/, // 2.2.0
  /\bpriority=/, // 0.7.0
  /"(sctp|dccp)"/, // 0.4.4.5
  /\bicmp-type\b/, // 0.4.4.3
  /\/\d+\.\d+\.\d+\.\d+/, // 0.4.4.3
  /\bsource-port\b/, // 0.4.2
  /\b(mac|ipset|set)=/, // 0.4.0
  /\bdestination (?!.*\b(service|port|protocol|forward-port|icmp-block)\b)/, // 0.4.2
  /\bnot\b/, // 0.3.12, and NOT is what it is sent
  /\blimit value="?\d{5,}\/s/, // to 2.0.3
  /\b(protocol value|port|to-port)="?[A-Za-z]/, // /etc/protocols, /etc/services
];

/** What firewalld takes, and this program does not. */
const DIFFERENCES: readonly (readonly [why: string, RegExp])[] = [
  ["numbers that only Python reads", /="(\s+\S*|\S*\/\s+\S*|\S*\s+\/\S*|[+-]?\d+_\d+\S*|\+\d+\S*)"/],
  ["a port with an end that is not there", /port="\d+-"/],
  ["any value of invert is true", /\binvert="?(?!true|yes)/i],
  ["the prefix is longer than nft takes", /prefix="[^"]{128,}"/],
  ["brackets around an address, which the kernel's tools do not take", /address="\[/],
  ["an address with an empty mask, to 0.4.4.2", /\/"/],
  ["an address and a set at once, to 0.4.4.5", /\bsource (?=.*\b(address|mac)=).*\bipset=/],
  ["slower than iptables takes, to 0.3.13", /value="1\/d(ay)?"/],
  ["an action of what takes none, to 0.3.11", /\b(masquerade|icmp-block|forward-port)\b.*\b(accept|drop|reject)\b/],
  ["a word of firewalld's own", /\bEOL\b/],
  ["what it writes for no value", /value="None"/],
  ["an element twice", /\b(tcp-mss-clamp)\b.*\btcp-mss-clamp\b/],
];

/** A limit that no log and no action takes. */
function losesLimit(rule: string, text: string): boolean {
  return rule.split("limit").length > text.split("limit").length;
}

/** Releases write MAC addresses in capitals or as they came, and some keep what cannot be printed. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll("\t", "");
}

function judged(rule: string): string | NotARule {
  const read = readRichRule(rule);
  if (read instanceof NotARule) return read;
  const wrong = wrongValue(read);
  return wrong === undefined ? ruleText(read) : new NotARule(wrong);
}

const pick = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);

/** One of the right values, or now and then a wrong one. */
const mostly = (right: readonly string[], wrong: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: pick(...right), weight: 30 }, { arbitrary: pick(...wrong), weight: 1 });

const ADDRESSES = {
  ipv4: ["10.0.0.1", "10.0.0.0/24", "10.0.0.1/32", "10.0.0.1/255.255.0.0", "10.0.0.1/255.0.255.0", "0.0.0.0/0"],
  ipv6: ["2001:db8::1", "2001:DB8::/64", "::", "::ffff:10.0.0.1", "2001:db8::1/128"],
};
const NO_ADDRESSES = [
  "10.0.0.1/33",
  "10.0.0",
  "10.0.0.256",
  "2001:db8::1/129",
  "fe80::1%eth0",
  "host.example.org",
  "/24",
  "10.0.0.1/a",
];
const PORT = mostly(
  ["80", "0", "65535", "80-90", "90-80", "80-80", "08", "http"],
  ["65536", "70000", "1-", "-1", "a b", "1-2-3", "1:2"],
);
const TRANSPORT = mostly(["tcp", "udp", "sctp", "dccp"], ["icmp", "TCP", "6"]);
const LIMIT = fc.oneof(
  { arbitrary: fc.constant(""), weight: 4 },
  mostly(
    ["1/s", "10/m", "10/minute", "2/d", "10000/s", "3/hour"].map((value) => `limit value="${value}"`),
    ["1/d", "0/m", "10/x", "10", "m/10", "10/m/s", "1.5/m"].map((value) => `limit value="${value}"`),
  ),
  mostly(['limit value="1/m" burst="5"'], ['limit value="1/m" burst="x"', "limit", 'limit burst="5"']),
);
const words = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.filter((each) => each !== "").join(" "));

const seldom = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: fc.constant(""), weight: 2 }, { arbitrary: part, weight: 1 });

type Family = "ipv4" | "ipv6";
const other = (family: Family): Family => (family === "ipv4" ? "ipv6" : "ipv4");

const end = (name: string, family: Family): fc.Arbitrary<string> =>
  words(
    fc.constant(name),
    pick("", "", "NOT", "not"),
    fc.oneof(
      {
        arbitrary: mostly(ADDRESSES[family], [...NO_ADDRESSES, ...ADDRESSES[other(family)]]).map(
          (it) => `address="${it}"`,
        ),
        weight: 5,
      },
      mostly(['ipset="set"', `ipset="${"x".repeat(32)}"`], [`ipset="${"x".repeat(33)}"`, ""]),
      mostly(
        ['mac="52:54:00:12:34:aA"'],
        ['mac="52:54:00:12:34"', 'mac="52-54-00-12-34-56"', 'mac="52:54:00:12:34:56" address="10.0.0.1"'],
      ),
    ),
  );
const forward = (family: Family): fc.Arbitrary<string> =>
  words(
    fc.tuple(PORT, TRANSPORT).map(([port, transport]) => `forward-port port="${port}" protocol="${transport}"`),
    mostly(['to-port="81"', 'to-port="81-90"', ""], ['to-port="70000"']),
    mostly(
      ["", `to-addr="${ADDRESSES[family][0] ?? ""}"`],
      ['to-addr="10.0.0.0/24"', `to-addr="${ADDRESSES[other(family)][0] ?? ""}"`],
    ),
  );
/** What a rule is about, and what it does; some elements take no action. */
const middle = (family: Family): fc.Arbitrary<string> => {
  const acts = words(seldom(LOG), seldom(AUDIT), action(family));
  const alone = fc.oneof(
    forward(family),
    mostly(["masquerade", 'icmp-block name="echo-request"', "tcp-mss-clamp"], ["icmp-block", "masquerade x"]),
    mostly(["pmtu", "1360", "536"], ["535", "x"]).map((value) => `tcp-mss-clamp value="${value}"`),
  );
  const element = fc.oneof(
    mostly(['service name="ssh"', 'icmp-type name="echo-request"', ""], ["service", "icmp-type"]),
    mostly(["vrrp", "112", "255", "ipv6-icmp"], ["256", "-1", "nonsense", "1.5"]).map(
      (value) => `protocol value="${value}"`,
    ),
    fc
      .tuple(pick("port", "source-port"), PORT, TRANSPORT)
      .map(([name, port, transport]) => `${name} port="${port}" protocol="${transport}"`),
  );
  return fc.oneof(
    { arbitrary: words(element, acts), weight: 4 },
    { arbitrary: words(alone, seldom(LOG)), weight: 2 },
    words(alone, acts),
  );
};
const LOG = words(
  mostly(
    ["log", 'log prefix="a b"', 'log level="info"', 'nflog group="1"', 'nflog prefix="x" queue-size="0x10"'],
    ['log level="warn"', 'nflog group="65536"', 'nflog queue-size="x"', `log prefix="${"x".repeat(128)}"`],
  ),
  LIMIT,
);
const AUDIT = words(fc.constant("audit"), LIMIT);
const action = (family: Family): fc.Arbitrary<string> => {
  const types = { ipv4: "icmp-admin-prohibited", ipv6: "icmp6-adm-prohibited" };
  const rejects = ['reject type="tcp-reset"', `reject type="${types[family]}"`];
  const wrong = [
    "",
    "mark",
    'mark set="4294967296"',
    'mark set="x"',
    'mark set="1/2/3"',
    'reject type="bogus"',
    `reject type="${types[other(family)]}"`,
  ];
  return words(
    mostly(["accept", "accept", "drop", "reject", 'mark set="0x7"', 'mark set="1/0xff"', ...rejects], wrong),
    LIMIT,
  );
};
const RULE = fc
  .constantFrom<Family>("ipv4", "ipv6")
  .chain((family) =>
    words(
      fc.constant("rule"),
      seldom(
        mostly(["5", "-5", "0", "32767", "-32768"], ["32768", "-32769", "x", "1.5"]).map(
          (value) => `priority="${value}"`,
        ),
      ),
      mostly([`family="${family}"`], ['family="ipv5"', "", `family="${other(family)}"`]),
      seldom(end("source", family)),
      seldom(end("destination", family)),
      middle(family),
    ),
  );

const WRITTEN = readFileSync(join(import.meta.dirname, "rich-rules.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "");
const SEED = 20_261_130;

describe.each(parsers().map((parser) => [parser === "" ? "this machine's" : parser, parser]))(
  "the parser: %s",
  (_name, parser) => {
    it.each([
      ["written rules", () => WRITTEN],
      ["rules made of right and wrong values", () => fc.sample(RULE, { seed: SEED, numRuns: 6000 })],
    ])("%s", { timeout: 60_000 }, (_what, rulesOf) => {
      const rules = [...new Set(rulesOf())];
      const theirs = verdicts(parser, rules);
      const ours = rules.map(judged);
      const looser = rules.filter((rule, index) => {
        return (
          !(ours[index] instanceof NotARule) && "why" in theirs[index]! && !HOSTS_MATTER.some((each) => each.test(rule))
        );
      });
      const stricter = rules.filter((rule, index) => {
        const their = theirs[index]!;
        if (!(ours[index] instanceof NotARule) || "why" in their || losesLimit(rule, their.text)) return false;
        return !DIFFERENCES.some(([, each]) => each.test(rule));
      });
      expect({ looser, stricter }).toEqual({ looser: [], stricter: [] });
      // What is sent to firewalld means what was written.
      const both = rules.flatMap((rule, index) => {
        const [our, their] = [ours[index]!, theirs[index]!];
        return our instanceof NotARule || "why" in their ? [] : [{ rule, our, their: their.text }];
      });
      // The releases of RHEL 7 know little of what is made here.
      expect(both.length).toBeGreaterThan(parser === "" ? rules.length / 4 : 0);
      const again = verdicts(
        parser,
        both.map(({ our }) => our),
      );
      const changed = both.filter(({ their }, index) => {
        const said = again[index]!;
        return !("text" in said) || plain(said.text) !== plain(their);
      });
      expect(changed).toEqual([]);
    });
  },
);
