import { z } from "../core/schema.ts";
import { Secret } from "../core/secret.ts";
import { emptyScript } from "../core/shell.ts";
import { taskType } from "../core/task-type.ts";

const args = z
  .strictObject({
    msg: z.unknown().describe("What to say: text, or any value, which is then shown as JSON.").optional(),
    var: z.unknown().describe("An expression, without braces, whose value is shown as JSON.").optional(),
  })
  .refine((given) => given.msg === undefined || given.var === undefined, {
    error: "give `msg` or `var`, not both",
  });

type Args = z.infer<typeof args>;

/** Shows a message or a value in the report; looks at nothing and changes nothing. */
export const debug = taskType<Args, Record<string, never>>({
  kind: "debug",
  summary: "Shows a message or the value of an expression.",
  notes: `The task looks at nothing and changes nothing. Its label is the message, so every report that names the task
shows the message, in a dry run too. A secret in it shows as dots.`,
  examples: [
    `- name: which node is this
  debug:
    msg: "{{ inventory_hostname }} serves {{ vip }}"`,
    `- debug:
    var: real_servers`,
  ],
  args,
  positionalArg: "msg",
  expressions: { var: "value" },
  label: (given) => shown(valueOf(given)),
  value: valueOf,
  returns: (given) => (given.msg === undefined ? {} : { msg: given.msg }),
  look: () => emptyScript,
  read: () => ({}),
  want: () => ({}),
});

function valueOf(given: Args): unknown {
  return given.msg ?? (given.var === undefined ? "Hello world!" : given.var);
}

function shown(value: unknown): string {
  return typeof value === "string" || value instanceof Secret ? String(value) : JSON.stringify(value);
}
