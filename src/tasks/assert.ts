import { text, z } from "../schema.ts";
import { nothing } from "../sh.ts";
import { taskType } from "../task.ts";
import { oneOrMore } from "./parts/list.ts";

const condition = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i)
    .transform((word) => word.toLowerCase() === "true"),
]);

const args = z.strictObject({
  that: oneOrMore("that", condition, "conditions that come out as true or false").describe(
    "Conditions, as in `when`, all of which must hold.",
  ),
  fail_msg: text.describe("What is said when one does not hold; else its number is.").optional(),
  success_msg: text.describe("What is said when all hold.").optional(),
});

type Args = z.infer<typeof args>;

/** `failed` holds the numbers, from 1, of the conditions that do not hold. */
interface State {
  readonly failed: readonly number[];
  readonly [key: string]: readonly number[];
}

/** Fails the host when a condition does not hold. */
export const assert = taskType<Args, State>({
  kind: "assert",
  summary: "Fails when a condition does not hold.",
  notes: `The conditions are expressions without braces, evaluated on the controller with the host's variables; nothing
is looked at on the host and nothing changes. What a host is really like is the matter of \`ipvs\`, \`vip\`,
\`reachable\` and \`http\`.`,
  examples: [
    `- name: the site is described well
  assert:
    that:
      - real_servers | length > 1
      - vrrp_priority < 255
    fail_msg: "two real servers at least, and a priority below 255"`,
  ],
  args,
  label: (given) => given.success_msg ?? (given.that.length === 1 ? "1 condition" : `${given.that.length} conditions`),
  look: () => nothing,
  read: (_seen, given) => ({ failed: failedOf(given) }),
  want: () => ({ failed: [] }),
  wrong: (_delta, given) => given.fail_msg ?? inWords(given),
});

function failedOf(given: Args): readonly number[] {
  return given.that.flatMap((holds, index) => (holds ? [] : [index + 1]));
}

function inWords(given: Args): string {
  const failed = failedOf(given);
  if (given.that.length === 1) return "the condition does not hold";
  const which = failed.length === 1 ? `number ${failed[0]} does` : `numbers ${failed.join(", ")} do`;
  return `of the ${given.that.length} conditions, ${which} not hold`;
}
