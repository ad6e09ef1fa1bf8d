/**
 * The functions that a shell has been sent. A function goes with the first batch whose fragments need it, together with
 * the functions that it calls. A word that only looks like a function's name costs some bytes, no more. Functions are
 * sent without their indentation, so no quoted text in them may contain a line that begins with a blank.
 */
import { quote } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import { ACTS } from "./act-functions.ts";
import { ANSWERS } from "./answer-functions.ts";
import { CANDIDATE } from "./candidate-functions.ts";
import { DUE } from "./handler-functions.ts";
import { PRELUDE } from "./base-functions.ts";

/** `name() { …; }` on one line, or up to a line that is `}`. */
const DEFINITION = /^(\w+)\(\) \{(?: .*\}|\n[^]*?\n\})$/gm;

const BUILTIN: ReadonlyMap<string, string> = new Map(
  [...`${PRELUDE}${DUE}${ACTS}${ANSWERS}${CANDIDATE}`.matchAll(DEFINITION)].map(([text, name = ""]) => [name, text]),
);

export class FunctionLibrary {
  readonly #defined = new Set<string>();
  readonly #kept = new Set<string>();

  /** Shell that defines what these fragments need and the shell does not have yet; `texts` are fragments, too. */
  define(fragments: readonly Sh[], texts: readonly string[] = []): readonly string[] {
    const fresh = [...needed(fragments, texts)].filter(([name]) => !this.#defined.has(name));
    for (const [name] of fresh) this.#defined.add(name);
    return fresh.map(([, text]) => dedent(text));
  }

  /**
   * Shell that keeps what this fragment needs as text, for a shell of its own; and the word that expands to that text.
   */
  keep(fragment: Sh, texts: readonly string[]): { readonly text: readonly string[]; readonly word: string } {
    const all = [...needed([fragment], texts)];
    const fresh = all.filter(([name]) => !this.#kept.has(name));
    for (const [name] of fresh) this.#kept.add(name);
    const text = fresh.map(([name, definition]) => `dsr_f_${name}=${quote(`${definition}\n`)}`);
    return { text, word: `"${all.map(([name]) => `$dsr_f_${name}`).join("")}"` };
  }
}

/** Name → definition: the functions that the fragments call, and the library functions that these name in turn. */
function needed(fragments: readonly Sh[], texts: readonly string[]): ReadonlyMap<string, string> {
  const called = fragments.flatMap((each) => each.calls()).map(({ of }) => [of.name, of.text] as const);
  const found = new Map(called);
  const open = [...texts, ...fragments.map((each) => each.text()), ...found.values()];
  for (let text = open.pop(); text !== undefined; text = open.pop())
    for (const word of oursIn(text)) {
      const definition = found.has(word) ? undefined : BUILTIN.get(word);
      if (definition === undefined) continue;
      found.set(word, definition);
      open.push(definition);
    }
  return found;
}

const FLAT = new Map<string, string>();

/** Definitions are few, and the same for all hosts. */
function dedent(definition: string): string {
  const text = FLAT.get(definition) ?? definition.replaceAll(/^ +/gm, "");
  FLAT.set(definition, text);
  return text;
}

/** Hosts are sent the same texts, and many functions of their own, again and again. */
const NAMED = new Map<string, readonly string[]>();
const MOST_NAMED = { texts: 500, length: 8192 };

function oursIn(text: string): readonly string[] {
  const known = NAMED.get(text);
  if (known !== undefined) return known;
  const names = [...new Set(text.match(/\w+/g))].filter((word) => BUILTIN.has(word));
  if (NAMED.size >= MOST_NAMED.texts) NAMED.clear();
  if (text.length <= MOST_NAMED.length) NAMED.set(text, names);
  return names;
}

/** Everything that these fragments need, for a shell that has been sent nothing. */
export function standalone(...fragments: readonly Sh[]): string {
  return new FunctionLibrary().define(fragments).join("\n");
}
