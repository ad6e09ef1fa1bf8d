import { expect, test } from "vitest";
import { check } from "../src/core/schema.ts";
import { taskTypes } from "../src/tasks/index.ts";
import { flag } from "../src/tasks/parts/flag.ts";
import { truthOf } from "../src/text/boolean-words.ts";

// ansible.module_utils.parsing.convert_bool, BOOLEANS_TRUE and BOOLEANS_FALSE.
const TRUE = [true, "y", "yes", "on", "1", "true", "t", 1, "Yes", "TRUE", " True "];
const FALSE = [false, "n", "no", "off", "0", "false", "f", 0, "No", "False"];
const NEITHER = ["", "maybe", "2", 2, -1, null, undefined, [], "yes please"];

test("booleans are what Ansible takes for them", () => {
  expect(TRUE.map(truthOf)).toEqual(TRUE.map(() => true));
  expect(FALSE.map(truthOf)).toEqual(FALSE.map(() => false));
  expect(NEITHER.map(truthOf)).toEqual(NEITHER.map(() => undefined));
});

test("an argument that is a flag takes them, and says of others what it expected", () => {
  expect([...TRUE, ...FALSE].map((value) => check(flag, value))).toEqual([
    ...TRUE.map(() => ({ value: true })),
    ...FALSE.map(() => ({ value: false })),
  ]);
  for (const value of NEITHER)
    expect(check(flag, value)).toMatchObject({ problems: [{ message: "expected true or false" }] });
});

/** Arguments of each type that make it whole, and its flags. */
const FLAGS: Readonly<Record<string, readonly [whole: object, flags: readonly string[]]>> = {
  file: [{ path: "/x", content: "" }, ["follow", "backup", "keep_original", "secret", "force"]],
  template: [{ path: "/x", src: "y" }, ["follow", "backup", "keep_original", "secret", "force"]],
  service: [{ name: "cron" }, ["enabled", "masked"]],
  package: [{ name: "x" }, ["update_cache", "install_recommends"]],
  firewalld: [{ zone: "work", port: "80/tcp" }, ["permanent", "immediate"]],
  firewalld_direct: [{ table: "filter", chain: "INPUT", rule: "-j ACCEPT" }, ["permanent", "immediate"]],
  http: [{ url: "https://192.0.2.1/" }, ["insecure"]],
  ipvs: [{ services: [] }, ["exclusive"]],
  keepalived: [{ config: { global_defs: { router_id: "a" } } }, ["keep_original"]],
};

test.each(Object.entries(FLAGS))("%s: a flag as text is the flag", async (kind, [whole, flags]) => {
  const type = await taskTypes.get(kind)!();
  for (const name of flags) {
    const as = (value: unknown) => check(type.args, { ...whole, [name]: value });
    expect(as("yes"), name).toEqual(as(true));
    expect(as("False"), name).toEqual(as(false));
    expect(as(true)).toHaveProperty("value");
  }
});
