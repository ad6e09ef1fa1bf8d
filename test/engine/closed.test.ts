import { expect, test } from "vitest";
import { diffByKey, eraseTypes, deepEqual } from "../../src/core/task-instance.ts";
import { z } from "../../src/core/schema.ts";
import { sh } from "../../src/core/shell.ts";
import { taskType } from "../../src/core/task-type.ts";
import type { Output } from "../../src/core/task-type.ts";

const said = (out: string): Output => ({ code: 0, out, err: "", bytes: Buffer.from(out) });
const type = eraseTypes(
  taskType<object, { readonly name: string }>({
    ...{ kind: "odd", summary: "", examples: [], args: z.strictObject({}), label: () => "odd" },
    look: () => sh`cat`,
    read: ({ out }) => JSON.parse(out) as { readonly name: string },
    want: () => ({ name: "right" }),
    act: ({ before }) => sh`echo ${before?.name ?? ""}`,
  }),
);

test("what a type cannot understand of a host's answer blocks the task there, and throws nothing", async () => {
  const closed = await type.instantiate({}, { read: () => Promise.reject(new Error()), render: () => "" });
  if (!("evaluate" in closed)) throw new Error("not closed");
  expect(closed.evaluate(said('{"name":"right"}'))).toMatchObject({ is: "right" });
  expect(closed.evaluate(said('{"name":"wrong"}'))).toMatchObject({ is: "change" });
  expect(closed.evaluate(said("junk"))).toMatchObject({
    is: "blocked",
    why: expect.stringContaining("cannot parse") as string,
  });
  expect(closed.evaluate(said('{"name":"nul\\u0000"}'))).toMatchObject({ is: "blocked" });
});

test("states differ by what is wanted of them; the order of keys is nothing", () => {
  expect(diffByKey({ a: 1, b: 2 }, { a: 1 })).toBeUndefined();
  expect(diffByKey({ a: 1, b: 2 }, { b: 3 })?.keys).toEqual(["b"]);
  expect(diffByKey({ a: 1 }, undefined)?.keys).toEqual(["a"]);
  expect(diffByKey(undefined, undefined)).toBeUndefined();
  expect(diffByKey(undefined, { a: 1, b: 2 })?.keys).toEqual(["a", "b"]);
  expect(deepEqual({ a: [{ b: 1, c: 2 }] }, { a: [{ c: 2, b: 1 }] })).toBe(true);
  expect(deepEqual({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
});
