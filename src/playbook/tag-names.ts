/** The tags that a playbook's file names, right or wrong as the rest of it may be. */
import { readSource } from "../files.ts";
import { entryOf, readYaml, scalars } from "../yaml/index.ts";
import type { MapNode, Node } from "../yaml/index.ts";
import { findPlaybook } from "./find.ts";

/** Keys of plays and blocks that hold tasks. */
const TASKS = ["tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"];

/**
 * In alphabetical order. Nothing is decrypted, and no template is rendered.
 * @throws InputError if the file cannot be read, or is no YAML
 */
export async function tagsInFile(argument: string, cwd: string): Promise<readonly string[]> {
  const { path, shown } = await findPlaybook(argument, cwd);
  const tags = [...tagsIn(readYaml(await readSource(path, { shown, what: "playbook" })))];
  return [...new Set(tags)].sort();
}

function* tagsIn(list: Node): Generator<string> {
  if (list.kind !== "list") return;
  for (const item of list.items) if (item.kind === "map") yield* tagsOf(item);
}

function* tagsOf(map: MapNode): Generator<string> {
  const own = entryOf(map, "tags")?.value;
  for (const { value, text } of own === undefined ? [] : scalars(own))
    yield* (typeof value === "string" ? value : text)
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== "");
  for (const key of TASKS) {
    const tasks = entryOf(map, key)?.value;
    if (tasks !== undefined) yield* tagsIn(tasks);
  }
}
