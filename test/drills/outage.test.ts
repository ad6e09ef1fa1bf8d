import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reportProbes } from "../../src/drills/outage.ts";
import type { Probe } from "../../src/drills/outage.ts";
import { ailments, readDirector } from "../../src/drills/pair.ts";
import type { Director } from "../../src/drills/pair.ts";
import { parseProbe } from "../../src/drills/probe.ts";

/** `++-+`: a probe each 0.1 s, good or lost. */
function probes(marks: string): readonly Probe[] {
  return [...marks].map((mark, index) => {
    const sent = index / 10;
    return { sent, ended: sent + 0.05, good: mark === "+", said: mark === "+" ? "web1" : "timed out" };
  });
}

describe("an outage", () => {
  test.each([
    { marks: "++++", seconds: [], lost: 0 },
    { marks: "++--++", seconds: [0.3], lost: 2 },
    { marks: "+-+--+", seconds: [0.2, 0.3], lost: 3 },
    { marks: "--++", seconds: [0.2], lost: 2 },
  ])("of $marks lasts from the last good probe to the next", ({ marks, seconds, lost }) => {
    const report = reportProbes(probes(marks), Infinity);
    expect(report.outages.map((outage) => Number(outage.seconds.toFixed(6)))).toEqual(seconds);
    expect(report.lost).toBe(lost);
    expect(report.longest).toBeCloseTo(Math.max(0, ...seconds));
  });

  test("that is not over when the probes end is said to be open", () => {
    expect(reportProbes(probes("++--"), Infinity).outages).toMatchObject([{ open: true }]);
  });

  test("does not depend on the order in which probes came back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("+", "-"), { minLength: 1, maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        (marks, seeds) => {
          const ordered = probes(marks.join(""));
          const keys = new Map(ordered.map((probe) => [probe, seeds.next().value as number]));
          const shuffled = [...ordered].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
          expect(reportProbes(shuffled, 1)).toEqual(reportProbes(ordered, 1));
        },
      ),
    );
  });

  test("tells who served before and after a moment, and what went wrong", () => {
    const [a, b] = [probes("++--"), probes("----++")].map((row, index) =>
      row.map((probe) => ({ ...probe, sent: probe.sent + index, said: probe.good ? `web${index + 1}` : probe.said })),
    );
    const report = reportProbes([...(a ?? []), ...(b ?? [])], 1);
    expect(report.servedBefore).toEqual(new Map([["web1", 2]]));
    expect(report.servedAfter).toEqual(new Map([["web2", 2]]));
    expect(report.reasons).toEqual(new Map([["timed out", 6]]));
  });
});

describe("a probe", () => {
  test.each([
    ["P 10.5 10.6 web1 200 0", { sent: 10.5, ended: 10.6, good: true, said: "web1" }],
    ["P 10.5 11.0  000 28", { good: false, said: "timed out" }],
    ["P 10.5 10.6 Service Unavailable 503 0", { good: false, said: "HTTP 503" }],
    ["P 10.5 10.6  000 7", { good: false, said: "refused" }],
    ["P 10.5 10.6  000 99", { good: false, said: "curl 99" }],
    ["P 10.5 10.6 two words 200 0", { good: true, said: "two words" }],
  ])("%s", (line, expected) => {
    expect(parseProbe(line)).toMatchObject(expected);
  });
});

describe("a pair", () => {
  const table = ["-A -t 10.0.0.5:80 -s rr -p 50", "-a -t 10.0.0.5:80 -r 10.0.0.3:80 -g -w 1"];
  const director = (name: string, more: Partial<Director> = {}): Director => ({
    name,
    keepalived: "active",
    holdsVip: false,
    table,
    ...more,
  });
  const healthy = [director("lb1", { holdsVip: true }), director("lb2")];

  test("is healthy when keepalived runs on both, one holds the VIP, and both know the same way", () => {
    expect(ailments(healthy, "10.0.0.5")).toEqual([]);
  });

  test.each([
    { pair: [healthy[0]!], why: ["a failover takes two directors; there is one"] },
    { pair: [healthy[0]!, director("lb2", { keepalived: "failed" })], why: ["keepalived is failed on lb2"] },
    { pair: [healthy[0]!, director("lb2", { holdsVip: true })], why: ["lb1 and lb2 hold 10.0.0.5 at the same time"] },
    { pair: [director("lb1"), director("lb2")], why: ["no director holds 10.0.0.5"] },
    {
      pair: [healthy[0]!, director("lb2", { table: [] })],
      why: ["the IPVS table of lb2 has no real server", "the IPVS tables of lb1 and lb2 differ"],
    },
  ])("is not when $why", ({ pair, why }) => {
    expect(ailments(pair, "10.0.0.5")).toEqual(why);
  });

  test("is understood from what a director prints", () => {
    const out = `ActiveState=active\n--vip\neth0\n--table\n${table.join("\n")}\n`;
    const output = { code: 0, out, err: "", bytes: Buffer.from(out) };
    expect(readDirector("lb1", { output, sum: "" })).toEqual({
      name: "lb1",
      keepalived: "active",
      holdsVip: true,
      table,
    });
  });
});
