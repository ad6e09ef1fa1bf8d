import { text, z } from "../core/schema.ts";
import { emptyScript } from "../core/shell.ts";
import { taskType } from "../core/task-type.ts";
import { oneOrMore } from "./parts/list.ts";

/** As the engine hands it over: the expression, and whether it holds. */
const condition = z.custom<{ readonly condition: string; readonly holds: boolean }>(
  (value) => typeof value === "object" && value !== null && "condition" in value && "holds" in value,
);

const args = z.strictObject({
  that: oneOrMore("that", condition, "conditions that come out as true or false").describe(
    "Conditions, as in `when`, all of which must hold.",
  ),
  fail_msg: text.describe("What is said when one does not hold; else its number is.").optional(),
  success_msg: text.describe("What is said when all hold.").optional(),
});

type Args = z.infer<typeof args>;

/** `failed` holds the conditions that do not hold. */
type State = Readonly<{ failed: readonly string[] }>;

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
  expressions: { that: "condition" },
  label: (given) => given.success_msg ?? (given.that.length === 1 ? "1 condition" : `${given.that.length} conditions`),
  look: () => emptyScript,
  read: (_seen, given) => ({ failed: failedOf(given) }),
  want: () => ({ failed: [] }),
  explainFailure: (_delta, given) => given.fail_msg ?? inWords(given),
});

function failedOf(given: Args): readonly string[] {
  return given.that.flatMap(({ condition: text, holds }) => (holds ? [] : [text]));
}

function inWords(given: Args): string {
  const failed = failedOf(given).map((text) => `\`${text}\``);
  return `${failed.join(" and ")} ${failed.length === 1 ? "does" : "do"} not hold`;
}
