/** Decides by tags which plays and tasks take part. */
import type { Play, Task } from "../playbook/types.ts";

export interface TagChoice {
  /** Empty: all but what is tagged `never`. */
  readonly tags: readonly string[];
  readonly skip: readonly string[];
}

/** Ansible's rules: `always` is in unless skipped by name, `never` is out unless asked for by name. */
export function matchesTags(tags: readonly string[], choice: TagChoice): boolean {
  if (tags.some((tag) => choice.skip.includes(tag))) return false;
  if (tags.some((tag) => choice.tags.includes(tag))) return true;
  if (tags.includes("never")) return false;
  return tags.includes("always") || choice.tags.length === 0 || choice.tags.includes("all");
}

export function tagsOf(play: Play, task: Task): readonly string[] {
  return [...new Set([...play.tags, ...task.tags])];
}
