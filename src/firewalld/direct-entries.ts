/** The entries of firewalld's direct interface, as D-Bus and direct.xml have them. */
import type { BusValue } from "./busctl.ts";
import { splitWords, Unclosed } from "../text/shell-words.ts";
import type { Element } from "./xml.ts";

/** A rule or a chain of firewalld's; a chain has no words and no priority. */
export interface Entry {
  readonly place: string;
  readonly priority: number;
  readonly words: readonly string[];
}

export function placeOf(ipv: unknown, table: unknown, chain: unknown): string {
  return [ipv, table, chain].map(String).join(" ");
}

/** `a(sssias)`: family, table, chain, priority, words; or `a(sss)`. */
export function entriesFromBus(reply: readonly BusValue[]): readonly Entry[] {
  const entries = Array.isArray(reply[0]) ? (reply[0] as readonly BusValue[]) : [];
  return entries.flatMap((entry) => {
    if (!Array.isArray(entry)) return [];
    const [ipv, table, chain, priority, words] = entry as readonly BusValue[];
    return [
      {
        place: placeOf(ipv, table, chain),
        priority: Number(priority ?? 0),
        words: Array.isArray(words) ? words.map(String) : [],
      },
    ];
  });
}

/** `/etc/firewalld/direct.xml` (firewalld.direct(5)) contains the words as in a shell. */
export function entriesFromXml(root: Element, name: "rule" | "chain"): readonly Entry[] {
  return root.children
    .filter((child) => child.name === name)
    .flatMap(({ attributes, text }) => {
      const words = splitWords(text);
      const place = placeOf(attributes.get("ipv"), attributes.get("table"), attributes.get("chain"));
      return words instanceof Unclosed ? [] : [{ place, priority: Number(attributes.get("priority") ?? 0), words }];
    });
}
