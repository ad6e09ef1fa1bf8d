import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import type { Place } from "../../core/source.ts";
import type { Span } from "../../text/span.ts";

export interface Details {
  readonly label?: string;
  readonly help?: string;
  readonly note?: string;
}

/**
 * Something that a template does wrong. It has no place yet: the code that throws it (a filter, an operator) does not
 * know the place in the text. The evaluator does, and turns it into an InputError.
 */
export class Fault extends Error {
  readonly details: Details;
  /** It is about a value that is not there; `default` and `is defined` may answer instead. */
  readonly undefined: boolean;

  constructor(message: string, details: Details = {}, undefinedValue = false) {
    super(message);
    this.name = "Fault";
    this.details = details;
    this.undefined = undefinedValue;
  }
}

/** A fault in a template's text, at offsets of that text. */
export class SyntaxFault extends Fault {
  readonly span: Span;
  readonly related: readonly { readonly span: Span; readonly label: string }[];

  constructor(message: string, span: Span, details: Details = {}, related: SyntaxFault["related"] = []) {
    super(message, details);
    this.span = span;
    this.related = related;
  }
}

/** A Fault that knows its place; thrown out of a variable's value it makes that variable undefined. */
export class UndefinedError extends InputError {}

/** The InputError for a fault at a place. */
export function located(fault: Fault, place: Place, extra: Partial<Problem> = {}): InputError {
  const code = fault.undefined ? "undefined-variable" : "template-error";
  const problem: Problem = { severity: "error", code, message: fault.message, place, ...fault.details, ...extra };
  return fault.undefined ? new UndefinedError([problem]) : new InputError([problem]);
}

export function fail(message: string, details?: Details): never {
  throw new Fault(message, details);
}

/** A number as it is shown to people: `100,000`. */
export function count(n: number | bigint): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}
