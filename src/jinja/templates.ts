/**
 * Jinja2 templates and expressions as Ansible's playbooks and template files use them. This is the API of `src/jinja`.
 * docs/templates.md says where it differs from Ansible, docs/decisions/0002-templates.md why dsrctl has its own engine.
 *
 * A template, a variable or a fact cannot reach JavaScript's objects, the file system or the environment, except
 * through `TemplateOptions`.
 */
import { InputError } from "../core/problem.ts";
import type { Place, Source } from "../core/source.ts";
import { Secret } from "../core/secret.ts";
import type { Expression } from "./parse/ast.ts";
import { Frame, placed } from "./evaluate/context.ts";
import type { Context, Unit } from "./evaluate/context.ts";
import { evaluate } from "./evaluate/evaluate.ts";
import { holds } from "./evaluate/execute.ts";
import { Fault, located } from "./errors/fault.ts";
import { globalNames } from "./builtins/globals.ts";
import { hide, outcome } from "./values/intake.ts";
import { withoutLookup } from "./builtins/lookup.ts";
import { freeNames, freeNamesOf } from "./parse/names.ts";
import type { HearLookup } from "./parse/names.ts";
import { budgeted } from "./errors/limits.ts";
import { ofFile, ofValue } from "./errors/origin.ts";
import { Out } from "./evaluate/out.ts";
import { parseBare, parseUnit } from "./evaluate/parsed.ts";
import { Rendering } from "./evaluate/rendering.ts";
import type { Scope, TemplateOptions } from "./values/scope.ts";
import { withoutSecrets } from "./errors/redact.ts";
import { FILE, HEADER, PLAYBOOK } from "./parse/syntax.ts";
import { withFinalBreaks } from "./values/text.ts";
import { isTemplate, VariableScope } from "./evaluate/variables.ts";
import type { Layer } from "./evaluate/variables.ts";

export { hide } from "./values/intake.ts";
export { Unready, whenReady } from "./errors/unready.ts";
export { LazyMap } from "./values/lazy.ts";
export type { Missing } from "./values/lazy.ts";
export type { Scope, TemplateOptions } from "./values/scope.ts";
export { isTemplate } from "./evaluate/variables.ts";
export type { Layer, Variable } from "./evaluate/variables.ts";

/** A rendered template file. */
export interface Printed {
  readonly text: string;
  /** It contains a secret: show dots, never the text. */
  readonly secret: boolean;
}

export interface Templates {
  /**
   * The text with its templates rendered. A text that is one `{{ expression }}` gives that expression's value: a
   * number, list, map or boolean, or a `Secret`. None stays none if the expression is a variable's name; otherwise it
   * is an empty text, as in Ansible up to 2.18. A text with more around the expression gives a string, or a `Secret` if
   * it contains a secret.
   *
   * @param at the place of the text in its source; problems point into it
   * @throws InputError
   */
  render(text: string, scope: Scope, at: Place): unknown;
  /** Whether a condition (`when:`, an expression without braces) holds; an empty one does. @throws InputError */
  test(expression: string, scope: Scope, at: Place): boolean;
  /** The value of an expression without braces; none is null. @throws InputError */
  evaluate(expression: string, scope: Scope, at: Place): unknown;
  /**
   * A whole template file, as Ansible's `template` module renders it. The line break after a block tag is removed,
   * those at the end of the file stay. Secrets in it are revealed; `print` says whether there are any. @throws
   * InputError
   */
  file(file: Source, scope: Scope): string;
  /** As `file`, and whether a secret is in it. @throws InputError */
  print(file: Source, scope: Scope): Printed;
  /**
   * The variables that a template names, without those that it makes itself (`set`, loops, macros' arguments) and
   * Jinja's functions. @throws InputError for mistakes in its syntax, unknown filters and tests and unsupported lookups
   * included
   */
  names(text: string, at: Place): ReadonlySet<string>;
  /** The same for an expression without braces. @throws InputError */
  expressionNames(expression: string, at: Place): ReadonlySet<string>;
}

export function templates(options: TemplateOptions = {}): Templates {
  return {
    render: (text, scope, at) => guarded(at, () => render(text, scope, at, options)),
    test: (expression, scope, at) => guarded(at, () => test(expression, scope, at, options)),
    evaluate: (expression, scope, at) => guarded(at, () => value(expression, scope, at, options)),
    file: (file, scope) => guarded(wholeOf(file), () => print(file, scope, options)).text,
    print: (file, scope) => guarded(wholeOf(file), () => print(file, scope, options)),
    names: (text, at) =>
      guarded(at, () => {
        const unit = textUnit(text, at);
        return withoutGlobals(freeNames(unit.body, refusing(unit, options)));
      }),
    expressionNames: (text, at) => {
      const literal = { ...PLAYBOOK, literalBackslashes: false };
      return guarded(at, () => {
        const { unit, node } = parseBare(text, literal, ofValue(text, at));
        return withoutGlobals(freeNamesOf(node, refusing(unit, options)));
      });
    },
  };
}

