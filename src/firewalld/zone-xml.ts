/** One thing of a zone as firewalld itself writes it into the zone's file (firewalld.zone(5)). */
import { rangeText } from "./port-range.ts";
import { partAttributes } from "./rich-rule.ts";
import type { RichRule, RulePart } from "./rich-rule.ts";
import type { Item } from "./zone.ts";

/** Whole lines of a zone file, with the line break before. A file can spell the item differently and mean the same. */
export function writtenAs(item: Item): string {
  return `\n  ${elementOf(item)}\n`;
}

function elementOf(item: Item): string {
  switch (item.is) {
    case "service":
    case "interface":
      return tag(item.is, [["name", item.name]]);
    case "protocol":
      return tag("protocol", [["value", item.name]]);
    case "source": {
      const set = /^ipset:(.*)$/.exec(item.name)?.[1];
      return tag("source", [set === undefined ? ["address", item.name] : ["ipset", set]]);
    }
    case "port": {
      const [port = "", protocol = ""] = rangeText(item.range).split("/");
      return tag("port", [
        ["port", port],
        ["protocol", protocol],
      ]);
    }
    case "masquerade":
      return "<masquerade/>";
    case "rich-rule":
      return ruleElement(item.rule);
  }
}

type Attributes = readonly (readonly [string, string])[];

function tag(name: string, attributes: Attributes, end = "/>"): string {
  return `<${[name, ...attributes.map(([key, value]) => `${key}="${escaped(value)}"`)].join(" ")}${end}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function ruleElement({ family, priority, parts }: RichRule): string {
  const own: Attributes = [
    ...(family === undefined ? [] : [["family", family] as const]),
    ...(priority === 0 ? [] : [["priority", String(priority)] as const]),
  ];
  return [tag("rule", own, ">"), ...parts.map(partElement), "  </rule>"].join("\n");
}

function partElement(part: RulePart): string {
  const inverted: Attributes = part.not ? [["invert", "True"]] : [];
  const attributes = [...partAttributes(part), ...inverted];
  const { name, limit } = part;
  if (limit === undefined) return `    ${tag(name, attributes)}`;
  return `    ${tag(name, attributes, ">")}\n      ${tag("limit", Object.entries(limit))}\n    </${name}>`;
}
