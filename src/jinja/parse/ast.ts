/** What a template parses to. Offsets are into the template's text. */
import type { Span } from "../../text/span.ts";
import type { BinaryOperator } from "../values/arithmetic.ts";
import type { Value } from "../values/values.ts";

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly keywords: readonly (readonly [string, Expression])[];
  /** `*list` and `**map` */
  readonly rest?: Expression;
  readonly restKeywords?: Expression;
}

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

export interface Use extends Arguments {
  readonly name: string;
  readonly nameSpan: Span;
}

export type Expression = Span &
  (
    | { readonly is: "constant"; readonly value: Value }
    | { readonly is: "name"; readonly name: string }
    | { readonly is: "list" | "tuple"; readonly items: readonly Expression[] }
    | { readonly is: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly is: "attribute"; readonly of: Expression; readonly name: string; readonly nameSpan: Span }
    | { readonly is: "item"; readonly of: Expression; readonly index: Expression }
    | { readonly is: "slice"; readonly of: Expression; readonly bounds: readonly (Expression | undefined)[] }
    | { readonly is: "call"; readonly callee: Expression; readonly args: Arguments }
    | { readonly is: "filter"; readonly of: Expression; readonly use: Use }
    | { readonly is: "test"; readonly of: Expression; readonly use: Use; readonly negated: boolean }
    | { readonly is: "unary"; readonly operator: "+" | "-"; readonly of: Expression }
    | {
        readonly is: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly is: "compare";
        readonly first: Expression;
        readonly rest: readonly { readonly operator: Comparison; readonly right: Expression }[];
      }
    | { readonly is: "and" | "or"; readonly left: Expression; readonly right: Expression }
    | { readonly is: "not"; readonly of: Expression }
    | { readonly is: "concat"; readonly parts: readonly Expression[] }
    | {
        readonly is: "if";
        readonly test: Expression;
        readonly then: Expression;
        readonly otherwise: Expression | undefined;
      }
  );

export type Target = Span &
  (
    | { readonly is: "name"; readonly name: string }
    | { readonly is: "tuple"; readonly items: readonly Target[] }
    | { readonly is: "member"; readonly namespace: string; readonly name: string }
  );

export interface Parameter {
  readonly name: string;
  readonly span: Span;
  readonly fallback: Expression | undefined;
}

export interface Macro {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Names of `varargs`, `kwargs` and `caller` that the body reads. */
  readonly reads: ReadonlySet<string>;
}

export type Body = readonly Statement[];

export type Statement = Span &
  (
    | { readonly is: "data"; readonly text: string }
    | { readonly is: "output"; readonly of: Expression }
    | {
        readonly is: "if";
        readonly branches: readonly { readonly test: Expression; readonly body: Body }[];
        readonly otherwise: Body;
      }
    | {
        readonly is: "for";
        readonly target: Target;
        readonly over: Expression;
        readonly test: Expression | undefined;
        readonly recursive: boolean;
        readonly body: Body;
        readonly otherwise: Body;
      }
    | { readonly is: "set"; readonly target: Target; readonly value: Expression }
    | { readonly is: "setBlock"; readonly target: Target; readonly filters: readonly Use[]; readonly body: Body }
    | { readonly is: "macro"; readonly macro: Macro }
    | { readonly is: "callBlock"; readonly call: Expression & { readonly is: "call" }; readonly caller: Macro }
    | { readonly is: "filterBlock"; readonly filters: readonly Use[]; readonly body: Body }
    | { readonly is: "with"; readonly bindings: readonly (readonly [Target, Expression])[]; readonly body: Body }
    | {
        readonly is: "include";
        readonly template: Expression;
        readonly ignoreMissing: boolean;
        readonly withContext: boolean;
      }
    | {
        readonly is: "import";
        readonly template: Expression;
        readonly alias: string;
        readonly withContext: boolean;
      }
    | {
        readonly is: "from";
        readonly template: Expression;
        readonly names: readonly { readonly name: string; readonly alias: string; readonly span: Span }[];
        readonly withContext: boolean;
      }
    | { readonly is: "block"; readonly name: string; readonly scoped: boolean; readonly body: Body }
    | { readonly is: "extends"; readonly template: Expression }
  );

type WithoutSpan<T> = T extends Span ? Omit<T, keyof Span> : never;

/** A statement whose tag is not read to its end yet. */
export type Bare = WithoutSpan<Statement>;

/** The arguments of a call, in the order they are written. */
export function argumentsOf(args: Arguments): readonly Expression[] {
  const rest = [args.rest, args.restKeywords].filter((each) => each !== undefined);
  return [...args.positional, ...args.keywords.map(([, value]) => value), ...rest];
}

/** The expressions that an expression is made of. */
export function parts(node: Expression): readonly Expression[] {
  switch (node.is) {
    case "constant":
    case "name":
      return [];
    case "list":
    case "tuple":
      return node.items;
    case "dict":
      return node.entries.flat();
    case "attribute":
    case "unary":
    case "not":
      return [node.of];
    case "item":
      return [node.of, node.index];
    case "slice":
      return [node.of, ...node.bounds.filter((each) => each !== undefined)];
    case "call":
      return [node.callee, ...argumentsOf(node.args)];
    case "filter":
    case "test":
      return [node.of, ...argumentsOf(node.use)];
    case "binary":
    case "and":
    case "or":
      return [node.left, node.right];
    case "compare":
      return [node.first, ...node.rest.map(({ right }) => right)];
    case "concat":
      return node.parts;
    case "if":
      return [node.test, node.then, ...(node.otherwise === undefined ? [] : [node.otherwise])];
  }
}

export function join(first: Span, last: Span): Span {
  return { start: first.start, end: last.end };
}
