/** A pattern as a program for a backtracking machine. */
import { fail } from "../errors/fault.ts";
import { width } from "./nodes.ts";
import type { Assertion, CharTest, Node, Pattern } from "./nodes.ts";

export type Instruction =
  | { readonly op: "char"; readonly test: CharTest }
  | { readonly op: "jump"; readonly to: number }
  /** Goes on at `first`; if that fails, at `second`. */
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "save"; readonly slot: number }
  /** Leaves the loop if its last turn took nothing. */
  | { readonly op: "moved"; readonly slot: number; readonly out: number }
  | { readonly op: "assert"; readonly what: Assertion; readonly word: CharTest }
  | { readonly op: "reference"; readonly group: number; readonly ignoreCase: boolean }
  | { readonly op: "look"; readonly program: readonly Instruction[]; readonly back: number; readonly negative: boolean }
  | { readonly op: "atomic"; readonly program: readonly Instruction[] }
  | { readonly op: "match" };

export interface Program {
  readonly code: readonly Instruction[];
  /** Two for each group and the whole, then one for each loop. */
  readonly slots: number;
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
  /** The character that every match begins with. */
  readonly first: number | undefined;
  /** It begins with `.*`: where it fails at one place it fails at every other of the line. */
  readonly perLine: boolean;
}

const LARGEST = 20_000;

export function compile(pattern: Pattern): Program {
  const compiler = new Compiler(2 * (pattern.groups + 1));
  const code = compiler.program(pattern.node);
  const { groups, names } = pattern;
  const lead = leading(pattern.node);
  const first = lead?.is === "char" ? lead.literal : undefined;
  const perLine = lead?.is === "repeat" && lead.most === Infinity && isDot(lead) && !refers(pattern.node);
  return { code, slots: compiler.slots, groups, names, first, perLine };
}

function isDot(node: Node & { readonly is: "repeat" }): boolean {
  return node.of.is === "char" && node.of.dot;
}

/** Whether it has a reference to a group: then what `.*` takes matters for what follows. */
function refers(node: Node): boolean {
  if (node.is === "sequence") return node.parts.some(refers);
  if (node.is === "choice") return node.options.some(refers);
  if (node.is === "char" || node.is === "assert" || node.is === "reference") return node.is === "reference";
  return refers(node.of);
}

/** What a match has to begin with. */
function leading(node: Node): Node | undefined {
  if (node.is === "group" || node.is === "atomic") return leading(node.of);
  if (node.is === "sequence") return node.parts[0] === undefined ? undefined : leading(node.parts[0]);
  if (node.is === "repeat" && node.least > 0 && !isDot(node)) return leading(node.of);
  return node.is === "char" || node.is === "repeat" ? node : undefined;
}

class Compiler {
  slots: number;
  #size = 0;

  constructor(slots: number) {
    this.slots = slots;
  }

  program(node: Node): readonly Instruction[] {
    const code: Instruction[] = [];
    this.#add(node, code);
    code.push({ op: "match" });
    return code;
  }

  #push(code: Instruction[], instruction: Instruction): number {
    this.#size += 1;
    if (this.#size > LARGEST) fail("the regular expression is too large");
    return code.push(instruction) - 1;
  }

  #add(node: Node, code: Instruction[]): void {
    switch (node.is) {
      case "char":
        return void this.#push(code, { op: "char", test: node.test });
      case "assert":
        return void this.#push(code, { op: "assert", what: node.what, word: node.word });
      case "reference":
        return void this.#push(code, { op: "reference", group: node.index, ignoreCase: node.ignoreCase });
      case "sequence":
        for (const part of node.parts) this.#add(part, code);
        return;
      case "choice":
        return this.#choice(node.options, code);
      case "group":
        this.#push(code, { op: "save", slot: 2 * node.index });
        this.#add(node.of, code);
        return void this.#push(code, { op: "save", slot: 2 * node.index + 1 });
      case "atomic":
        return void this.#push(code, { op: "atomic", program: this.program(node.of) });
      case "look":
        return this.#look(node, code);
      case "repeat":
        return this.#repeat(node, code);
    }
  }

  #look(node: Node & { readonly is: "look" }, code: Instruction[]): void {
    const back = node.behind ? width(node.of)[0] : 0;
    this.#push(code, { op: "look", program: this.program(node.of), back, negative: node.negative });
  }

  #choice(options: readonly Node[], code: Instruction[]): void {
    const jumps: number[] = [];
    options.forEach((option, i) => {
      const last = i === options.length - 1;
      const split = last ? undefined : this.#push(code, { op: "jump", to: 0 });
      this.#add(option, code);
      if (split === undefined) return;
      jumps.push(this.#push(code, { op: "jump", to: 0 }));
      code[split] = { op: "split", first: split + 1, second: code.length };
    });
    for (const jump of jumps) code[jump] = { op: "jump", to: code.length };
  }

  #repeat(node: Node & { readonly is: "repeat" }, code: Instruction[]): void {
    if (node.mode === "possessive") {
      const of: Node = { ...node, mode: "greedy" };
      return void this.#push(code, { op: "atomic", program: this.program(of) });
    }
    for (let i = 0; i < node.least; i++) this.#add(node.of, code);
    if (node.most === Infinity) return this.#loop(node, code);
    const splits: number[] = [];
    for (let i = node.least; i < node.most; i++) {
      splits.push(this.#push(code, { op: "jump", to: 0 }));
      this.#add(node.of, code);
    }
    for (const split of splits) code[split] = ways(split + 1, code.length, node.mode);
  }

  #loop(node: Node & { readonly is: "repeat" }, code: Instruction[]): void {
    const head = this.#push(code, { op: "jump", to: 0 });
    const mayBeEmpty = width(node.of)[0] === 0;
    const slot = mayBeEmpty ? this.slots++ : 0;
    if (mayBeEmpty) this.#push(code, { op: "save", slot });
    this.#add(node.of, code);
    const check = mayBeEmpty ? this.#push(code, { op: "jump", to: 0 }) : undefined;
    this.#push(code, { op: "jump", to: head });
    code[head] = ways(head + 1, code.length, node.mode);
    if (check !== undefined) code[check] = { op: "moved", slot, out: code.length };
  }
}

function ways(into: number, out: number, mode: "greedy" | "lazy" | "possessive"): Instruction {
  return mode === "lazy" ? { op: "split", first: out, second: into } : { op: "split", first: into, second: out };
}
