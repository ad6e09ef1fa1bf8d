import type { Place } from "../../core/source.ts";
import type { Body } from "../parse/ast.ts";
import type { Span } from "../../text/span.ts";
import { Fault, located } from "../errors/fault.ts";
import type { Origin } from "../errors/origin.ts";
import type { Rendering } from "./rendering.ts";
import type { Scope } from "../values/scope.ts";
import type { Syntax } from "../parse/syntax.ts";
import type { Value } from "../values/values.ts";

/** A parsed text and its place. */
export interface Unit {
  readonly text: string;
  readonly body: Body;
  readonly origin: Origin;
  readonly syntax: Syntax;
}

/** The names that a part of a template has given values to. */
export class Frame {
  readonly outer: Frame | undefined;
  readonly #values = new Map<string, Value>();

  constructor(outer?: Frame) {
    this.outer = outer;
  }

  get(name: string): Value | undefined {
    const value = this.#values.get(name);
    return value === undefined && this.outer !== undefined ? this.outer.get(name) : value;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** Names that were set here itself. */
  own(): ReadonlyMap<string, Value> {
    return this.#values;
  }
}

/** Where the evaluation is. */
export interface Context {
  readonly run: Rendering;
  readonly unit: Unit;
  readonly frame: Frame;
  /** Undefined in templates that were imported without context. */
  readonly scope: Scope | undefined;
  readonly inheritance: Inheritance;
}

/** One of the blocks of a name; those of children come before those of parents. */
export interface BlockBody {
  readonly body: Body;
  readonly unit: Unit;
}

export interface Inheritance {
  readonly blocks: Map<string, BlockBody[]>;
  /** The parent that an `extends` named; after it only the parent prints. */
  parent: Unit | undefined;
}

export function inner(context: Context, frame = new Frame(context.frame)): Context {
  return { ...context, frame };
}

export function placeOf(span: Span, context: Context): Place {
  return context.unit.origin({ start: span.start, end: span.end });
}

/** Gives a fault the place of what was evaluated when it was raised. */
export function placed(error: unknown, span: Span, context: Context): unknown {
  return error instanceof Fault ? located(error, placeOf(span, context)) : error;
}
