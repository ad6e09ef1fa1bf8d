/**
 * The crash loop (as SQLite tests its own): the connection goes after the n-th byte that the host sent, for every n in
 * steps, with a controller that comes again and with one that dies with it. Whatever the n, nothing is told that is not
 * so, and the next run finishes the job.
 */
import { describe, expect, test } from "vitest";
import type { BoundTask } from "../../src/engine/converge/bound-task.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import { Unreachable } from "../../src/core/problem.ts";
import { Cells } from "./cells.ts";

/** Changes, something to remove, what waits for an earlier step, a surprise, an event, what has to last, handlers. */
async function world(): Promise<{ readonly cells: Cells; readonly tasks: readonly BoundTask[] }> {
  const cells = new Cells();
  cells.put("old", "1");
  cells.put("right", "1");
  const notify = [cells.dueOf("h")];
  const tasks = [
    await cells.task("new", { holds: "1", also: `rm -f ${cells.path("right")}` }, { notify }),
    await cells.task("old", {}, { notify }),
    await cells.task("right", { holds: "1" }),
    await cells.task("later", { holds: "1", after: cells.path("new") }, { notify }),
    await cells.task("event", { event: true }),
    await cells.task("up", { holds: "1", lasts: ":" }, { notify: [cells.dueOf("i")] }),
    await cells.task("up too", { holds: "1", lasts: ":" }, { notify }),
    await cells.handler("h", ":"),
    await cells.handler("i", ":"),
  ];
  return { cells, tasks };
}

const lines = (cells: Cells, name: string): number => cells.read(name)?.split("\n").length ?? 1;
const events = (cells: Cells): number => lines(cells, "event") - 1;

function expectRight(cells: Cells): void {
  const all = ["new", "old", "right", "later", "up", "up too"];
  expect(all.map((name) => cells.read(name))).toEqual(["1", undefined, "1", "1", "1", "1"]);
}

async function bytesOfAWholeRun(): Promise<number> {
  const { cells, tasks } = await world();
  expect(await cells.settle(tasks)).toBe("done");
  expectRight(cells);
  await cells.end();
  return cells.received;
}

/** More of them find more: `DSRCTL_CRASH_STEPS=2000`. */
const STEPS = Number(process.env["DSRCTL_CRASH_STEPS"] ?? 24);

/** One run that is cut, and the next. */
async function cutAt(bytes: number, mortal: boolean): Promise<void> {
  const { cells, tasks } = await world();
  Object.assign(cells, { bytesUntilCut: bytes, mortal });
  const settled = await cells.settle(tasks).catch((error: unknown) => {
    expect(error instanceof Unreachable || error instanceof ConnectionLost, String(error)).toBe(true);
    return "lost";
  });
  const told = new Map(cells.outcomes.map(({ task, status }) => [task.name, status]));
  if (settled === "done") expectRight(cells);
  if (settled === "done") expect([...told.values()].filter((status) => status === "failed")).toEqual([]);
  for (const name of ["new", "later", "up", "up too"])
    if (told.get(name) === "changed") expect(cells.read(name)).toBe("1");
  if (told.get("event") === "changed") expect(events(cells)).toBe(1);
  for (const name of ["h", "i"]) if (told.get(name) === "changed") expect(lines(cells, name)).toBeGreaterThan(1);

  cells.anew();
  Object.assign(cells, { bytesUntilCut: undefined, mortal: false });
  await cells.learnDue(tasks);
  expect(events(cells)).toBeLessThanOrEqual(1);
  const before = events(cells);
  cells.outcomes.length = 0;
  expect(await cells.settle(tasks)).toBe("done");
  expectRight(cells);
  expect(events(cells)).toBe(before + 1);
  for (const name of ["h", "i"]) expect(lines(cells, name)).toBeGreaterThan(1);
  cells.outcomes.length = 0;
  expect(await cells.settle(tasks)).toBe("done");
  expect(cells.statuses().filter((status) => status.endsWith("changed"))).toEqual(["event changed"]);
  await cells.end();
}

describe.each([
  ["comes again", false],
  ["dies with it", true],
])("a connection that goes at the n-th byte; the controller %s", (_what, mortal) => {
  test.concurrent(
    "leaves nothing that the next run does not finish, handler included; no event twice in a run",
    async () => {
      const total = await bytesOfAWholeRun();
      const step = Math.ceil(total / STEPS);
      const all = Array.from({ length: Math.ceil(total / step) + 1 }, (_, index) => index * step);
      for (let at = 0; at < all.length; at += 8) {
        await Promise.all(all.slice(at, at + 8).map((bytes) => cutAt(bytes, mortal)));
      }
    },
    1_200_000,
  );
});
