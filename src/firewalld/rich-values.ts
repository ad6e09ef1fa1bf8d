/**
 * Checks the values in a rich rule like firewalld's own parser (firewalld.richlanguage(5), firewall/core/rich.py), as
 * far as this is possible without a host. A value that some release accepts passes. The host's firewalld decides on
 * names of services, ipsets, ICMP types, protocols and ports, and on values that only newer releases know.
 */
import { isIPv4, isIPv6 } from "../text/ip.ts";
import type { RichRule, RulePart } from "./rich-rule.ts";

/** Transport protocols that a port may have. */
export const PORT_PROTOCOLS: readonly string[] = ["tcp", "udp", "sctp", "dccp"];

const REJECT_TYPES: Readonly<Record<string, readonly string[]>> = {
  ipv4: [
    "icmp-host-prohibited",
    "host-prohib",
    "icmp-net-unreachable",
    "net-unreach",
    "icmp-host-unreachable",
    "host-unreach",
    "icmp-port-unreachable",
    "port-unreach",
    "icmp-proto-unreachable",
    "proto-unreach",
    "icmp-net-prohibited",
    "net-prohib",
    "tcp-reset",
    "tcp-rst",
    "icmp-admin-prohibited",
    "admin-prohib",
  ],
  ipv6: [
    "icmp6-adm-prohibited",
    "adm-prohibited",
    "icmp6-no-route",
    "no-route",
    "icmp6-addr-unreachable",
    "addr-unreach",
    "icmp6-port-unreachable",
    "port-unreach",
    "tcp-reset",
  ],
};

const LEVELS = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];

/** What is wrong with a value in the rule, or `undefined`. */
export function wrongValue(rule: RichRule): string | undefined {
  if (rule.priority < -32768 || rule.priority > 32767) return "`priority` is between -32768 and 32767";
  return first(rule.parts, (part) => wrongInPart(part, rule)) ?? wrongTogether(rule);
}

