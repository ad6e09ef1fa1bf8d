/** What holds for many hosts is said once. */
import type { Colors } from "./colors.ts";
import { visible } from "./escape.ts";

/** `lb1, lb2, web1 and 12 more`. */
export function hostList(hosts: readonly string[], most = 8): string {
  if (hosts.length <= most) return hosts.join(", ");
  return `${hosts.slice(0, most).join(", ")} and ${hosts.length - most} more`;
}

/** A line for each text, with the hosts that it holds for, in order of their first. */
export function together(texts: ReadonlyMap<string, string>): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [host, text] of texts) groups.set(text, [...(groups.get(text) ?? []), host]);
  return [...groups].map(([text, hosts]) => `  ${hostList(hosts)}: ${visible(text)}`);
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

/** What went wrong in a run, the same on several hosts once. */
export function wrongLines(wrongs: readonly Wrong[], colors: Colors): readonly string[] {
  const groups = new Map<string, { readonly wrong: Wrong; readonly hosts: string[] }>();
  for (const wrong of wrongs) {
    const key = JSON.stringify([wrong.word, wrong.what, wrong.why]);
    const group = groups.get(key) ?? { wrong, hosts: [] };
    group.hosts.push(wrong.host);
    groups.set(key, group);
  }
  const all = [...groups.values()];
  const shown = all.slice(0, MOST).flatMap(({ wrong, hosts }) => oneWrong(wrong, hosts, colors));
  return all.length > MOST ? [...shown, `  … and ${all.length - MOST} more`] : shown;
}

function oneWrong({ word, what, why, hint }: Wrong, hosts: readonly string[], colors: Colors): readonly string[] {
  const lead = " ".repeat(4);
  return [
    `  ${colors.red(word)} on ${hostList(hosts)}: ${colors.bold(visible(what))}`,
    ...(why === undefined ? [] : [lead + visible(why)]),
    ...(hint === undefined ? [] : [lead + colors.cyan(`help: ${visible(hint)}`)]),
  ];
}
