/**
 * The JSON Schema of playbooks, for editors: made of the schemas that check the arguments of tasks, and of the
 * keywords. It accepts every playbook that dsrctl accepts; values that only a run can check are open in it.
 */
import type { AnyTaskType } from "../core/task-instance.ts";
import { z } from "../core/schema.ts";
import { PLAY_KEYWORDS, TASK_KEYWORDS } from "./keywords.ts";
import type { PlayKeyword, TaskKeyword } from "./keywords.ts";
import { open, templated } from "./templated-schema.ts";
import type { Json, JsonMap } from "./templated-schema.ts";

const TEXT: Json = { type: "string" };
const SCALAR: Json = { type: ["string", "number", "boolean", "null"] };
const FLAG: Json = open({ type: "boolean" }, { enum: ["yes", "no", "on", "off", "true", "false"] });
const TEXTS: Json = { anyOf: [TEXT, { type: "array", items: TEXT }] };
const CONDITION: Json = { anyOf: [SCALAR, { type: "array", items: SCALAR }] };
const MAP: Json = { type: ["object", "null"] };
const WHOLE: Json = open({ type: "integer", minimum: 0 }, { type: "string", pattern: "^\\d+$" });
const TASKS: Json = { type: ["array", "null"], items: { $ref: "#/$defs/task" } };
const NAME: Json = SCALAR;

const PLAY: Readonly<Record<PlayKeyword, Json>> = {
  ...{ name: NAME, hosts: TEXTS, become: FLAG, become_user: TEXT, become_method: TEXT, vars: MAP, tags: CONDITION },
  serial: { anyOf: [SCALAR, { type: "array", items: SCALAR }] },
  ...{ vars_files: TEXTS, gather_facts: FLAG, max_fail_percentage: SCALAR, any_errors_fatal: FLAG },
  ...{ pre_tasks: TASKS, tasks: TASKS, post_tasks: TASKS, handlers: TASKS },
  ...{ ignore_errors: FLAG, no_log: FLAG, timeout: WHOLE },
};

const TASK: Readonly<Record<TaskKeyword | "listen", Json>> = {
  ...{ name: NAME, when: CONDITION, register: TEXT, notify: TEXTS, listen: TEXTS, tags: CONDITION },
  loop: open({ type: "array" }, TEXT),
  ...{ become: FLAG, become_user: TEXT, become_method: TEXT, ignore_errors: FLAG, no_log: FLAG },
  ...{
    retries: WHOLE,
    delay: WHOLE,
    timeout: WHOLE,
    until: CONDITION,
    changed_when: CONDITION,
    failed_when: CONDITION,
  },
  ...{ vars: MAP, args: MAP },
};

/** The names under which a playbook has a task type. */
const NAMES = (kind: string): readonly string[] =>
  ["", "ansible.builtin.", "ansible.legacy.", "ansible.posix."].map((prefix) => `${prefix}${kind}`);

export function playbookSchema(types: readonly AnyTaskType[]): Json {
  const kinds = types.flatMap((type) => NAMES(type.kind).map((name) => [name, type.kind] as const));
  const args = types.map((type) => [`args_${type.kind}`, argsOf(type)] as const);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A playbook of dsrctl",
    type: "array",
    items: { type: "object", properties: pick(PLAY, PLAY_KEYWORDS), required: ["hosts"], additionalProperties: false },
    $defs: {
      ...Object.fromEntries(args),
      task: {
        type: "object",
        properties: {
          ...pick(TASK, [...TASK_KEYWORDS, "listen"]),
          ...Object.fromEntries(kinds.map(([name, kind]) => [name, { $ref: `#/$defs/args_${kind}` }])),
          ...Object.fromEntries(["meta", "ansible.builtin.meta"].map((name) => [name, { const: "flush_handlers" }])),
        },
        additionalProperties: false,
      },
    },
  };
}

function pick(schemas: Readonly<Record<string, Json>>, keys: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(keys.map((key) => [key, schemas[key] ?? true]));
}

/** Arguments as a map, or in one line, or as the one text that the type takes. */
function argsOf(type: AnyTaskType): Json {
  const { $schema, required, ...map } = z.toJSONSchema(type.args, { io: "input", unrepresentable: "any" }) as JsonMap;
  // A key that is required may be under `args:` next to the type.
  return { description: type.summary, anyOf: [templated(map), { type: ["string", "null"] }] };
}
