/**
 * Items of a zone as options of firewall-cmd(1): one item, one call, because a call with several succeeds if any one of
 * them does.
 */
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { portRange, rangeText, without } from "./port-range.ts";
import type { PortRange } from "./port-range.ts";
import { ruleText } from "./rich-rule.ts";
import type { Item } from "./zone.ts";

/** `command` is a command up to the item: `firewall-cmd --permanent --zone=internal`. */
export function addItem(command: Sh, item: Item): Sh {
  return sh`${command} ${addOption(item)}`;
}

/** A source and an interface belong to one zone: they are moved where `add` would be refused. */
function addOption(item: Item): Sh {
  switch (item.is) {
    case "source":
      return sh`--change-source=${item.name}`;
    case "interface":
      return sh`--change-interface=${item.name}`;
    case "service":
      return sh`--add-service=${item.name}`;
    case "protocol":
      return sh`--add-protocol=${item.name}`;
    case "port":
      return sh`--add-port=${rangeText(item.range)}`;
    case "rich-rule":
      return sh`--add-rich-rule=${ruleText(item.rule)}`;
    case "masquerade":
      return sh`--add-masquerade`;
  }
}

const REMOVE = {
  source: sh`--remove-source`,
  interface: sh`--remove-interface`,
  service: sh`--remove-service`,
  protocol: sh`--remove-protocol`,
  "rich-rule": sh`--remove-rich-rule`,
};

/**
 * Removes the entries that are the item, each as it is spelt there. `offline`: the command is firewall-offline-cmd(1).
 */
export function removeItem(command: Sh, item: Item, entries: readonly string[], offline = false): Sh {
  if (item.is === "masquerade") return sh`${command} --remove-masquerade`;
  if (item.is === "port") return lines(entries.flatMap((entry) => carve(command, entry, item.range)));
  // To firewall-offline-cmd that option is one of lokkit's.
  const option = offline && item.is === "service" ? sh`--remove-service-from-zone` : REMOVE[item.is];
  return lines(entries.map((entry) => sh`${command} ${option}=${entry}`));
}

/**
 * Takes ports out of an entry. Newer releases cut a range in two by themselves; older ones know entries only whole,
 * there the rest is opened before the whole is closed.
 */
function carve(command: Sh, entry: string, ports: PortRange): readonly Sh[] {
  const range = portRange(entry);
  if (range === undefined) return [];
  const rest = without(range, [ports]);
  const both = { ...range, first: Math.max(range.first, ports.first), last: Math.min(range.last, ports.last) };
  const remove = sh`${command} --remove-port=${rangeText(both)}`;
  if (rest.length === 0) return [remove];
  return [
    remove,
    sh`if ${command} --query-port=${entry} >/dev/null 2>&1; then`,
    ...rest.map((each) => sh`${command} --add-port=${rangeText(each)}`),
    sh`${command} --remove-port=${entry}
fi`,
  ];
}
