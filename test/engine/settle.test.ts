import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Unreachable } from "../../src/core/problem.ts";
import { HandlerState } from "../../src/engine/converge/handler-state.ts";
import { Cells } from "./cells.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

describe("settling", () => {
  let cells: Cells;
  beforeEach(() => void (cells = new Cells()));
  afterEach(() => cells.end());

  test("changes what differs in one round trip after the look, and nothing the second time", async () => {
    cells.put("a", "old");
    cells.put("c", "right");
    const tasks = [
      await cells.task("a", { holds: "new" }),
      await cells.task("b", { holds: "made" }),
      await cells.task("c", { holds: "right" }),
    ];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a changed", "b changed", "c ok"]);
    expect(cells.roundTrips).toBe(2);
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a ok", "b ok", "c ok"]);
    expect(cells.roundTrips).toBe(3);
  });

  test("plans again when an earlier step changes what a later task was judged on", async () => {
    const install = await cells.task("nginx", { holds: "1", also: `echo default >${cells.path("site")}` });
    const remove = await cells.task("site", {});
    expect(await cells.settle([install, remove])).toBe("done");
    expect(cells.statuses()).toEqual(["nginx changed", "site changed"]);
    expect(cells.read("site")).toBeUndefined();
  });

  test("waits with what cannot be judged until an earlier step has brought it", async () => {
    const unit = await cells.task("unit", { holds: "on", after: cells.path("package") });
    const tasks = [await cells.task("package", { holds: "1" }), unit, await cells.task("last", { holds: "1" })];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["package changed", "unit changed", "last changed"]);
    expect(cells.roundTrips).toBe(3);
  });

  test("fails what cannot be judged when nothing before it is due, and begins nothing after it", async () => {
    const tasks = [
      await cells.task("unit", { holds: "on", after: cells.path("no") }),
      await cells.task("b", { holds: "1" }),
    ];
    expect(await cells.settle(tasks)).toBe("failed");
    expect(cells.outcomes).toMatchObject([{ status: "failed", why: "not yet" }]);
    expect(cells.read("b")).toBeUndefined();
  });

  test("stops at a failing act; lets it pass where errors are ignored", async () => {
    const failing = { holds: "1", also: "echo broken >&2; exit 3" };
    const after = await cells.task("b", { holds: "1" });
    expect(await cells.settle([await cells.task("a", failing), after])).toBe("failed");
    expect(cells.outcomes).toMatchObject([{ status: "failed", why: "ended with code 3: broken" }]);
    cells.outcomes.length = 0;
    expect(await cells.settle([await cells.task("c", failing, { ignoreErrors: true }), after])).toBe("done");
    expect(cells.statuses()).toEqual(["c ignored", "b changed"]);
  });

  test("says so when acting made it no better", async () => {
    cells.put("a", "old");
    const tasks = [await cells.task("a", { holds: "new", also: `printf other >${cells.path("a")}` })];
    expect(await cells.settle(tasks)).toBe("failed");
    expect(cells.outcomes[0]?.why).toBe("applied, but the state still differs (text)");
  });

  test("what an act makes whole and someone else changes since was changed all the same, and it is said", async () => {
    cells.put("a", "old");
    const task = await cells.task("a", { holds: "new", also: `printf old >${cells.path("a")}` });
    const tasks = [
      { ...task, instance: { ...task.instance, atomicKeys: ["text"] } },
      await cells.task("b", { holds: "1" }),
    ];
    expect(await cells.settle(tasks)).toBe("done");
    const why = "it was applied, but another program has changed it since";
    expect(cells.outcomes).toMatchObject([{ status: "changed", why }, { status: "changed" }]);
  });

  test("tries an assertion again as often as it may", async () => {
    const tasks = [await cells.task("a", { holds: "1", assertion: true }, { retries: 3 })];
    expect(await cells.settle(tasks)).toBe("failed");
    expect(cells.roundTrips).toBe(4);
  });

  test("tells of each act that has to last: what failed, and what was changed after it; the rest is not begun", async () => {
    const dies = "echo it died >&2; exit 4";
    const tasks = [
      await cells.task("a", { holds: "1", lasts: dies }),
      await cells.task("b", { holds: "1", lasts: ":" }),
      await cells.task("c", { holds: "1", lasts: dies }, { ignoreErrors: true }),
      await cells.task("d", { holds: "1" }),
    ];
    expect(await cells.settle(tasks)).toBe("failed");
    expect(cells.outcomes[0]).toMatchObject({ status: "failed", why: "ended with code 4: it died" });
    expect(cells.statuses()).toEqual(["a failed", "b changed", "c ignored"]);
    expect(cells.read("d")).toBeUndefined();
  });

  test("tries what did not last again, and only that; what fails for good beside it is told as well", async () => {
    const once = `[ -e ${cells.path("again")} ] || { touch ${cells.path("again")}; rm "$left"; exit 1; }`;
    const retried = { retries: 1, ignoreErrors: true };
    const tasks = [
      await cells.task("a", { holds: "1", lasts: once }, retried),
      await cells.task("b", { holds: "1", lasts: ":" }),
    ];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["b changed", "a changed"]);
    const two = [
      await cells.task("c", { holds: "1", lasts: "exit 1" }, retried),
      await cells.task("d", { holds: "1", lasts: "exit 1" }),
    ];
    expect(await cells.settle(two)).toBe("failed");
    expect(cells.statuses()).toEqual(["d failed", "c ignored"]);
  });

  test("a handler that did not last is due still; the one beside it is not", async () => {
    const notify = [cells.dueOf("h"), cells.dueOf("i")];
    const tasks = [
      await cells.task("a", { holds: "1" }, { notify }),
      await cells.handler("h", `[ -e ${cells.path("good")} ]`),
      await cells.handler("i", ":"),
    ];
    expect(await cells.settle(tasks)).toBe("failed");
    expect(cells.statuses()).toEqual(["a changed", "h failed", "i changed"]);
    cells.put("good", "");
    cells.handlers = new HandlerState();
    await cells.learnDue(tasks);
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a ok", "h changed"]);
    expect(cells.read("i")).toBe("x\n");
  });

  test("runs a handler once for all that notify it, and not when nothing changed", async () => {
    const notify = [cells.dueOf("h")];
    const tasks = [
      await cells.task("a", { holds: "1" }, { notify }),
      await cells.task("b", { holds: "1" }, { notify }),
      await cells.handler("h"),
    ];
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.statuses()).toEqual(["a changed", "b changed", "h changed"]);
    expect(cells.roundTrips).toBe(2);
    expect(await cells.settle(tasks)).toBe("done");
    expect(cells.read("h")).toBe("x\n");
    expect([...cells.handlers.notified]).toEqual([]);
  });

  test("does not take a lost connection for success: what was under way is looked at again", async () => {
    const slow = `sleep 1; touch ${cells.path("slept")}`;
    const tasks = [await cells.task("a", { holds: "1", also: slow }), await cells.task("b", { holds: "1" })];
    const settled = cells.settle(tasks);
    await expect.poll(() => cells.read("a"), { timeout: 10_000 }).toBe("1");
    cells.cut();
    expect(await settled).toBe("done");
    expect(cells.outcomes).toMatchObject([
      { status: "changed", why: expect.stringContaining("connection lost") as string },
      { status: "changed" },
    ]);
    expect(cells.read("slept")).toBe("");
  });

  test("an event that was under way when the connection went is unknown, never done twice", async () => {
    const event = await cells.task("event", { event: true });
    const tasks = [await cells.task("a", { holds: "1", also: "sleep 1" }), event];
    const settled = cells.settle(tasks);
    await expect.poll(() => cells.read("a"), { timeout: 10_000 }).toBe("1");
    cells.cut();
    expect(await settled).toBe("unknown");
    expect(cells.read("event")).toBeUndefined();
  });
});

