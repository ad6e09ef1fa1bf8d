/** Runs a program. It backtracks, as Python's does, but counts its steps and stops at a limit. */
import { tooSlow } from "../errors/limits.ts";
import { folded } from "./chars.ts";
import type { Instruction } from "./compile.ts";
import type { Assertion, CharTest } from "./nodes.ts";

/** Alternatives of a run: `slot` < 0 is another way at (`code`, `at`), otherwise a slot to restore. */
interface Ways {
  readonly slots: number[];
  readonly values: number[];
  readonly ats: number[];
}

export class Machine {
  readonly #text: string;
  readonly #limit: number;
  steps = 0;

  constructor(text: string, limit: number) {
    this.#text = text;
    this.#limit = limit;
  }

  /**
   * @param slots where groups begin and end; changed where it matches
   * @param notEmpty a match may not end where it began
   * @returns where the match ends, or -1
   */
  run(code: readonly Instruction[], start: number, slots: Int32Array, notEmpty = false): number {
    const ways: Ways = { slots: [], values: [], ats: [] };
    let pc = 0;
    let at = start;
    for (;;) {
      if (++this.steps > this.#limit) tooSlow();
      const next = this.#step(code[pc], pc, at, slots, ways, notEmpty ? start : -1);
      if (next === DONE) return at;
      if (next !== FAILED) {
        pc = next;
        at = this.#at;
        continue;
      }
      const way = back(ways, slots);
      if (way === undefined) return -1;
      pc = way.pc;
      at = way.at;
    }
  }

  #at = 0;

  /** The next instruction's number; `#at` is the position in the text. */
  #step(
    instruction: Instruction | undefined,
    pc: number,
    at: number,
    slots: Int32Array,
    ways: Ways,
    forbidden: number,
  ): number {
    this.#at = at;
    switch (instruction?.op) {
      case undefined:
        return FAILED;
      case "match":
        return at === forbidden ? FAILED : DONE;
      case "char":
        return this.#char(instruction.test, at) ? pc + 1 : FAILED;
      case "jump":
        return instruction.to;
      case "split":
        push(ways, -1, instruction.second, at);
        return instruction.first;
      case "save":
        push(ways, instruction.slot, slots[instruction.slot] ?? -1, 0);
        slots[instruction.slot] = at;
        return pc + 1;
      case "moved":
        return slots[instruction.slot] === at ? instruction.out : pc + 1;
      case "assert":
        return this.#asserts(instruction.what, instruction.word, at) ? pc + 1 : FAILED;
      case "reference":
        return this.#refers(instruction.group, instruction.ignoreCase, at, slots) ? pc + 1 : FAILED;
      case "look":
        return this.#looks(instruction, at, slots, ways) ? pc + 1 : FAILED;
      case "atomic":
        return this.#atomic(instruction.program, at, slots, ways) ? pc + 1 : FAILED;
    }
  }

  #char(test: CharTest, at: number): boolean {
    const code = this.#text.codePointAt(at);
    if (code === undefined || !test(code)) return false;
    this.#at = at + (code > 0xffff ? 2 : 1);
    return true;
  }

  #asserts(what: Assertion, word: CharTest, at: number): boolean {
    const text = this.#text;
    switch (what) {
      case "start":
        return at === 0;
      case "end":
        return at === text.length;
      case "line start":
        return at === 0 || text.charCodeAt(at - 1) === 10;
      case "line end":
        return at === text.length || text.charCodeAt(at) === 10;
      case "end or last break":
        return at === text.length || (at === text.length - 1 && text.charCodeAt(at) === 10);
      case "boundary":
        return this.#isWord(this.#before(at), word) !== this.#isWord(at, word);
      case "no boundary":
        return text !== "" && this.#isWord(this.#before(at), word) === this.#isWord(at, word);
    }
  }

  #isWord(at: number, word: CharTest): boolean {
    const code = at < 0 ? undefined : this.#text.codePointAt(at);
    return code !== undefined && word(code);
  }

  /** Where the character before a place begins, or -1. */
  #before(at: number): number {
    const unit = this.#text.charCodeAt(at - 1);
    const pair = unit >= 0xdc00 && unit <= 0xdfff && at >= 2 && (this.#text.codePointAt(at - 2) ?? 0) > 0xffff;
    return pair ? at - 2 : at - 1;
  }

  #refers(group: number, ignoreCase: boolean, at: number, slots: Int32Array): boolean {
    const [start, end] = [slots[2 * group] ?? -1, slots[2 * group + 1] ?? -1];
    if (start < 0 || end < start) return false;
    const wanted = this.#text.slice(start, end);
    this.steps += wanted.length;
    const found = this.#text.slice(at, at + wanted.length);
    if (found !== wanted && !(ignoreCase && fold(found) === fold(wanted))) return false;
    this.#at = at + wanted.length;
    return true;
  }

  #looks(it: Instruction & { readonly op: "look" }, at: number, slots: Int32Array, ways: Ways): boolean {
    let from = at;
    for (let i = 0; i < it.back && from >= 0; i++) from = this.#before(from);
    const before = slots.slice();
    const found = from >= 0 && this.run(it.program, from, slots) >= 0;
    if (it.negative) slots.set(before);
    else if (found) remember(before, slots, ways);
    this.#at = at;
    return found !== it.negative;
  }

  #atomic(program: readonly Instruction[], at: number, slots: Int32Array, ways: Ways): boolean {
    const before = slots.slice();
    const end = this.run(program, at, slots);
    if (end < 0) return false;
    remember(before, slots, ways);
    this.#at = end;
    return true;
  }
}

const DONE = -1;
const FAILED = -2;

function fold(text: string): string {
  return [...text].map((char) => folded(char.codePointAt(0) ?? 0)).join();
}

function push(ways: Ways, slot: number, value: number, at: number): void {
  ways.slots.push(slot);
  ways.values.push(value);
  ways.ats.push(at);
}

/** Notes what a part of the program has set, so that backtracking past it restores it. */
function remember(before: Int32Array, after: Int32Array, ways: Ways): void {
  before.forEach((value, slot) => {
    if (after[slot] !== value) push(ways, slot, value, 0);
  });
}

/** Restores slots up to the last alternative, and takes that. */
function back(ways: Ways, slots: Int32Array): { readonly pc: number; readonly at: number } | undefined {
  for (;;) {
    const [slot, value, at] = [ways.slots.pop(), ways.values.pop(), ways.ats.pop()];
    if (slot === undefined || value === undefined || at === undefined) return undefined;
    if (slot < 0) return { pc: value, at };
    slots[slot] = value;
  }
}
