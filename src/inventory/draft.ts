/** The inventory as it is written, merged from all its sources, before anything is computed from it. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { hostNames } from "./names.ts";
import type { Variable } from "./types.ts";

export interface GroupDraft {
  readonly name: string;
  /** Where it is first named; of no length for `all` and `ungrouped` that no source names. */
  place: Place;
  /** It has a body somewhere; a name alone may be a typing error. */
  defined: boolean;
  readonly hosts: Set<string>;
  /** Names, and where each is declared as a child. */
  readonly children: Map<string, Place>;
  readonly variables: Map<string, Variable>;
}

export interface HostDraft {
  readonly name: string;
  readonly place: Place;
  readonly variables: Map<string, Variable>;
}

export interface Draft {
  readonly groups: Map<string, GroupDraft>;
  readonly hosts: Map<string, HostDraft>;
  readonly problems: Problem[];
  /** Sections of variables: for groups that nothing defines they may be typing errors. */
  readonly sections: { readonly group: GroupDraft; readonly place: Place }[];
  /** How many host names were written, ranges counted in full. */
  named: number;
}

/** `all`, and `ungrouped` in it, always exist. @param nowhere the place of a group that no source contains */
export function emptyDraft(nowhere: Place): Draft {
  const draft: Draft = { groups: new Map(), hosts: new Map(), problems: [], sections: [], named: 0 };
  const all = groupOf(draft, "all", nowhere);
  all.defined = true;
  groupOf(draft, "ungrouped", nowhere).defined = true;
  all.children.set("ungrouped", nowhere);
  return draft;
}

export function groupOf(draft: Draft, name: string, place: Place): GroupDraft {
  const known = draft.groups.get(name);
  if (known !== undefined) {
    if (known.place.end === 0) known.place = place;
    return known;
  }
  const group = {
    name,
    place,
    defined: false,
    hosts: new Set<string>(),
    children: new Map<string, Place>(),
    variables: new Map<string, Variable>(),
  };
  draft.groups.set(name, group);
  return group;
}

/** Far more than any inventory has; a file of ranges could name billions. */
const MOST_NAMES = 200_000;

/**
 * Adds the hosts of a name or range to a group, with their variables.
 *
 * @throws InputError when there are too many by now
 */
export function addHosts(
  draft: Draft,
  group: GroupDraft,
  key: string,
  place: Place,
  variables: Iterable<Variable> = [],
): void {
  const { names, port } = hostNames(key, place, (problem) => draft.problems.push(problem));
  draft.named += names.length;
  if (draft.named > MOST_NAMES) throw new InputError([...draft.problems, tooMany(place)]);
  const given = [...variables];
  for (const name of names) {
    const known = draft.hosts.has(name);
    const host = addHost(draft, group, name, place);
    if (port !== undefined) setPort(draft, host, portVariable(port, place), known);
    for (const variable of given) setHostVariable(draft, host, variable);
  }
}

/** As in Ansible, a port only counts where a host is first named. */
function setPort(draft: Draft, host: HostDraft, variable: Variable, known: boolean): void {
  const before = host.variables.get(variable.name);
  if (!known) setVariable(host.variables, variable);
  else if (before?.value !== variable.value) {
    draft.problems.push({
      severity: "warning",
      code: "connection-variable",
      message: `the port ${variable.node.kind === "scalar" ? variable.node.text : ""} changes nothing: \`${host.name}\` is known already`,
      place: variable.place,
      related: [{ place: host.place, label: "first named here" }],
      help: "write `ansible_port`, or the port where the host is named first",
    });
  }
}

function tooMany(place: Place): Problem {
  return {
    severity: "error",
    code: "limit-exceeded",
    message: `the inventory names more than ${MOST_NAMES} hosts`,
    place,
  };
}

/** Adds a host to a group; it may be in others already. */
export function addHost(draft: Draft, group: GroupDraft, name: string, place: Place): HostDraft {
  const host = draft.hosts.get(name) ?? { name, place, variables: new Map<string, Variable>() };
  draft.hosts.set(name, host);
  group.hosts.add(name);
  return host;
}

function portVariable(port: number, place: Place): Variable {
  const node = { kind: "scalar", value: port, text: String(port), place, unsafe: false } as const;
  return { name: "ansible_port", value: port, node, place, keyPlace: place };
}

/** Sets a variable; what it was before is remembered, for `explain`. */
export function setVariable(variables: Map<string, Variable>, variable: Variable): void {
  const before = variables.get(variable.name);
  variables.set(variable.name, before === undefined ? variable : { ...variable, overrides: before });
}

export function setHostVariable(draft: Draft, host: HostDraft, variable: Variable): void {
  const before = host.variables.get(variable.name);
  if (before?.place.source === variable.place.source && differ(before, variable)) {
    draft.problems.push({
      severity: "warning",
      code: "duplicate-key",
      message: `\`${variable.name}\` of host \`${host.name}\` is set twice; this one counts`,
      place: variable.keyPlace,
      related: [{ place: before.keyPlace, label: "set otherwise here" }],
    });
  }
  setVariable(host.variables, variable);
}

function differ(a: Variable, b: Variable): boolean {
  return a.value !== b.value && JSON.stringify(a.value) !== JSON.stringify(b.value);
}
