/** What a regular expression in Python's syntax (`re`) parses to. */

export interface Flags {
  readonly ignoreCase: boolean;
  /** `^` and `$` at every line. */
  readonly multiline: boolean;
  /** `.` takes line breaks. */
  readonly dotAll: boolean;
  /** Blanks and comments in the pattern mean nothing. */
  readonly verbose: boolean;
  /** `\w`, `\d`, `\s` and case know ASCII only. */
  readonly ascii: boolean;
}

/** Whether a character (code point) fits. */
export type CharTest = (code: number) => boolean;

export type Assertion = "start" | "end" | "line start" | "line end" | "end or last break" | "boundary" | "no boundary";

export type Node =
  /** `dot`: it is `.`, which takes all of a line. */
  | { readonly is: "char"; readonly test: CharTest; readonly literal: number | undefined; readonly dot: boolean }
  | { readonly is: "assert"; readonly what: Assertion; readonly word: CharTest }
  | { readonly is: "sequence"; readonly parts: readonly Node[] }
  | { readonly is: "choice"; readonly options: readonly Node[] }
  | { readonly is: "group"; readonly index: number; readonly of: Node }
  | { readonly is: "atomic"; readonly of: Node }
  | { readonly is: "look"; readonly of: Node; readonly behind: boolean; readonly negative: boolean }
  | { readonly is: "reference"; readonly index: number; readonly ignoreCase: boolean }
  | {
      readonly is: "repeat";
      readonly of: Node;
      readonly least: number;
      readonly most: number;
      readonly mode: "greedy" | "lazy" | "possessive";
    };

export interface Pattern {
  readonly node: Node;
  /** How many groups it captures. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** How many characters a node takes at least and at most. */
export function width(node: Node): readonly [number, number] {
  switch (node.is) {
    case "char":
      return [1, 1];
    case "assert":
    case "look":
      return [0, 0];
    case "reference":
      return [0, Infinity];
    case "group":
    case "atomic":
      return width(node.of);
    case "sequence":
      return sum(node.parts.map(width));
    case "choice":
      return node.options.map(width).reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)] as const);
    case "repeat": {
      const [least, most] = width(node.of);
      return [least * node.least, most === 0 ? 0 : most * node.most];
    }
  }
}

function sum(widths: readonly (readonly [number, number])[]): readonly [number, number] {
  return [widths.reduce((all, [least]) => all + least, 0), widths.reduce((all, [, most]) => all + most, 0)];
}
