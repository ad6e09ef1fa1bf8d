/** One rendering of one text: the state that evaluation shares. */
import { showPlace } from "../../core/source.ts";
import type { Place } from "../../core/source.ts";
import type { Span } from "../../text/span.ts";
import { Frame, placeOf } from "./context.ts";
import type { Context, Unit } from "./context.ts";
import { execute } from "./execute.ts";
import { fail } from "../errors/fault.ts";
import { FILTERS } from "../builtins/filters.ts";
import { addBlocks } from "./inherit.ts";
import { intake } from "../values/intake.ts";
import { LIMITS } from "../errors/limits.ts";
import { invoke } from "../values/native.ts";
import { ofFile } from "../errors/origin.ts";
import { Out } from "./out.ts";
import { parseUnit } from "./parsed.ts";
import type { Run } from "../values/run.ts";
import type { Scope, TemplateOptions } from "../values/scope.ts";
import type { Syntax } from "../parse/syntax.ts";
import { withFinalBreaks } from "../values/text.ts";
import { truth } from "../values/python.ts";
import { TESTS } from "../builtins/tests.ts";
import type { Keywords, Value } from "../values/values.ts";

export class Rendering implements Run {
  readonly options: TemplateOptions;
  readonly scope: Scope;
  /** Whether what a macro prints may stay a value, as in playbooks; in files it is text. */
  readonly native: boolean;
  /** The secrets that were read: what comes out is one as well. */
  readonly secrets = new Set<string>();
  readonly #variables = new Map<string, Value>();
  #here: (() => Place) | undefined;
  #syntax: Syntax | undefined;
  #depth = 0;

  constructor(options: TemplateOptions, scope: Scope, native: boolean) {
    this.options = options;
    this.scope = scope;
    this.native = native;
  }

  /** A context to evaluate a unit in. */
  context(unit: Unit, given: { readonly frame: Frame; readonly scope: Scope | undefined }): Context {
    this.#here ??= () => unit.origin({ start: 0, end: 0 });
    this.#syntax ??= unit.syntax;
    return { run: this, unit, ...given, inheritance: { blocks: new Map(), parent: undefined } };
  }

  /** Prints a unit, and the templates that it extends. */
  unit(unit: Unit, given: { readonly frame: Frame; readonly scope: Scope | undefined }, out: Out): void {
    const context = this.context(unit, given);
    for (let next: Unit | undefined = unit; next !== undefined; next = context.inheritance.parent) {
      const [current, inheritance] = [next, { blocks: context.inheritance.blocks, parent: undefined }];
      addBlocks(current, inheritance);
      const within: Context = { ...context, unit: current, inheritance };
      if (current === unit) execute(current.body, within, out);
      else this.deeper(() => execute(current.body, within, out));
      context.inheritance.parent = within.inheritance.parent;
    }
  }

  /** Runs something with the place that `here` gives meanwhile. */
  at<T>(context: Context, span: Span, run: () => T): T {
    const before = this.#here;
    this.#here = () => placeOf(span, context);
    try {
      return run();
    } finally {
      this.#here = before;
    }
  }

  here(): Place {
    return this.#here === undefined ? { source: { file: "", text: "" }, start: 0, end: 0 } : this.#here();
  }

  /** Runs something one level down; templates within templates have a limit. */
  deeper<T>(run: () => T): T {
    if (this.#depth >= LIMITS.depth) fail(`templates and macros call each other more than ${LIMITS.depth} levels deep`);
    this.#depth += 1;
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }

  filter(name: string, value: Value, args: readonly Value[], keywords: Keywords): Value {
    const filter = FILTERS.get(name) ?? fail(`unknown filter \`${name}\``);
    return invoke<Run>(name, filter, [value, ...args], keywords, this);
  }

  test(name: string, value: Value, args: readonly Value[], keywords: Keywords): boolean {
    const test = TESTS.get(name) ?? fail(`unknown test \`${name}\``);
    return truth(invoke<Run>(name, test, [value, ...args], keywords, this));
  }

  hasFilter(name: string): boolean {
    return FILTERS.has(name);
  }

  hasTest(name: string): boolean {
    return TESTS.has(name);
  }

  intake(value: unknown): Value {
    return intake(value, (secret) => this.secrets.add(secret));
  }

  variable(name: string): Value | undefined {
    const known = this.#variables.get(name);
    if (known !== undefined) return known;
    if (!this.scope.has(name)) return undefined;
    const value = this.intake(this.scope.lazy === undefined ? this.scope.get(name) : this.scope.lazy(name));
    this.#variables.set(name, value);
    return value;
  }

  /** The unit of another template, or undefined if there is none. */
  load(name: string, from: { readonly syntax: Syntax }, place: Place): Unit | undefined {
    const { template } = this.options;
    if (template === undefined) return fail("templates cannot include others here");
    const source = template(name, place);
    if (source === undefined) return undefined;
    if (source.secret === true) this.secrets.add(source.text);
    const syntax = { ...from.syntax, literalBackslashes: false };
    return parseUnit(source.text, syntax, ofFile(source), false);
  }

  renderTemplate(name: string): string {
    const syntax = this.#syntax;
    const unit = syntax === undefined ? undefined : this.load(name, { syntax }, this.here());
    if (unit === undefined)
      return fail(`template \`${name}\` is not there`, { note: `looked for from ${showPlace(this.here())}` });
    const out = new Out();
    this.deeper(() => this.unit(unit, { frame: new Frame(), scope: this.scope }, out));
    return withFinalBreaks(out.string(), unit.text);
  }
}
