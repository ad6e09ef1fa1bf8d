/** Runs templates that mean harm, one after the other, and says of each what became of it. The child of attacks.test.ts. */
import { readFileSync } from "node:fs";
import { InputError } from "../../src/core/problem.ts";
import { templates } from "../../src/jinja/templates.ts";
import { showPlace } from "../../src/core/source.ts";
import { scopeOf } from "./support.ts";

const hosts = { web1: { constructor: "own", name: "web1" } };
const scope = scopeOf({
  hostvars: hosts,
  list: [1, 2],
  map: { a: 1 },
  text: "text",
  users: [{ name: "ann" }, { name: "bob" }],
});
const engine = templates({
  template: (name) => ({ file: name, text: `{% include '${name === "a.j2" ? "b.j2" : "a.j2"}' %}` }),
});
const before = snapshot();

/** What of JavaScript's objects a template may have changed. */
function snapshot(): string {
  return [Object, Array, String, Number, Function, Map, RegExp, Error]
    .map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join())
    .join("\n");
}

function outcome(text: string): string {
  try {
    return `printed ${engine.file({ file: "t.j2", text }, scope)}`;
  } catch (error) {
    if (!(error instanceof InputError)) return `bug ${String(error)}`;
    const [problem] = error.problems;
    const place = problem?.place === undefined ? "nowhere" : showPlace(problem.place);
    return `${place} ${problem?.message ?? "nothing"}`;
  }
}

for (const text of JSON.parse(readFileSync(0, "utf8")) as readonly string[]) {
  const became = outcome(text);
  process.stdout.write(`${JSON.stringify(before === snapshot() ? became : "bug: a prototype has changed")}\n`);
}
