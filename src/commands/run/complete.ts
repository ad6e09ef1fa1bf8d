/**
 * `dsrctl __complete WORD..`: prints what the last word can be, for the scripts of `dsrctl completion`. One candidate
 * per line, then a tab and its meaning; a line `:files` asks the shell to add file names.
 *
 * It only reads files: it runs no program, asks for no password and connects to no host. A file that it cannot read
 * gives no candidates, and no message.
 */
import { join } from "node:path";
import type { Terminal } from "../../core/terminal.ts";
import { namesIn } from "../../files.ts";
import { inventoryNames } from "../../inventory/load.ts";
import type { InventoryNames } from "../../inventory/load.ts";
import { tagsInFile } from "../../playbook/tag-names.ts";
import { wantedAt } from "../args/completing.ts";
import type { Before, Wanted } from "../args/completing.ts";
import type { Options } from "../args/option.ts";
import type { Verb } from "../args/verb.ts";

/** A word and, for verbs, options and choices, its meaning. */
type Candidate = readonly [word: string, meaning?: string];

const FILES = ":files";

/** A user waits at the tab key, and a file on a hung mount may never be read. */
const DEADLINE_MS = 3000;

/** Names come from files, and the shell inserts them into a command line: no name may hold what a shell interprets. */
const PLAIN = /^[\w@%+./:][\w@%+./:=,-]*$/;

export async function complete(words: readonly string[], verbs: readonly Verb[], terminal: Terminal): Promise<void> {
  const wanted = wantedAt(words, verbs);
  const late = new Promise<readonly Candidate[]>((resolve) => setTimeout(() => resolve([]), DEADLINE_MS).unref());
  const found = await Promise.race([late, candidates(wanted, verbs, terminal.cwd).catch(() => [])]);
  const lead = wanted.is === "value" ? wanted.lead : "";
  const [word = ""] = words.slice(-1);
  const fitting = found.filter(([each]) => `${lead}${each}`.startsWith(word));
  const lines = fitting.map(([each, meaning]) => `${lead}${each}${meaning === undefined ? "" : `\t${meaning}`}\n`);
  terminal.out(lines.join("") + (takesFiles(wanted) ? `${FILES}\n` : ""));
}

function takesFiles(wanted: Wanted): boolean {
  return wanted.is === "value" && ["inventory", "playbook", "file"].includes(wanted.of);
}

async function candidates(wanted: Wanted, verbs: readonly Verb[], cwd: string): Promise<readonly Candidate[]> {
  switch (wanted.is) {
    case "verb":
      return [...verbs.map(({ name, summary }): Candidate => [name, summary]), ["--help"], ["--version"]];
    case "option":
      return optionCandidates(wanted.options);
    case "choice":
      return Object.entries(wanted.choices);
    case "value":
      return (await values(wanted, cwd)).filter((each) => PLAIN.test(each)).map((each): Candidate => [each]);
    case "nothing":
      return [];
  }
}

function optionCandidates(options: Options): readonly Candidate[] {
  const own = Object.entries(options).flatMap(([name, option]): readonly Candidate[] => [
    [`--${name}`, option.describe],
    ...(option.type === "boolean" && option.negatable === true ? [[`--no-${name}`, option.describe] as const] : []),
  ]);
  return [...own, ["--help", "show the help of this command"]];
}

async function values({ of, lead, before }: Extract<Wanted, { is: "value" }>, cwd: string): Promise<readonly string[]> {
  switch (of) {
    case "inventory":
      return (await namesIn(join(cwd, "inventories"))).map((name) => name.replace(/\.ya?ml$/, ""));
    case "playbook":
      return (await namesIn(join(cwd, "playbooks"))).filter((name) => /\.ya?ml$/.test(name));
    case "host":
      return (await namesOf(before, cwd)).hosts;
    case "group":
      return (await namesOf(before, cwd)).groups;
    case "pattern":
      return Object.values(await namesOf(before, cwd)).flat() as readonly string[];
    case "tag":
      return others(await tagsInFile(playbookOf(before), cwd), lead);
    case "lab-host":
      return others(
        (await import("../../lab/remembered.ts")).topologyOfLab().seats.map(({ name }) => name),
        lead,
      );
    case "lab-release":
      return (await import("../../lab/releases.ts")).RELEASES;
    case "file":
      return [];
  }
}

/** Candidates that the list does not contain yet. */
function others(names: readonly string[], lead: string): readonly string[] {
  const there = new Set(lead.replace(/^--[\w-]+=/, "").split(","));
  return names.filter((name) => !there.has(name));
}

/** The names in the inventories of the command line. */
async function namesOf({ given }: Before, cwd: string): Promise<InventoryNames> {
  return inventoryNames(
    given.filter(({ name }) => name === "inventory").map(({ value }) => value),
    cwd,
  );
}

function playbookOf({ verb, positionals }: Before): string {
  const index = Object.values(verb.positionals).findIndex(({ complete: of }) => of === "playbook");
  return positionals[index] ?? "";
}
