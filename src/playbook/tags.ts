/** `--tags` and `--skip-tags` must name tags that there are: a slip would run nothing, or everything. */
import type { Problem } from "../core/problem.ts";
import { didYouMean, listNames } from "../text/suggest.ts";
import type { Playbook } from "./types.ts";
import { isFlush } from "./types.ts";

const SPECIAL = ["all", "always", "never"];

/** Every tag that a play, a task or a handler of the playbook has, in alphabetical order. */
export function tagsIn(playbook: Playbook): readonly string[] {
  const tasks = playbook.plays.flatMap((play) => [
    ...play.tags,
    ...[...play.tasks, ...play.handlers].flatMap((task) => (isFlush(task) ? [] : task.tags)),
  ]);
  return [...new Set(tasks)].sort();
}

/** What is wrong with tags given on the command line; `option` is `--tags` or `--skip-tags`. */
export function tagProblems(playbook: Playbook, tags: readonly string[], option: string): readonly Problem[] {
  const known = tagsIn(playbook);
  const text = tags.join(",");
  return tags
    .filter((tag) => !known.includes(tag) && !SPECIAL.includes(tag))
    .map((tag): Problem => {
      const start = text.indexOf(tag);
      const label = didYouMean(tag, known);
      return {
        severity: "error",
        code: "unknown-tag",
        message: `no task has the tag \`${tag}\``,
        place: { source: { file: option, text }, start, end: start + tag.length },
        ...(label === undefined ? {} : { label }),
        help: known.length === 0 ? "this playbook has no tags" : `known tags: ${listNames(known, 30)}`,
      };
    });
}
