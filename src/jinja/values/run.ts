import type { Scope, TemplateOptions } from "./scope.ts";
import type { Keywords, Value } from "./values.ts";
import type { Place } from "../../core/source.ts";

/** One rendering: what filters, tests and functions need in addition to their arguments. */
export interface Run {
  readonly options: TemplateOptions;
  readonly scope: Scope;
  /** Calls a filter or test by its name, as `map` and `select` do. */
  filter(name: string, value: Value, args: readonly Value[], keywords: Keywords): Value;
  test(name: string, value: Value, args: readonly Value[], keywords: Keywords): boolean;
  hasFilter(name: string): boolean;
  hasTest(name: string): boolean;
  /** A value of the program, as templates see it. */
  intake(value: unknown): Value;
  /** The value of a variable, or undefined. */
  variable(name: string): Value | undefined;
  /** Renders another template with the variables of this one, for `lookup('template')`. */
  renderTemplate(name: string): string;
  /** The place that is being evaluated; file names are relative to it. */
  here(): Place;
}
