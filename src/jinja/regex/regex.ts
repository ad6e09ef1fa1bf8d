/** Python's `re`: search, match, findall, sub, split. */
import { boundedText, regexLeft, regexWork } from "../errors/limits.ts";
import { compile } from "./compile.ts";
import type { Program } from "./compile.ts";
import { Machine } from "./machine.ts";
import { parsePattern } from "./parse.ts";
import type { Flags } from "./nodes.ts";

export interface Found {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The text of a group, by number or name; undefined if it took no part, or if there is none. */
  group(which: number | string): string | undefined;
}

const cache = new Map<string, Program>();

/** @throws Fault for a pattern that Python would refuse */
export function regex(pattern: string, flags: Partial<Flags>): Regex {
  const all: Flags = { ignoreCase: false, multiline: false, dotAll: false, verbose: false, ascii: false, ...flags };
  const key = `${JSON.stringify(all)}${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return new Regex(known);
  const program = compile(parsePattern(pattern, all));
  if (cache.size >= 500) cache.clear();
  cache.set(key, program);
  return new Regex(program);
}

export class Regex {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  get groups(): number {
    return this.#program.groups;
  }

  get names(): ReadonlyMap<string, number> {
    return this.#program.names;
  }

  /** A match that begins where the text does. */
  match(text: string): Found | undefined {
    return this.#within(text, (machine, slots) => this.#at(machine, text, 0, slots, false));
  }

  /** The first match anywhere. */
  search(text: string): Found | undefined {
    return this.#within(text, (machine, slots) => this.#from(machine, text, 0, slots, false));
  }

  /** Every match; an empty one may follow another, but not at the same place. */
  all(text: string): Found[] {
    const found: Found[] = [];
    this.#within(text, (machine) => {
      let from = 0;
      let notEmpty = false;
      while (from <= text.length) {
        const next = this.#from(machine, text, from, this.#slots(), notEmpty);
        if (next === undefined) break;
        found.push(next);
        notEmpty = next.end === next.start;
        from = next.end;
      }
      return undefined;
    });
    return found;
  }

  /** The text with each match replaced. */
  sub(text: string, replacement: (found: Found) => string, most = Infinity): string {
    let made = "";
    let end = 0;
    for (const found of this.all(text).slice(0, most === 0 ? undefined : most)) {
      made += text.slice(end, found.start) + replacement(found);
      boundedText(made.length);
      end = found.end;
    }
    return made + text.slice(end);
  }

  #slots(): Int32Array {
    return new Int32Array(this.#program.slots).fill(-1);
  }

  #within(text: string, run: (machine: Machine, slots: Int32Array) => Found | undefined): Found | undefined {
    const machine = new Machine(text, regexLeft());
    const found = run(machine, this.#slots());
    regexWork(machine.steps);
    return found;
  }

  #from(machine: Machine, text: string, from: number, slots: Int32Array, notEmpty: boolean): Found | undefined {
    for (let at = from; at <= text.length; at++) {
      at = this.#candidate(machine, text, at, from);
      if (at < 0) return undefined;
      const found = this.#at(machine, text, at, slots.fill(-1), notEmpty && at === from);
      if (found !== undefined) return found;
      if ((text.codePointAt(at) ?? 0) > 0xffff) at += 1;
    }
    return undefined;
  }

  /** The next place at which it is worth trying, or -1. */
  #candidate(machine: Machine, text: string, at: number, from: number): number {
    const { first, perLine } = this.#program;
    machine.steps += 1;
    if (first !== undefined) return text.indexOf(String.fromCodePoint(first), at);
    if (!perLine || at === from || text.charCodeAt(at - 1) === 10) return at;
    const line = text.indexOf("\n", at);
    return line < 0 ? -1 : line + 1;
  }

  #at(machine: Machine, text: string, at: number, slots: Int32Array, notEmpty: boolean): Found | undefined {
    const end = machine.run(this.#program.code, at, slots, notEmpty);
    return end < 0 ? undefined : found(text, at, end, slots.slice(), this.#program.names);
  }
}

function found(text: string, start: number, end: number, slots: Int32Array, names: ReadonlyMap<string, number>): Found {
  const group = (which: number | string): string | undefined => {
    const n = typeof which === "string" ? names.get(which) : which;
    if (n === undefined) return undefined;
    if (n === 0) return text.slice(start, end);
    const [from, to] = [slots[2 * n] ?? -1, slots[2 * n + 1] ?? -1];
    return from < 0 || to < from ? undefined : text.slice(from, to);
  };
  return { start, end, text: text.slice(start, end), group };
}
