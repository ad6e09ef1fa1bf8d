/** What holds for many hosts is said once. */
import type { Colors } from "./colors.ts";
import { compactHosts } from "./compact-hosts.ts";
import { visible } from "./escape.ts";

/** A line for each text, with the hosts that it holds for, in order of their first. */
export function together(texts: ReadonlyMap<string, string>): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [host, text] of texts) groups.set(text, [...(groups.get(text) ?? []), host]);
  return [...groups].map(([text, hosts]) => `  ${compactHosts(hosts)}: ${visible(text)}`);
}

/** Something that went wrong on one host. */
export interface Wrong {
  readonly host: string;
  readonly word: string;
  readonly what: string;
  readonly why: string | undefined;
  readonly hint: string | undefined;
}

const MOST = 20;

/** What went wrong in a run, in the order in which it did; the same on several hosts once. */
export function wrongLines(wrongs: readonly Wrong[], colors: Colors): readonly string[] {
  const groups = new Map<string, { readonly wrong: Wrong; readonly hosts: string[] }>();
  for (const wrong of wrongs) {
    const key = JSON.stringify([wrong.word, wrong.what, wrong.why]);
    const group = groups.get(key) ?? { wrong, hosts: [] };
    group.hosts.push(wrong.host);
    groups.set(key, group);
  }
  const all = causesFirst([...groups.values()]);
  const shown = all.slice(0, MOST).flatMap(({ wrong, hosts }) => oneWrong(wrong, hosts, colors));
  return all.length > MOST ? [...shown, `  … and ${all.length - MOST} more`] : shown;
}

/** A host that was ended for what went wrong on another one is a consequence. */
function causesFirst<T extends { readonly wrong: Wrong }>(groups: readonly T[]): readonly T[] {
  const ended = (group: T): boolean => group.wrong.word === "ended";
  return [...groups.filter((group) => !ended(group)), ...groups.filter(ended)];
}

function oneWrong({ word, what, why, hint }: Wrong, hosts: readonly string[], colors: Colors): readonly string[] {
  const lead = " ".repeat(4);
  return [
    `  ${colors.red(word)} on ${compactHosts(hosts)}: ${colors.bold(visible(what))}`,
    ...(why === undefined ? [] : [lead + visible(why)]),
    ...(hint === undefined ? [] : [lead + colors.cyan(`help: ${visible(hint)}`)]),
  ];
}
