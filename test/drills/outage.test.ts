import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { longestGap, longestWait, reportProbes, unserved } from "../../src/drills/outage.ts";
import type { Probe } from "../../src/drills/outage.ts";
import { parseProbe } from "../../src/drills/probe.ts";

/** `++-+`: a probe each 0.1 s, good or lost. */
function probes(marks: string): readonly Probe[] {
  return [...marks].map((mark, index) => {
    const sent = index / 10;
    return { source: "", sent, ended: sent + 0.05, good: mark === "+", said: mark === "+" ? "web1" : "timed out" };
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

  test("is that of the source that was out for longest: others do not hide it", () => {
    const [here, there] = [probes("++++++"), probes("+---++")].map((row, index) =>
      row.map((probe) => ({ ...probe, source: `10.0.0.10${index}` })),
    );
    const report = reportProbes([...(here ?? []), ...(there ?? [])], Infinity);
    expect(report.longest).toBeCloseTo(0.4);
    expect([...report.sources].map(([source, { lost }]) => [source, lost])).toEqual([
      ["10.0.0.100", 0],
      ["10.0.0.101", 3],
    ]);
    expect(report.outages).toMatchObject([{ source: "10.0.0.101", open: false }]);
  });
});

describe("a source", () => {
  const row = probes("+--").map((probe) => ({ ...probe, source: "a" }));

  test("is not served when nothing good was sent since a moment", () => {
    expect(unserved(row, ["a"], 0)).toEqual([]);
    expect(unserved(row, ["a", "b"], 0.1)).toEqual([
      "a gets no service: timed out × 2",
      "b gets no service: no probe was answered",
    ]);
    expect(unserved([], [""], 0)).toEqual(["the client gets no service: no probe was answered"]);
  });

  test("was not served for as long as lies between two good probes, or behind the last", () => {
    const source = (marks: string): readonly Probe[] => probes(marks).map((probe) => ({ ...probe, source: "a" }));
    expect(longestGap(source("+++---+"), ["a"], 0)).toBeCloseTo(0.4);
    expect(longestGap(source("+-----"), ["a"], 0)).toBeCloseTo(0.5);
    expect(longestGap(source("--++"), ["a"], -1)).toBeCloseTo(1.2);
    expect(longestGap(source("+---++"), ["a"], 0.3)).toBeCloseTo(0.1);
    expect(longestGap([], ["a"], 0)).toBe(0);
  });

  test("has waited since the last good probe", () => {
    expect(longestWait(row, ["a"])).toBeCloseTo(0.2);
    expect(longestWait([], ["a"])).toBe(0);
    expect(longestWait(row, ["a", "b"])).toBe(Infinity);
  });
});

describe("a probe", () => {
  const site = { sources: ["10.0.0.100", "10.0.0.101"], statuses: [] };

  test.each([
    ["P 1 10.5 10.6 200 0 1 web1", { source: "10.0.0.101", sent: 10.5, ended: 10.6, good: true, said: "web1" }],
    ["P 0 10.5 11.0 000 28 0 ", { source: "10.0.0.100", good: false, said: "timed out" }],
    ["P 0 10.5 10.6 503 0 1 Service Unavailable", { good: false, said: "HTTP 503" }],
    ["P 0 10.5 10.6 000 7 0 ", { good: false, said: "refused" }],
    ["P 0 10.5 10.6 000 45 0 ", { good: false, said: "the client has no such address" }],
    ["P 0 10.5 10.6 000 99 0 ", { good: false, said: "curl 99" }],
    ["P 0 10.5 10.6 200 0 1 two words", { good: true, said: "two words" }],
    ["P 0 10.5 10.6 200 0 0 It works!", { good: false, said: "a wrong page: It works!" }],
  ])("%s", (line, expected) => {
    expect(parseProbe(line, site)).toMatchObject(expected);
  });

  test("is right by the statuses that are given, and no others", () => {
    expect(parseProbe("P 0 10.5 10.6 200 0 1 web1", { ...site, statuses: [204] })).toMatchObject({ said: "HTTP 200" });
    expect(parseProbe("P 0 10.5 10.6 404 0 1 web1", { ...site, statuses: [404] })).toMatchObject({ good: true });
  });
});
