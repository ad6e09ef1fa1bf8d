import { describe, expect, it } from "vitest";
import { NotARule, readRichRule, ruleFromXml, ruleKey, ruleText } from "../../../src/firewalld/rich-rule.ts";
import type { RichRule } from "../../../src/firewalld/rich-rule.ts";
import { Malformed, readXml } from "../../../src/firewalld/xml.ts";

function rule(text: string): RichRule {
  const read = readRichRule(text);
  if (read instanceof NotARule) throw new Error(`${text}: ${read.why}`);
  return read;
}

/** What is written, and what firewalld 1.3.3 makes of it (`str(Rich_Rule(rule_str=…))`). */
const FORMS: readonly (readonly [string, string])[] = [
  ["rule protocol value=vrrp accept", 'rule protocol value="vrrp" accept'],
  ["rule accept protocol value=vrrp priority=0", 'rule protocol value="vrrp" accept'],
  [
    "rule source not mac=02:aa:Bb:00:00:01 family='ipv4' priority=-10 port protocol=udp port='80' audit accept",
    'rule priority="-10" family="ipv4" source NOT mac="02:AA:BB:00:00:01" port port="80" protocol="udp" audit accept',
  ],
  [
    `rule  family="ipv6" reject type="tcp-reset" limit value=2/day destination NOT address=2001:db8::/64 service name=ssh`,
    'rule family="ipv6" destination NOT address="2001:db8::/64" service name="ssh" reject type="tcp-reset" limit value="2/d"',
  ],
  [
    `rule family=ipv4 nflog prefix='x y' group=2 queue-size=10 limit value=3/minute forward-port to-addr=10.0.0.9 port=80 protocol=tcp`,
    'rule family="ipv4" forward-port port="80" protocol="tcp" to-addr="10.0.0.9" nflog group="2" prefix="x y" queue-size="10" limit value="3/m"',
  ],
  ["rule source ipset=peers mark set=0x10/0xff", 'rule source ipset="peers" mark set=0x10/0xff'],
  ["rule tcp-mss-clamp", "rule tcp-mss-clamp"],
  ["rule masquerade source ipset=peers", 'rule source ipset="peers" masquerade'],
  ["rule icmp-type name=echo-request drop", 'rule icmp-type name="echo-request" drop'],
];

describe("rich rules", () => {
  it.each(FORMS)("%s", (text, form) => {
    expect(ruleText(rule(text))).toBe(form);
    expect(ruleText(rule(form))).toBe(form);
  });

  it("the XML that firewalld writes is the same rule", () => {
    const xml = readXml(`<rule priority="-10" family="ipv4">
  <source address="10.0.0.2/32" invert="True"/>
  <destination address="10.0.0.5"/>
  <protocol value="vrrp"/>
  <log prefix="a &lt;b&gt; &amp; c" level="info"><limit value="3/m"/></log>
  <audit><limit value="1/h" burst="0"/></audit>
  <reject type="icmp-host-prohibited"/>
</rule>`);
    if (xml instanceof Malformed) throw new Error(xml.why);
    const read = ruleFromXml(xml);
    if (read instanceof NotARule) throw new Error(read.why);
    expect(ruleText(read)).toBe(
      'rule priority="-10" family="ipv4" source NOT address="10.0.0.2/32" destination address="10.0.0.5" protocol value="vrrp" log prefix="a <b> & c" level="info" limit value="3/m" audit limit value="1/h" reject type="icmp-host-prohibited"',
    );
  });

  it.each([
    ["rule family=ipv4 source address=10.0.0.2 accept", "rule family=ipv4 source address=10.0.0.2/32 accept", true],
    [
      "rule family=ipv4 source address=10.0.0.2/8 accept",
      "rule family=ipv4 source address=10.0.0.0/255.0.0.0 accept",
      true,
    ],
    [
      "rule family=ipv6 source address=2001:DB8::1 accept",
      "rule family=ipv6 source address=2001:db8:0::1/128 accept",
      true,
    ],
    ["rule protocol value=vrrp accept", "rule protocol value=112 accept", true],
    ["rule tcp-mss-clamp", "rule tcp-mss-clamp value=pmtu", true],
    ["rule protocol value=vrrp accept", "rule family=ipv4 protocol value=vrrp accept", false],
    ["rule protocol value=vrrp accept", "rule protocol value=vrrp drop", false],
    ["rule protocol value=vrrp accept", "rule priority=1 protocol value=vrrp accept", false],
    ["rule family=ipv4 source address=10.0.0.2 accept", "rule family=ipv4 source NOT address=10.0.0.2 accept", false],
    ["rule family=ipv4 source address=10.0.0.2 accept", "rule family=ipv4 destination address=10.0.0.2 accept", false],
  ])("%s and %s: %s", (one, other, same) => expect(ruleKey(rule(one)) === ruleKey(rule(other))).toBe(same));

  it.each([
    ["", "begins with `rule`"],
    ["rule", "there is no action"],
    ["rule accept", "neither a source nor an element"],
    ["rule family=ipx protocol value=vrrp accept", "`family` is"],
    ["rule priority=1.5 protocol value=vrrp accept", "`priority` is no whole number"],
    ["rule reject type=tcp-reset service name=ssh", "`reject` needs"],
    ["rule source accept", "`source` lacks `address`, `mac`, `ipset`"],
    ["rule log prefix=a=b accept", "`prefix` has no value"],
    ["rule service name= accept", "`name` has no value"],
    ["rule limit value=1/s accept", "it has neither a source nor an element"],
    ["rule service name=ssh limit value=1/s", "`limit` has no place"],
    ["rule family=ipv4 limit value=1/s source address=10.0.0.1 accept", "`limit` has no place"],
    ["rule constructor accept", "`constructor` has no place"],
    ["rule protocol value=vrrp accept drop", "more than one `action`"],
  ])("%j is none", (text, part) => {
    const read = readRichRule(text);
    expect(read instanceof NotARule ? read.why : "it is one").toContain(part);
  });
});
