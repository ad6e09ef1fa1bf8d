import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BoundTask } from "../../src/engine/converge/bound-task.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import { sh } from "../../src/core/shell.ts";
import { Cells } from "./cells.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

describe("settling ends", () => {
  let cells: Cells;
  beforeEach(() => void (cells = new Cells()));
  afterEach(() => cells.end());

  test("with a failure when a task looks different every time", async () => {
    cells.put("restless", "0");
    const restless = await cells.task("restless", { holds: "never" });
    const look = restless.instance.look;
    const tasks = [{ ...restless, instance: { ...restless.instance, look: changing(cells.path("restless")) } }];
    expect(look.text()).toContain("restless");
    expect(await cells.settle(tasks)).toBe("failed");
    expect(cells.outcomes[0]).toMatchObject({
      status: "failed",
      why: expect.stringContaining("keeps changing") as string,
    });
    expect(cells.roundTrips).toBeLessThan(10);
  });

  test("when a step takes its connection with it each time", async () => {
    const kill = `rm ${cells.path("a")}; kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)`;
    const tasks = [await cells.task("a", { holds: "1", also: kill })];
    await expect(cells.settle(tasks)).rejects.toThrow(ConnectionLost);
    expect(cells.roundTrips).toBeLessThan(10);
  });

  test("well when a step takes its connection with it once, and has done its work", async () => {
    const kill = `kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)`;
    const tasks = [await cells.task("a", { holds: "1", also: kill }), await cells.task("b", { holds: "1" })];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a changed", "b changed"]);
  });
});

describe("an interruption that lets the host go", () => {
  let cells: Cells;
  beforeEach(() => void (cells = new Cells()));
  afterEach(() => cells.end());

  test("before anything was sent: nothing is begun, and that is told", async () => {
    const tasks = [await cells.task("a", { holds: "1" }), await cells.task("b", { holds: "1" })];
    cells.interrupted = true;
    expect(await cells.settle(tasks)).toBe("stopped");
    expect(cells.statuses()).toEqual(["a not-run", "b not-run"]);
  });

  test("while a lost connection is made anew: what was under way then is not known, the rest is not begun", async () => {
    const go = cells.path("go");
    const kill = `until [ -e ${go} ]; do sleep 0.05; done; kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)`;
    const first = await cells.task("first", { holds: "1" });
    const tasks = [first, await cells.task("a", { holds: "1", also: kill }), await cells.task("b", { holds: "1" })];
    const settling = cells.settle(tasks);
    await vi.waitFor(() => expect(cells.outcomes.map(({ task }) => task.name)).toEqual(["first"]), 20_000);
    cells.interrupted = true;
    cells.put("go", "");
    expect(await settling).toBe("stopped");
    expect(cells.statuses()).toEqual(["first changed", "a unknown", "b unknown"]);
  });
});

/** A look that prints another text each time. */
function changing(path: string): BoundTask["instance"]["look"] {
  return sh`echo x >>${path}; wc -c <${path}`;
}

describe("a failure that is ignored", () => {
  let cells: Cells;
  beforeEach(() => void (cells = new Cells()));
  afterEach(() => cells.end());

  test("does not keep what stands after it from its guards, and half a change counts as one for handlers", async () => {
    cells.put("b", "right");
    const half = { holds: "half", also: `rm ${cells.path("b")}; exit 3` };
    const tasks = [
      await cells.task("a", half, { ignoreErrors: true, notify: [cells.dueOf("h")], endsBatch: true }),
      await cells.task("b", { holds: "right" }),
      await cells.handler("h"),
    ];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a ignored", "b changed", "h changed"]);
  });

  test("that changed nothing notifies nobody, in this run or the next", async () => {
    const nothing = { holds: "half", also: `rm ${cells.path("a")}; exit 3` };
    const tasks = [
      await cells.task("a", nothing, { ignoreErrors: true, notify: [cells.dueOf("h")], endsBatch: true }),
      await cells.handler("h"),
    ];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a ignored"]);
    await cells.learnDue(tasks);
    expect([...cells.handlers.notified]).toEqual([]);
  });
});

describe("what a dry run promises (decision 0001)", () => {
  const texts = fc.array(fc.constantFrom(undefined, "1", "2"), { minLength: 5, maxLength: 5 });
  /** Which cell an act spoils besides its own. */
  const spoils = fc.array(fc.option(fc.nat(4), { nil: undefined }), { minLength: 5, maxLength: 5 });
  const none = fc.constant<(number | undefined)[]>([]);

  async function both(
    before: readonly (string | undefined)[],
    after: readonly (string | undefined)[],
    aside: readonly (number | undefined)[],
  ) {
    const cells = new Cells();
    before.forEach((text, index) => text !== undefined && cells.put(`c${index}`, text));
    const tasks = await Promise.all(
      after.map((holds, index) => {
        const other = aside[index];
        const also = other === undefined || other === index ? {} : { also: `echo spoilt >${cells.path(`c${other}`)}` };
        return cells.task(`c${index}`, { ...(holds === undefined ? {} : { holds }), ...also });
      }),
    );
    const dry = await cells.dry(tasks);
    expect(before.map((_text, index) => cells.read(`c${index}`))).toEqual(before);
    expect(await cells.settle(tasks)).toBe("done");
    const run = cells.statuses();
    await cells.end();
    return { dry, run };
  }

  const at = (list: readonly string[], status: string): number => list.findIndex((text) => text.endsWith(status));

  test("where acts change only what their task is about, it says what the run does, task by task", async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, none, async (before, after, aside) => {
        const { dry, run } = await both(before, after, aside);
        expect(run).toEqual(dry.map((text) => text.replace("will-change", "changed")));
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  test("whatever acts do besides: up to the first change it is exact, and with no change there is none", async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, spoils, async (before, after, aside) => {
        const { dry, run } = await both(before, after, aside);
        const first = at(dry, "will-change");
        expect(at(run, "changed")).toBe(first);
        expect(first < 0 ? run : run.slice(0, first)).toEqual(first < 0 ? dry : dry.slice(0, first));
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
