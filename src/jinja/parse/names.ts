/** Finds the variables that a template names but does not set itself. */
import { argumentsOf, parts } from "./ast.ts";
import type { Arguments, Body, Expression, Macro, Statement, Target, Use } from "./ast.ts";

/** Called for each lookup with a literal plugin name, with the whole call. */
export type HearLookup = (plugin: string, call: Expression) => void;

/** The names that a body reads and that nothing in it gives a value. */
export function freeNames(body: Body, hear: HearLookup = () => undefined): ReadonlySet<string> {
  const free = new Set<string>();
  new Names(free, hear, undefined).body(body);
  return free;
}

export function freeNamesOf(expression: Expression, hear: HearLookup = () => undefined): ReadonlySet<string> {
  const free = new Set<string>();
  new Names(free, hear, undefined).expression(expression);
  return free;
}

class Names {
  readonly #free: Set<string>;
  readonly #hear: HearLookup;
  readonly #outer: Names | undefined;
  readonly #bound = new Set<string>();

  constructor(free: Set<string>, hear: HearLookup, outer: Names | undefined) {
    this.#free = free;
    this.#hear = hear;
    this.#outer = outer;
  }

  body(body: Body): void {
    for (const statement of body) this.#statement(statement);
  }

  expression(node: Expression | undefined): void {
    if (node === undefined) return;
    if (node.is === "name") this.#read(node.name);
    if (node.is === "call") this.#lookup(node, node.callee, node.args);
    for (const part of parts(node)) this.expression(part);
  }

  #inner(): Names {
    return new Names(this.#free, this.#hear, this);
  }

  #has(name: string): boolean {
    return this.#bound.has(name) || (this.#outer !== undefined && this.#outer.#has(name));
  }

  #read(name: string): void {
    if (!this.#has(name)) this.#free.add(name);
  }

  /** `lookup('vars', 'a', 'b')` names `a` and `b`. */
  #lookup(call: Expression, callee: Expression, args: Arguments): void {
    if (callee.is !== "name" || !["lookup", "query", "q"].includes(callee.name)) return;
    const [plugin, ...terms] = args.positional;
    if (plugin?.is !== "constant" || typeof plugin.value !== "string") return;
    this.#hear(plugin.value, call);
    if (plugin.value !== "vars" && plugin.value !== "ansible.builtin.vars") return;
    for (const term of terms) if (term.is === "constant" && typeof term.value === "string") this.#read(term.value);
  }

  #statement(node: Statement): void {
    switch (node.is) {
      case "data":
        return;
      case "output":
        return this.expression(node.of);
      case "if":
        return this.#if(node);
      case "for":
        return this.#for(node);
      case "set":
        this.expression(node.value);
        return this.#bind(node.target);
      case "setBlock":
        this.#filters(node.filters);
        this.#inner().body(node.body);
        return this.#bind(node.target);
      case "macro":
        this.#bound.add(node.macro.name);
        return this.#macro(node.macro);
      case "callBlock":
        this.expression(node.call);
        return this.#macro(node.caller);
      case "filterBlock":
        this.#filters(node.filters);
        return this.#inner().body(node.body);
      case "with":
        return this.#with(node);
      case "include":
      case "extends":
        return this.expression(node.template);
      case "import":
        this.expression(node.template);
        this.#bound.add(node.alias);
        return;
      case "from":
        this.expression(node.template);
        for (const { alias } of node.names) this.#bound.add(alias);
        return;
      case "block":
        return this.#inner().body(node.body);
    }
  }

  #if(node: Statement & { readonly is: "if" }): void {
    for (const { test, body } of node.branches) {
      this.expression(test);
      this.body(body);
    }
    this.body(node.otherwise);
  }

  #for(node: Statement & { readonly is: "for" }): void {
    this.expression(node.over);
    const inner = this.#inner();
    inner.#bind(node.target);
    inner.#bound.add("loop");
    inner.expression(node.test);
    inner.body(node.body);
    this.#inner().body(node.otherwise);
  }

  #with(node: Statement & { readonly is: "with" }): void {
    const inner = this.#inner();
    for (const [target, value] of node.bindings) {
      this.expression(value);
      inner.#bind(target);
    }
    inner.body(node.body);
  }

  #macro(macro: Macro): void {
    const inner = this.#inner();
    for (const name of macro.reads) inner.#bound.add(name);
    for (const { name, fallback } of macro.parameters) {
      inner.expression(fallback);
      inner.#bound.add(name);
    }
    inner.body(macro.body);
  }

  #filters(filters: readonly Use[]): void {
    for (const use of filters) for (const value of argumentsOf(use)) this.expression(value);
  }

  #bind(target: Target): void {
    if (target.is === "name") this.#bound.add(target.name);
    else if (target.is === "member") this.#read(target.namespace);
    else for (const item of target.items) this.#bind(item);
  }
}
