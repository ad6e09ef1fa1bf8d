// @ts-check
/** The text of `src/tasks/index.ts`. */
import { HEAD } from "./marked.mjs";

/** Imports a type by the name it is exported under, and erases it.
 * @param {readonly { file: string, name: string, type: { kind: string } }[]} all @returns {string} */
export function registry(all) {
  const entries = all.map(
    ({ file, name, type: { kind } }) => `["${kind}", async () => eraseTypes((await import("./${file}")).${name})],`,
  );
  return `${HEAD}
import { eraseTypes } from "../core/task-instance.ts";
import type { TaskTypes } from "../core/task-instance.ts";

/** Every task type, by the key it has in a playbook; a type is loaded where one is used. */
export const taskTypes: TaskTypes = new Map([
${entries.join("\n")}
]);
`;
}
