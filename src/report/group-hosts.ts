/** Merges what holds for many hosts, so that it is said once. */
import type { Colors } from "./colors.ts";
import { compactHosts } from "./compact-hosts.ts";
import { visible } from "./escape.ts";

/** A line for each text, with the hosts that it holds for, in order of their first. */
export function together(texts: ReadonlyMap<string, string>): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [host, text] of texts) groups.set(text, [...(groups.get(text) ?? []), host]);
  return [...groups].map(([text, hosts]) => `  ${compactHosts(hosts)}: ${visible(text)}`);
}

/** A failure on one host. */
export interface Wrong {
  readonly host: string;
  readonly word: string;
  readonly what: string;
  readonly why: string | undefined;
  readonly hint: string | undefined;
}

/** The same on several hosts. */
interface Group {
  readonly wrong: Wrong;
  readonly hosts: string[];
  /** More than one if they are only similar. */
  readonly reasons: Set<string>;
}

const MOST = 20;

/** The failures of a run, in order of time; the same failure on several hosts once. */
export function wrongLines(wrongs: readonly Wrong[], colors: Colors): readonly string[] {
  const groups = new Map<string, Group>();
  for (const wrong of wrongs) {
    const { word, what, why } = wrong;
    const key = JSON.stringify([word, word === "unreachable" ? alikeReason(what) : what, why]);
    const group = groups.get(key) ?? { wrong, hosts: [], reasons: new Set() };
    group.hosts.push(wrong.host);
    group.reasons.add(what);
    groups.set(key, group);
  }
  const all = causesFirst([...groups.values()]);
  const shown = all.slice(0, MOST).flatMap((group) => oneWrong(group, colors));
  return all.length > MOST ? [...shown, `  … and ${all.length - MOST} more`] : shown;
}

/** Equal for reasons why hosts are unreachable that differ in numbers only, as addresses do. */
export function alikeReason(what: string): string {
  return what.replaceAll(/\d+/g, "0");
}

/** A reason that represents others, too. */
export function andMore(what: string, more: number): string {
  return more === 0 ? what : `${what} (and ${more} more)`;
}

/** A host that was ended because of another host's failure is a consequence. */
function causesFirst(groups: readonly Group[]): readonly Group[] {
  const ended = (group: Group): boolean => group.wrong.word === "ended";
  return [...groups.filter((group) => !ended(group)), ...groups.filter(ended)];
}

function oneWrong({ wrong, hosts, reasons }: Group, colors: Colors): readonly string[] {
  const { word, what, why, hint } = wrong;
  const lead = " ".repeat(4);
  return [
    `  ${colors.red(word)} on ${compactHosts(hosts)}: ${colors.bold(andMore(visible(what), reasons.size - 1))}`,
    ...(why === undefined ? [] : [lead + visible(why)]),
    ...(hint === undefined ? [] : [lead + colors.cyan(`help: ${visible(hint)}`)]),
  ];
}
