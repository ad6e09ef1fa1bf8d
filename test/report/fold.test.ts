import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fold, HOLD_MS } from "../../src/report/fold.ts";
import type { Folded, TaskKey } from "../../src/report/fold.ts";

const keyOf = (key: string, task = key, kind = task): TaskKey => ({ key, task, ofHost: task, kind });

/** A fold of texts, with a clock; `hosts task text` for what is given out. */
function folding(...hosts: readonly string[]) {
  const clock = { now: 0 };
  const fold = new Fold<string>(hosts, () => clock.now);
  hosts.forEach((host) => fold.begin(host));
  const shown = (folded: readonly Folded<string>[]): readonly string[] =>
    folded.map(
      (each) => `${each.hosts.join(",")} ${each.value}${each.asOn === undefined ? "" : ` as on ${each.asOn}`}`,
    );
  const report = (host: string, task: string, text = "changed", urgent = false): readonly string[] =>
    shown(fold.report(host, keyOf(task), { key: text, alike: text, value: `${task} ${text}`, urgent }));
  return {
    ...{ clock, fold, report },
    quiet: (host: string, task: string) => shown(fold.report(host, keyOf(task))),
    own: (host: string, task: string) =>
      shown(
        fold.report(host, keyOf(task + host, task + host, "own"), { key: "", alike: "", value: task, urgent: false }),
      ),
    fail: (host: string, task: string, text = "failed") => [
      ...report(host, task, text, true),
      ...shown(fold.leave(host)),
    ],
    leave: (host: string) => shown(fold.leave(host)),
    overdue: () => shown(fold.overdue()),
    all: () => shown(fold.all()),
  };
}

describe("equal results of several hosts", () => {
  it("are given out when every host has reported the task", () => {
    const { report } = folding("a", "b", "c");
    expect(report("c", "t")).toEqual([]);
    expect(report("a", "t")).toEqual([]);
    expect(report("b", "t")).toEqual(["a,b,c t changed"]);
  });

  it("stand apart where they differ, in the order of the play", () => {
    const { report } = folding("a", "b", "c");
    report("b", "t", "other");
    report("c", "t");
    expect(report("a", "t")).toEqual(["a,c t changed", "b t other"]);
  });

  it("wait for no host that is past the task, has nothing to show, or is gone", () => {
    const { report, quiet, leave } = folding("a", "b", "c", "d");
    report("a", "t");
    quiet("a", "next");
    expect(quiet("b", "t")).toEqual([]);
    expect(leave("c")).toEqual([]);
    expect(report("d", "next")).toEqual(["a t changed"]);
  });

  it("keep the order of the tasks, however the hosts come to them", () => {
    const { report } = folding("a", "b");
    for (const task of ["1", "2", "3"]) expect(report("a", task)).toEqual([]);
    expect(["1", "2", "3"].map((task) => report("b", task))).toEqual([
      ["a,b 1 changed"],
      ["a,b 2 changed"],
      ["a,b 3 changed"],
    ]);
  });

  it("fold around a task that only some hosts have (a handler)", () => {
    const { report, all } = folding("a", "b", "c");
    report("a", "x");
    report("a", "y");
    for (const task of ["x", "handler", "y"]) report("b", task);
    expect(all()).toEqual(["a,b x changed", "b handler changed", "a,b y changed"]);
  });

  it("fold around tasks whose names differ by host, which stand together", () => {
    const { report, own, all } = folding("a", "b", "c", "d");
    for (const host of ["a", "b", "c"]) {
      report(host, "x");
      own(host, "1");
      own(host, "2");
      report(host, "y");
    }
    expect(all()).toEqual(["a,b,c x changed", "a 1", "b 1", "c 1", "a 2", "b 2", "c 2", "a,b,c y changed"]);
  });

  it("of a task that a host reports twice (a loop, a handler that is flushed twice) stay two", () => {
    const { report, all } = folding("a", "b", "c");
    for (const host of ["a", "b"]) for (const task of ["t", "t"]) report(host, task);
    expect(all()).toEqual(["a,b t changed", "a,b t changed"]);
  });
});

