/** Items of a zone as options of firewall-cmd(1): one item, one call, because a call with several succeeds if any one of them does. */
import { lines, sh } from "../../sh.ts";
import type { Sh } from "../../sh.ts";
import { overlap, portRange, rangeText, without } from "./port-range.ts";
import type { PortRange } from "./port-range.ts";
import { ruleText } from "./rich-rule.ts";
import type { Item } from "./zone.ts";

/** The words of a command up to the item: `firewall-cmd --permanent --zone=internal`. */
type Words = readonly string[];

export function addItem(command: Words, item: Item): Sh {
  return sh`${[...command, addOption(item)]}`;
}

/** A source and an interface belong to one zone: they are moved where `add` would be refused. */
function addOption(item: Item): string {
  switch (item.is) {
    case "source":
    case "interface":
      return `--change-${item.is}=${item.name}`;
    case "service":
    case "protocol":
      return `--add-${item.is}=${item.name}`;
    case "port":
      return `--add-port=${rangeText(item.range)}`;
    case "rich-rule":
      return `--add-rich-rule=${ruleText(item.rule)}`;
    case "masquerade":
      return "--add-masquerade";
  }
}

/** Removes the entries that are the item, each as it is spelt there. */
export function removeItem(command: Words, item: Item, entries: readonly string[]): Sh {
  if (item.is === "masquerade") return sh`${[...command, "--remove-masquerade"]}`;
  if (item.is !== "port") return lines(entries.map((entry) => sh`${[...command, `--remove-${item.is}=${entry}`]}`));
  return lines(
    entries.flatMap(portRange).flatMap((entry) => (entry === undefined ? [] : [carve(command, entry, item.range)])),
  );
}

/**
 * Takes ports out of an entry. Newer releases cut a range in two by themselves; older ones know entries only whole, there the
 * rest is opened before the whole is closed.
 */
function carve(command: Words, entry: PortRange, ports: PortRange): Sh {
  const rest = without(entry, [ports]);
  const both = { ...entry, first: Math.max(entry.first, ports.first), last: Math.min(entry.last, ports.last) };
  const remove = (range: PortRange): Sh => sh`${[...command, `--remove-port=${rangeText(range)}`]}`;
  if (rest.length === 0 || !overlap(entry, ports)) return remove(entry);
  return sh`${remove(both)}
if ${[...command, `--query-port=${rangeText(entry)}`]} >/dev/null 2>&1; then
${lines(rest.map((range) => sh`${[...command, `--add-port=${rangeText(range)}`]}`))}
${remove(entry)}
fi`;
}
