/** Computes what follows from the groups as they are written: parents, depths, and problems of the whole. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import { didYouMean } from "../text/suggest.ts";
import type { Draft, GroupDraft } from "./draft.ts";

/**
 * Completes the groups: `all` holds what has no parent, `ungrouped` the hosts that are in no other group.
 * Problems go to the draft.
 */
export function completeGroups(draft: Draft): void {
  const problems = [...undefinedChildren(draft), ...undefinedSections(draft), ...sameNames(draft)];
  draft.problems.push(...problems, ...cycles(draft), ...allAsChild(draft));
  const all = draft.groups.get("all");
  const ungrouped = draft.groups.get("ungrouped");
  if (all === undefined || ungrouped === undefined) throw new Error("a draft begins with `all` and `ungrouped`");
  const others = [...draft.groups.values()].filter((group) => group !== all && group !== ungrouped);
  const children = new Set([...draft.groups.values()].flatMap((group) => [...group.children.keys()]));
  for (const group of others) if (!children.has(group.name)) all.children.set(group.name, group.place);
  const grouped = new Set(others.flatMap((group) => [...group.hosts]));
  for (const host of ungrouped.hosts) if (grouped.has(host)) ungrouped.hosts.delete(host);
  for (const host of draft.hosts.keys()) if (!grouped.has(host)) ungrouped.hosts.add(host);
}

/** The names of the groups that hold each group. */
export function parentsOf(draft: Draft): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>([...draft.groups.keys()].map((name) => [name, []]));
  for (const group of draft.groups.values()) {
    for (const child of group.children.keys()) parents.get(child)?.push(group.name);
  }
  return parents;
}

/** The depth of each group: `all` 0, every other one more than its deepest parent. Needs groups without cycles. */
export function depthsOf(draft: Draft): ReadonlyMap<string, number> {
  const parents = parentsOf(draft);
  const depths = new Map<string, number>();
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const found = Math.max(-1, ...(parents.get(name) ?? []).map(depth)) + 1;
    depths.set(name, found);
    return found;
  };
  for (const name of draft.groups.keys()) depth(name);
  return depths;
}

function undefinedChildren(draft: Draft): readonly Problem[] {
  const defined = [...draft.groups.values()].filter((group) => group.defined).map((group) => group.name);
  return [...draft.groups.values()].flatMap((parent) =>
    [...parent.children].flatMap(([child, place]): readonly Problem[] => {
      if (draft.groups.get(child)?.defined === true) return [];
      const label = didYouMean(child, defined);
      return [
        {
          severity: "error",
          code: "unknown-group",
          message: `group \`${child}\` is a child of \`${parent.name}\` and defined nowhere`,
          place,
          ...(label === undefined ? {} : { label }),
          help: `write \`${emptyGroup(child, place.source.text)}\` if an empty group is meant`,
        },
      ];
    }),
  );
}

function emptyGroup(name: string, text: string): string {
  return /^\s*\[[^\]]*:children\]/m.test(text) ? `[${name}]` : `${name}: {}`;
}

function undefinedSections(draft: Draft): readonly Problem[] {
  const defined = [...draft.groups.values()].filter((group) => group.defined).map((group) => group.name);
  return draft.sections.flatMap(({ group, place }): readonly Problem[] => {
    if (group.defined) return [];
    const label = didYouMean(group.name, defined);
    return [
      {
        severity: "error",
        code: "unknown-group",
        message: `variables of group \`${group.name}\`, which is defined nowhere`,
        place,
        ...(label === undefined ? {} : { label }),
        help: `write \`[${group.name}]\` too, if an empty group is meant`,
      },
    ];
  });
}

function sameNames(draft: Draft): readonly Problem[] {
  return [...draft.groups.values()].flatMap((group): readonly Problem[] => {
    const host = draft.hosts.get(group.name);
    // Inventory scripts may give a host as a group that is nothing but that host.
    const itself = group.hosts.size === 1 && group.hosts.has(group.name) && group.children.size === 0;
    if (host === undefined || itself) return [];
    return [
      {
        severity: "error",
        code: "conflict",
        message: `\`${group.name}\` is the name of a group and of a host`,
        place: host.place,
        label: "the host",
        related: [{ place: group.place, label: "the group" }],
        help: "rename one of them: a pattern cannot distinguish them",
      },
    ];
  });
}

function allAsChild(draft: Draft): readonly Problem[] {
  return [...draft.groups.values()].flatMap((group): readonly Problem[] => {
    const place = group.children.get("all");
    if (place === undefined) return [];
    return [{ severity: "error", code: "cycle", message: "`all` contains every group and cannot be a child", place }];
  });
}

const DEEPEST = 64;

function tooDeep(draft: Draft, name: string): Problem {
  const place = draft.groups.get(name)?.place;
  const message = `groups are nested more than ${DEEPEST} levels deep`;
  return { severity: "error", code: "limit-exceeded", message, ...(place === undefined ? {} : { place }) };
}

/** Every cycle once, at the child that closes it. */
function cycles(draft: Draft): readonly Problem[] {
  const found: Problem[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]) => {
    if (done.has(name)) return;
    if (trail.length > DEEPEST) throw new InputError([tooDeep(draft, name)]);
    for (const [child, place] of draft.groups.get(name)?.children ?? []) {
      const start = [...trail, name].indexOf(child);
      if (start === -1) visit(child, [...trail, name]);
      else if (child !== "all") found.push(cycle([...trail, name].slice(start), child, draft, place));
    }
    done.add(name);
  };
  for (const name of draft.groups.keys()) visit(name, []);
  return found;
}

function cycle(trail: readonly string[], child: string, draft: Draft, place: GroupDraft["place"]): Problem {
  const related = trail.slice(0, -1).flatMap((name, index) => {
    const next = trail[index + 1] ?? child;
    const at = draft.groups.get(name)?.children.get(next);
    return at === undefined ? [] : [{ place: at, label: `\`${next}\` is a child of \`${name}\` here` }];
  });
  return {
    severity: "error",
    code: "cycle",
    message: `circular group membership: ${[...trail, child].map((name) => `\`${name}\``).join(" → ")}`,
    place,
    label: trail.length === 1 ? "it is its own child" : "this completes the circle",
    related,
  };
}