function first<T>(all: readonly T[], wrong: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = wrong(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function wrongInPart({ name, attributes, limit }: RulePart, rule: RichRule): string | undefined {
  const wrong = first(Object.entries(attributes), ([key, value]) => WRONG[`${name} ${key}`]?.(value, rule));
  return wrong ?? (limit === undefined ? undefined : wrongLimit(limit));
}

type Check = (value: string, rule: RichRule) => string | undefined;

/** By part and attribute. An attribute that is not here is a name, which only a host knows. */
const WRONG: Readonly<Record<string, Check>> = {
  "source address": (value, { family }) => wrongNetwork(value, family),
  "source mac": (value) =>
    /^([0-9A-F]{2}:){5}[0-9A-F]{2}$/i.test(value) ? undefined : `\`${value}\` is no MAC address, \`52:54:00:12:34:56\``,
  "source ipset": wrongSet,
  "destination address": (value, { family }) => wrongNetwork(value, family),
  "destination ipset": wrongSet,
  "port port": wrongPorts,
  "port protocol": wrongTransport,
  "source-port port": wrongPorts,
  "source-port protocol": wrongTransport,
  "forward-port port": wrongPorts,
  "forward-port protocol": wrongTransport,
  "forward-port to-port": wrongPorts,
  "forward-port to-addr": (value, { family }) =>
    isAddress(value, family) ? undefined : `\`${value}\` is no ${familyText(family)} address`,
  "protocol value": (value) => {
    if (!/^\d+$/.test(value)) return wrongName(value);
    return Number(value) > 255 ? `a protocol's number is at most 255, not ${value}` : undefined;
  },
  "tcp-mss-clamp value": (value) =>
    value === "pmtu" || (/^\d+$/.test(value) && Number(value) >= 536)
      ? undefined
      : `\`tcp-mss-clamp\` takes \`pmtu\` or a size from 536 on, not \`${value}\``,
  "log level": (value) => (LEVELS.includes(value) ? undefined : `a level is one of ${LEVELS.join(", ")}`),
  "log prefix": wrongPrefix,
  "nflog prefix": wrongPrefix,
  "nflog group": (value) => wrongNumber(value, 16, "`group`"),
  "nflog queue-size": (value) => wrongNumber(value, 16, "`queue-size`"),
  "mark set": wrongMark,
  "reject type": (value, { family = "" }) =>
    REJECT_TYPES[family]?.includes(value) === true
      ? undefined
      : `\`${value}\` is no way to reject ${familyText(family)}: ${REJECT_TYPES[family]?.join(", ") ?? ""}`,
};

function familyText(family: string | undefined): string {
  return family === "ipv6" ? "IPv6" : "IPv4";
}

function isAddress(value: string, family: string | undefined): boolean {
  return family === "ipv6" ? isIPv6(value) && !value.includes("%") : isIPv4(value);
}

/** firewalld takes any dotted mask, and host bits. */
function wrongNetwork(value: string, family: string | undefined): string | undefined {
  const [address = "", mask, ...more] = value.split("/");
  const bits = family === "ipv6" ? 128 : 32;
  const fits = mask === undefined || (/^\d{1,3}$/.test(mask) ? Number(mask) <= bits : bits === 32 && isIPv4(mask));
  return fits && more.length === 0 && isAddress(address, family)
    ? undefined
    : `\`${value}\` is no ${familyText(family)} address or network`;
}

function wrongSet(value: string): string | undefined {
  if (value.length > 32) return "the name of an ipset has at most 32 characters";
  return /^[\w.:+-]+$/.test(value) ? undefined : `\`${value}\` is no name of an ipset`;
}

/** Numbers, or a name that the host knows (/etc/services). */
function wrongPorts(value: string): string | undefined {
  const range = /^(\d+)(?:-(\d+))?$/.exec(value);
  if (range === null) return wrongName(value);
  return [range[1], range[2]].some((port) => Number(port ?? 0) > 65535)
    ? `a port is at most 65535: \`${value}\``
    : undefined;
}

function wrongName(value: string): string | undefined {
  const is = /^[A-Za-z0-9][\w.+*-]*$/.test(value) && /[A-Za-z]/.test(value) && !value.endsWith("-");
  return is ? undefined : `\`${value}\` is neither a number nor a name`;
}

function wrongTransport(value: string): string | undefined {
  return PORT_PROTOCOLS.includes(value)
    ? undefined
    : `a port is one of ${PORT_PROTOCOLS.join(", ")}, not of \`${value}\``;
}

/** nft and the kernel accept no longer one, no matter what firewalld accepts. */
function wrongPrefix(value: string): string | undefined {
  return value.length > 127 ? "a `prefix` has at most 127 characters" : undefined;
}

function wrongMark(value: string): string | undefined {
  const numbers = value.split("/");
  if (numbers.length > 2) return `\`${value}\` is no mark: a number, or a number and a mask, \`0x7/0xff\``;
  return first(numbers, (number) => wrongNumber(number, 32, "a mark"));
}

function wrongNumber(value: string, bits: number, what: string): string | undefined {
  const is = /^(0x[0-9a-f]+|0b[01]+|0o[0-7]+|0+|[1-9]\d*)$/i.test(value) && Number(value) < 2 ** bits;
  return is ? undefined : `${what} is a number below ${2 ** bits}, not \`${value}\``;
}

/** iptables takes no less than 2 a day; how much is too fast depends on the release. */
function wrongLimit({ value = "", burst }: Readonly<Record<string, string>>): string | undefined {
  const [, rate] = /^(\d+)\/[smhd]$/.exec(value) ?? [];
  if (rate === undefined || Number(rate) < 1) return `\`${value}\` is no limit: a number and s, m, h or d, \`10/m\``;
  if (Number(rate) === 1 && value.endsWith("d")) return "`1/d` is too slow: at least 2 a day";
  return burst === undefined || (/^\d+$/.test(burst) && Number(burst) <= 10_000_000)
    ? undefined
    : `\`burst\` is a number up to 10000000, not \`${burst}\``;
}

function wrongTogether({ parts }: RichRule): string | undefined {
  const part = (name: string): RulePart | undefined => parts.find((each) => each.name === name);
  const several = parts.find(({ attributes: { address, mac, ipset } }) => {
    return [address, mac, ipset].filter((each) => each !== undefined).length > 1;
  });
  if (several !== undefined) return `\`${several.name}\` takes one of address, mac and ipset`;
  if (part("masquerade") !== undefined && part("source")?.attributes.mac !== undefined) {
    return "`masquerade` does not see a MAC address";
  }
  const forward = part("forward-port")?.attributes;
  if (forward !== undefined && forward["to-port"] === undefined && forward["to-addr"] === undefined) {
    return "`forward-port` lacks `to-port` or `to-addr`";
  }
  const decides = ["accept", "reject", "drop"].some((name) => part(name) !== undefined);
  return part("audit") !== undefined && !decides ? "`audit` needs `accept`, `reject` or `drop`" : undefined;
}
