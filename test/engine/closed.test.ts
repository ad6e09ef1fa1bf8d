import { expect, test } from "vitest";
import { byKey, erase, same } from "../../src/core/task-instance.ts";
import { z } from "../../src/core/schema.ts";
import { sh } from "../../src/core/shell.ts";
import { taskType } from "../../src/core/task-type.ts";
import type { Output } from "../../src/core/task-type.ts";

const said = (out: string): Output => ({ code: 0, out, err: "", bytes: Buffer.from(out) });
const type = erase(
  taskType<object, { readonly name: string }>({
    ...{ kind: "odd", summary: "", examples: [], args: z.strictObject({}), label: () => "odd" },
    look: () => sh`cat`,
    read: ({ out }) => JSON.parse(out) as { readonly name: string },
    want: () => ({ name: "right" }),
    act: ({ before }) => sh`echo ${before?.name ?? ""}`,
  }),
);

test("what a type cannot understand of a host's answer blocks the task there, and throws nothing", async () => {
  const closed = await type.close({}, { read: () => Promise.reject(new Error()), render: () => "" });
  if (!("judge" in closed)) throw new Error("not closed");
  expect(closed.judge(said('{"name":"right"}'))).toMatchObject({ is: "right" });
  expect(closed.judge(said('{"name":"wrong"}'))).toMatchObject({ is: "change" });
  expect(closed.judge(said("junk"))).toMatchObject({
    is: "blocked",
    why: expect.stringContaining("not understood") as string,
  });
  expect(closed.judge(said('{"name":"nul\\u0000"}'))).toMatchObject({ is: "blocked" });
});

test("states differ by what is wanted of them; the order of keys is nothing", () => {
  expect(byKey({ a: 1, b: 2 }, { a: 1 })).toBeUndefined();
  expect(byKey({ a: 1, b: 2 }, { b: 3 })?.keys).toEqual(["b"]);
  expect(byKey({ a: 1 }, undefined)?.keys).toEqual(["a"]);
  expect(byKey(undefined, undefined)).toBeUndefined();
  expect(byKey(undefined, { a: 1, b: 2 })?.keys).toEqual(["a", "b"]);
  expect(same({ a: [{ b: 1, c: 2 }] }, { a: [{ c: 2, b: 1 }] })).toBe(true);
  expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
});
