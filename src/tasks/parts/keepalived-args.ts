/** The arguments and the state of the task type `keepalived`. */
import { ADVICE_NAMES } from "../../keepalived/named-advice.ts";
import { configOf } from "../../keepalived/config.ts";
import type { Config } from "../../keepalived/config.ts";
import { mode, text, z } from "../../core/schema.ts";
import { oneOrMore } from "./list.ts";
import { filePath } from "./path.ts";
import { flag } from "./flag.ts";

export const config = z
  .record(z.string(), z.unknown(), { error: "expected a map of keepalived's keywords" })
  .transform((data, ctx): Config => {
    const made = configOf(data);
    if (!("problems" in made)) return made;
    for (const { at, message, ...params } of made.problems) {
      ctx.addIssue({ code: "custom", path: [...at], message, params });
    }
    return z.NEVER;
  });

export const args = z.strictObject({
  path: filePath.default("/etc/keepalived/keepalived.conf").describe("The file on the host."),
  config: config.describe(
    "The configuration in keepalived's own keywords: maps for blocks (named ones by their name), lists for blocks of " +
      "entries, `true` for flags.",
  ),
  keep_original: flag
    .default(false)
    .describe("Before the packaged file is replaced, a copy is kept as `PATH.org`; it is never overwritten."),
  mode: mode.default("0640").describe('Permissions, a quoted octal string. Default: `"0640"`.'),
  owner: text.default("root").describe("Name or number of the user. Default: root."),
  group: text.default("root").describe("Name or number of the group. Default: root."),
  tolerate: oneOrMore("tolerate", z.string().regex(/^[^\n]+$/), "part of a message of keepalived's")
    .default([])
    .describe("Parts of messages of `keepalived --config-test` that do not stop the task."),
  allow: oneOrMore("allow", z.enum(ADVICE_NAMES), "names of advice")
    .default([])
    .describe("Names of advice that is not shown."),
});

export type Args = z.infer<typeof args>;

export type State = {
  /** keepalived's own, `2.2.7`; not asked where the file is right for all. */
  readonly version?: string;
  readonly config: "absent" | "as wanted" | "another";
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  /** `PATH.org` is there. */
  readonly original?: boolean;
  /** The file is another, but this task type wrote it once. */
  readonly ours?: boolean;
  /** What is in the file where it is another, with dots for passwords; `long`: more than 64 KiB. */
  readonly text?: string;
};