/**
 * Variables that are resolved when they are read. A text with a template is rendered with the same variables, map
 * entries one by one. Cycles are an InputError.
 *
 * @param layers the weakest first; if several have a name, the last one counts
 * @param engine renders; by default `templates()` without access to anything
 */
export function variableScope(layers: readonly Layer[], engine: Templates = templates()): Scope {
  return new VariableScope(layers, (text, scope, at) => engine.render(text, scope, at));
}

/** Refuses unknown lookups before anything is rendered. */
function refusing({ origin }: Unit, { onlyKnownLookups = false }: TemplateOptions): HearLookup {
  return (plugin, call) => {
    const wrong = withoutLookup(plugin);
    if (wrong === undefined || !(wrong.isKnown || onlyKnownLookups)) return;
    throw located(new Fault(wrong.message, wrong.details), origin(call));
  };
}

function wholeOf(source: Source): Place {
  return { source, start: 0, end: source.text.length };
}

function textUnit(text: string, at: Place): Unit {
  return parseUnit(text, PLAYBOOK, ofValue(text, at), true);
}

function render(text: string, scope: Scope, at: Place, options: TemplateOptions): unknown {
  if (!isTemplate(text) && !text.startsWith(HEADER)) return text;
  const run = new Rendering(options, scope, true);
  return redactingErrors(run, () => {
    const out = new Out();
    const unit = textUnit(text, at);
    run.unit(unit, { frame: new Frame(), scope }, out);
    const made = out.native((each) => outcome(each));
    if (made === "" && isNone(unit, scope)) return null;
    const whole = whollyOf(made, text);
    return run.secrets.size > 0 ? hide(whole) : whole;
  });
}

/** `{{ name }}` and nothing else, and the variable is none. */
function isNone({ body: [only, ...others] }: Unit, scope: Scope): boolean {
  if (only?.is !== "output" || others.length > 0 || only.of.is !== "name") return false;
  return scope.has(only.of.name) && scope.get(only.of.name) === null;
}

function print(file: Source, scope: Scope, options: TemplateOptions): Printed {
  const run = new Rendering(options, scope, false);
  return redactingErrors(run, () => {
    const out = new Out();
    run.unit(parseUnit(file.text, FILE, ofFile(file), true), { frame: new Frame(), scope }, out);
    return { text: withFinalBreaks(out.string(), file.text), secret: run.secrets.size > 0 };
  });
}

/** Removes the secrets that a rendering has read from its error messages. */
function redactingErrors<T>(run: Rendering, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withoutSecrets(error, run.secrets);
  }
}

function whollyOf(made: unknown, text: string): unknown {
  if (typeof made === "string") return withFinalBreaks(made, text);
  return made instanceof Secret && text.endsWith("\n") ? hide(withFinalBreaks(made.reveal(), text)) : made;
}

function test(expression: string, scope: Scope, at: Place, options: TemplateOptions): boolean {
  if (expression.trim() === "") return true;
  const syntax = { ...PLAYBOOK, literalBackslashes: false };
  const { unit, node } = parseBare(expression, syntax, ofValue(expression, at));
  const run = new Rendering(options, scope, true);
  return redactingErrors(run, () => holds(node, run.context(unit, { frame: new Frame(), scope })));
}

function value(expression: string, scope: Scope, at: Place, options: TemplateOptions): unknown {
  const run = new Rendering(options, scope, true);
  const { unit, node } = parseBare(expression, PLAYBOOK, ofValue(expression, at));
  const context = run.context(unit, { frame: new Frame(), scope });
  return redactingErrors(run, () => {
    const made = settled(node, context);
    return run.secrets.size > 0 ? hide(made) : made;
  });
}

/** The value as plain data; an error about a value that is not data points at the expression. */
function settled(node: Expression, context: Context): unknown {
  try {
    return outcome(evaluate(node, context));
  } catch (error) {
    throw placed(error, node, context);
  }
}

function withoutGlobals(names: ReadonlySet<string>): ReadonlySet<string> {
  const known = new Set(globalNames());
  return new Set([...names].filter((name) => !known.has(name)));
}

/** Every error in a template is wrong input: an exhausted stack or an over-long text is no bug in dsrctl. */
function guarded<T>(at: Place, run: () => T): T {
  try {
    return budgeted(run);
  } catch (error) {
    if (error instanceof Fault) throw located(error, at);
    if (!(error instanceof RangeError)) throw error;
    const stack = error.message.includes("call stack");
    const message = stack ? "the template is nested too deeply" : "the template makes too much data";
    throw new InputError([{ severity: "error", code: "template-error", message, place: at }]);
  }
}