describe("results whose labels differ by host", () => {
  const labelled = (hosts: readonly string[], labels: readonly string[]): readonly Folded<string>[] => {
    const fold = new Fold<string>(hosts);
    hosts.forEach((host) => fold.begin(host));
    return hosts.flatMap((host, index) => {
      const label = labels[index] ?? "";
      return fold.report(host, keyOf(`t ${label}`, "t"), { key: label, alike: "", value: label, urgent: false });
    });
  };

  it("stand apart where they are two, and are one line where they are more", () => {
    expect(labelled(["a", "b", "c"], ["x", "y", "x"])).toMatchObject([
      { hosts: ["a", "c"], value: "x", values: 1 },
      { hosts: ["b"], value: "y", values: 1 },
    ]);
    expect(labelled(["a", "b", "c", "d"], ["x", "y", "z", "x"])).toMatchObject([
      { hosts: ["a", "b", "c", "d"], value: "x", values: 3 },
    ]);
  });

  it("of a loop that is shorter on one host stay with their items", () => {
    const { fold } = folding("a", "b");
    const item = (host: string, label: string): readonly Folded<string>[] =>
      fold.report(host, keyOf(`t ${label}`, "t"), { key: label, alike: "", value: label, urgent: false });
    for (const label of ["x", "y", "z"]) item("a", label);
    for (const label of ["y", "z"]) item("b", label);
    expect(fold.all().map(({ hosts, value }) => [value, hosts])).toEqual([]);
  });
});

describe("how long a result is held", () => {
  it("at most five seconds; what comes later is another line", () => {
    const { clock, report, overdue, all } = folding("a", "b", "c");
    report("a", "t");
    clock.now = HOLD_MS - 1;
    report("b", "t");
    expect(overdue()).toEqual([]);
    clock.now = HOLD_MS;
    expect(overdue()).toEqual(["a,b t changed"]);
    report("c", "t");
    expect(all()).toEqual([]);
  });

  it("what lies before it is given out with it", () => {
    const { clock, report, quiet, overdue } = folding("a", "b", "c");
    report("a", "x");
    quiet("b", "x");
    report("b", "y");
    clock.now = HOLD_MS - 1;
    report("b", "z");
    clock.now = HOLD_MS;
    expect(overdue()).toEqual(["a x changed", "b y changed"]);
  });

  it("not while nobody is at work: the next hosts of `serial` wait for their turn", () => {
    const fold = new Fold<string>(["a", "b"]);
    const result = { key: "", alike: "", value: "t", urgent: false };
    fold.begin("a");
    expect(fold.report("a", keyOf("t"), result)).toEqual([]);
    expect(fold.leave("a")).toHaveLength(1);
  });
});

describe("a failure", () => {
  it("is given out at once, after what is held of its host", () => {
    const { report, fail, all } = folding("a", "b", "c");
    report("a", "t");
    report("b", "t");
    expect(fail("b", "u")).toEqual(["b t changed", "b u failed"]);
    expect(all()).toEqual(["a t changed"]);
  });

  it("that others have too is one more line, which refers to the first", () => {
    const { fail } = folding("a", "b", "c", "d");
    expect(fail("b", "t")).toEqual(["b t failed"]);
    expect(fail("a", "t")).toEqual([]);
    expect(fail("d", "t", "for another reason")).toEqual(["d t for another reason"]);
    expect(fail("c", "t")).toEqual(["a,c t failed as on b"]);
  });
});

it("no result is lost, doubled or out of its host's order, whatever happens", () => {
  const hosts = ["a", "b", "c", "d"];
  const event = fc.record({
    host: fc.constantFrom(...hosts),
    task: fc.constantFrom("1", "2", "3", "4"),
    text: fc.constantFrom("x", "y"),
    what: fc.constantFrom("report", "report", "report", "quiet", "own", "fail", "leave", "late"),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const { clock, fold } = folding(...hosts);
      const wanted = new Map<string, string[]>(hosts.map((host) => [host, []]));
      const given = new Map<string, string[]>(hosts.map((host) => [host, []]));
      const take = (folded: readonly Folded<string>[]): void => {
        for (const each of folded) for (const host of each.hosts) given.get(host)!.push(each.value);
      };
      for (const { host, task, text, what } of events) {
        const key = keyOf(what === "own" ? task + host : task, task);
        if (what === "leave") take(fold.leave(host));
        else if (what === "quiet") take(fold.report(host, key));
        else if (what === "late") {
          clock.now += HOLD_MS / 2;
          take(fold.overdue());
        } else {
          wanted.get(host)!.push(text);
          take(fold.report(host, key, { key: text + host, alike: text, value: text, urgent: what === "fail" }));
        }
      }
      take(fold.all());
      expect(given).toEqual(wanted);
    }),
  );
});
