/** The arguments that name one thing of a zone, under Ansible's names. */
import { text, z } from "../core/schema.ts";
import { network } from "../tasks/parts/netaddr.ts";
import { portRange, rangeText } from "./port-range.ts";
import { NotARule, readRichRule, ruleText } from "./rich-rule.ts";
import { PORT_PROTOCOLS, wrongValue } from "./rich-values.ts";
import type { Item } from "./zone.ts";
import { flag } from "../tasks/parts/flag.ts";

const port = text
  .refine((value) => PORT_PROTOCOLS.includes(portRange(value)?.protocol ?? ""), {
    error: "expected a port or a range of ports with its protocol, such as `80/tcp` or `5000-5010/udp`",
  })
  .describe(
    "A port or a range of ports with its protocol: `80/tcp`, `5000-5010/udp`. It may be part of a wider range.",
  );

const richRule = z
  .string()
  .superRefine((value, ctx) => {
    const rule = readRichRule(value);
    const why = rule instanceof NotARule ? rule.why : wrongValue(rule);
    if (why !== undefined) ctx.addIssue({ code: "custom", message: `not a rich rule: ${why}` });
  })
  .describe("A rich rule (firewalld.richlanguage(5)). Quotes, spaces and the order of its parts do not matter.");

const source = z
  .string()
  .refine((value) => isSource(value), { error: "expected an address, a network, a MAC address or `ipset:NAME`" })
  .describe("An address, a network, a MAC address or `ipset:NAME` whose packets belong to the zone.");

function isSource(value: string): boolean {
  if (/^ipset:[A-Za-z0-9_.-]+$/.test(value) || /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value)) return true;
  return network(value) !== undefined;
}

export const itemArgs = {
  service: text
    .refine((value) => /^[A-Za-z0-9_][\w.+-]*$/.test(value), { error: "expected the name of a service of firewalld" })
    .optional()
    .describe("A service by firewalld's name for it: `ssh`, `http`."),
  port: port.optional(),
  protocol: text
    .refine((value) => /^[A-Za-z0-9][\w.+-]*$/.test(value), { error: "expected an IP protocol such as `vrrp`" })
    .optional()
    .describe("An IP protocol by name or number: `vrrp`."),
  source: source.optional(),
  interface: z
    .string()
    .regex(/^[^\s/!*]{1,15}$/, "expected the name of a network interface")
    .optional()
    .describe(
      "A network interface that belongs to the zone. An interface of NetworkManager's keeps it in its connection.",
    ),
  rich_rule: richRule.optional(),
  masquerade: flag
    .refine((value) => value, { error: "`masquerade` is `true`; `state: disabled` switches it off" })
    .optional()
    .describe("`true`: packets that leave by the zone get its address."),
};

const shape = z.object(itemArgs);

/** The one thing that is given; masquerading when it is that, or nothing. */
export function itemIn(raw: z.output<typeof shape>): Item {
  if (raw.service !== undefined) return { is: "service", name: raw.service };
  if (raw.protocol !== undefined) return { is: "protocol", name: raw.protocol };
  if (raw.source !== undefined) return { is: "source", name: raw.source };
  if (raw.interface !== undefined) return { is: "interface", name: raw.interface };
  const range = portRange(raw.port ?? "");
  if (range !== undefined) return { is: "port", range };
  const rule = readRichRule(raw.rich_rule ?? "");
  return rule instanceof NotARule ? { is: "masquerade" } : { is: "rich-rule", rule };
}

export function itemText(item: Item): string {
  switch (item.is) {
    case "service":
    case "protocol":
    case "source":
    case "interface":
      return `${item.is} ${item.name}`;
    case "port":
      return `port ${rangeText(item.range)}`;
    case "rich-rule":
      return `rich ${ruleText(item.rule)}`;
    case "masquerade":
      return "masquerade";
  }
}
