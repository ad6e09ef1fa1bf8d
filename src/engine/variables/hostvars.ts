/** Provides `hostvars`: the variables of other hosts, and of the host itself, rendered when they are used. */
import { didYouMean, listNames } from "../../text/suggest.ts";
import { LazyMap } from "../../jinja/templates.ts";
import type { Missing, Scope, Templates } from "../../jinja/templates.ts";
import { FACT_NAMES } from "./facts.ts";
import { layer } from "./magic-variables.ts";
import { scopeOf } from "./scope.ts";
import type { Variables } from "./variables.ts";
import { NotKnownYet } from "./not-known-yet.ts";
import type { Unknown } from "./not-known-yet.ts";

/** A host, as other hosts see it through `hostvars`. */
export interface HostView {
  /** Its variables outside of any play, and what was learned of it. */
  readonly variables: () => Variables;
  readonly learned: (name: string) => boolean;
  /** The plays (by index) in which it registers a name; for facts those that it takes part in. */
  readonly learns: (name: string) => readonly number[];
}

/** The host whose task reads `hostvars`. */
export interface Viewer {
  readonly host: string;
  /** The index of its play. */
  readonly play: number;
  /** It is bound ahead of its turn: it can wait for values that are not known yet. */
  readonly ahead: () => boolean;
  /** What it must wait for, until its own host has a name. */
  readonly waits: (name: string) => Unknown | undefined;
}

export interface HostViews {
  /** Those of the inventory. */
  readonly names: readonly string[];
  /** One of them, or the implicit localhost. */
  readonly find: (name: string) => HostView | undefined;
  /** From here on the facts of all hosts are read as soon as they are reached. */
  readonly wantFacts: () => void;
  readonly templates: Templates;
}

export function hostvars(fellows: HostViews, onlooker: Viewer): LazyMap {
  const { names, find, templates } = fellows;
  const made = new Map<string, LazyMap>();
  const get = (name: string): LazyMap | undefined => {
    const known = made.get(name);
    const fellow = known === undefined ? find(name) : undefined;
    if (fellow === undefined) return known;
    const variables = fellow.variables().with(layer({ hostvars: all }));
    const map = variablesOf(name, fellow, scopeOf(variables, templates), { ...onlooker, wantFacts: fellows.wantFacts });
    made.set(name, map);
    return map;
  };
  const has = (name: string): boolean => find(name) !== undefined;
  const all = new LazyMap({ get, has, names: () => names, absent: (name) => noHost(name, names) });
  return all;
}

function noHost(name: string, names: readonly string[]): Missing {
  return { reason: `the inventory has no host \`${name}\``, ...near(name, names), help: `it has ${listNames(names)}` };
}

function near(name: string, names: Iterable<string>): { readonly label?: string } {
  const label = didYouMean(name, names);
  return label === undefined ? {} : { label };
}

type Eyes = Viewer & Pick<HostViews, "wantFacts">;

function variablesOf(host: string, fellow: HostView, scope: Scope, onlooker: Eyes): LazyMap {
  const lazy = (name: string): unknown => (scope.lazy === undefined ? scope.get(name) : scope.lazy(name));
  const known = (name: string): boolean => {
    if (FACT_NAMES.has(name)) onlooker.wantFacts();
    const wait = host === onlooker.host ? onlooker.waits(name) : waitFor(name, fellow, onlooker);
    if (wait !== undefined && onlooker.ahead()) throw new NotKnownYet(wait);
    return host === onlooker.host || !isLearned(name, fellow) || isSettled(name, fellow, onlooker);
  };
  return new LazyMap({
    get: (name) => (known(name) ? lazy(name) : undefined),
    has: (name) => known(name) && scope.has(name),
    names: () => [...scope.names()].filter(known),
    absent: (name) => notThere(host, name, fellow, onlooker, scope),
  });
}

/** The value is learned from a host, not from the input. */
function isLearned(name: string, fellow: HostView): boolean {
  return FACT_NAMES.has(name) || fellow.learns(name).length > 0;
}

/**
 * Hosts do not wait for each other within a play. Only a value that was learned in an earlier play is the same in every
 * run.
 */
function isSettled(name: string, fellow: HostView, { play }: Viewer): boolean {
  const plays = fellow.learns(name);
  return plays.some((each) => each < play) && (FACT_NAMES.has(name) || !plays.includes(play));
}

function waitFor(name: string, fellow: HostView, onlooker: Viewer): Unknown | undefined {
  if (!isLearned(name, fellow) || !isSettled(name, fellow, onlooker) || fellow.learned(name)) return undefined;
  return "result";
}

function notThere(host: string, name: string, fellow: HostView, onlooker: Viewer, scope: Scope): Missing {
  if (isLearned(name, fellow) && !isSettled(name, fellow, onlooker)) {
    const what = FACT_NAMES.has(name) ? "its facts are asked for" : `\`${name}\` is registered`;
    const when = fellow.learns(name).length === 0 ? "in no play before this one" : "in this play itself";
    const help = "move the task that sets it into an earlier play: hosts do not wait for each other within a play";
    return { reason: `${what} ${when} on \`${host}\``, help };
  }
  return { reason: `\`${host}\` has no variable \`${name}\``, ...near(name, scope.names()) };
}
