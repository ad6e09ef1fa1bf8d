import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { playbookSchema } from "../../src/playbook/json-schema.ts";
import { taskTypes } from "../../src/tasks/index.ts";

const types = await Promise.all([...taskTypes.values()].map((load) => load()));
const schema = playbookSchema(types);
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema as object);

function wrong(text: string): readonly string[] {
  const data: unknown = parse(text, { version: "1.1" });
  return validate(data) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const play = (task: string): string => `- hosts: all\n  tasks:\n${task.replaceAll(/^/gm, "    ")}\n`;

it("the site's playbook is as the schema says", () => {
  expect(wrong(readFileSync("playbooks/site.yml", "utf8"))).toEqual([]);
});

it.each(types.map(({ kind, examples }) => [kind, examples] as const))(
  "the examples of %s are, too",
  (_kind, examples) => {
    for (const example of examples) expect(wrong(play(example)), example).toEqual([]);
  },
);

it.each([
  ["a task of a name in full", "- ansible.builtin.command: uptime"],
  ["arguments in one line", "- file: path=/x state=absent"],
  ["a template in the place of a number", "- service: { name: x, state: started }\n  retries: '{{ n }}'"],
  ["a flush of handlers", "- meta: flush_handlers"],
])("%s is accepted", (_what, task) => expect(wrong(play(task))).toEqual([]));

it.each([
  ["an unknown keyword", "- command: uptime\n  whn: x"],
  ["an unknown argument", "- service: { name: x, stat: started }"],
  ["a value that is none of the allowed ones", "- service: { name: x, state: run }"],
])("%s is not", (_what, task) => expect(wrong(play(task))).not.toEqual([]));

it("the committed file is the schema", () => {
  expect(JSON.parse(readFileSync("docs/playbook.schema.json", "utf8"))).toEqual(JSON.parse(JSON.stringify(schema)));
});