describe("a run that is cut anywhere", () => {
  test("is finished by the next one, its handler included", async () => {
    const shape = fc.record({
      before: fc.array(fc.constantFrom(undefined, "1", "2"), { minLength: 4, maxLength: 4 }),
      after: fc.array(fc.constantFrom(undefined, "1", "2"), { minLength: 4, maxLength: 4 }),
      cutAfter: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ before, after, cutAfter }) => {
        const cells = new Cells();
        before.forEach((text, index) => text !== undefined && cells.put(`c${index}`, text));
        const notify = [cells.dueOf("h")];
        const tasks = await Promise.all(
          after.map((holds, index) => cells.task(`c${index}`, holds === undefined ? {} : { holds }, { notify })),
        );
        tasks.push(await cells.handler("h"));
        const first = cells.settle(tasks);
        const cut = setTimeout(() => cells.cut(), cutAfter);
        await first.catch((error: unknown) => expect(error).toBeInstanceOf(Unreachable));
        clearTimeout(cut);
        cells.anew();
        await cells.learnDue(tasks);
        expect(await cells.settle(tasks)).toBe("done");
        expect(after.map((_text, index) => cells.read(`c${index}`))).toEqual(after);
        const differed = before.some((text, index) => text !== after[index]);
        expect(cells.read("h") === undefined).toBe(!differed);
        await cells.end();
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe("what the plan says", () => {
  test("is what acting does", async () => {
    const texts = fc.array(fc.constantFrom(undefined, "1", "2"), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, texts, async (before, after) => {
        const cells = new Cells();
        before.forEach((text, index) => text !== undefined && cells.put(`c${index}`, text));
        const tasks = await Promise.all(
          after.map((holds, index) => cells.task(`c${index}`, holds === undefined ? {} : { holds })),
        );
        await cells.settle(tasks);
        const changed = cells.outcomes.filter(({ status }) => status === "changed").map(({ task }) => task.name);
        const differed = before.flatMap((text, index) => (text === after[index] ? [] : [`c${index}`]));
        expect(changed).toEqual(differed);
        await cells.end();
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});
