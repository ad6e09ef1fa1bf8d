import { describe, expect, it } from "vitest";
import { linesReporter } from "../../src/report/lines.ts";
import type { ReportOptions } from "../../src/report/reporter.ts";
import { RUNS, counts, end, recorder, start, task, tellAll } from "./events.ts";

function shown(run: keyof typeof RUNS, options: Partial<ReportOptions> = {}): string {
  const { options: all, writes } = recorder(options);
  tellAll(linesReporter(all), RUNS[run]);
  return writes.join("");
}

describe("lines", () => {
  it.each([
    ["dry", "dry run", {}],
    ["dry", "dry run with differences", { diff: true }],
    ["dry", "dry run with differences in colour", { diff: true, color: true }],
    ["changed", "changed", {}],
    ["changed", "changed -v", { verbosity: 1 }],
    ["changed", "changed -vv with differences", { verbosity: 2, diff: true }],
    ["failed", "failed", {}],
    ["failed", "failed -v", { verbosity: 1 }],
    ["failed", "failed in colour", { color: true }],
    ["unknown", "unknown", {}],
    ["interrupted", "interrupted", {}],
  ] as const)("%s: %s", async (run, name, options) => {
    await expect(shown(run, options)).toMatchFileSnapshot(`golden/${name.replaceAll(" ", "-")}.txt`);
  });

  it("no colour is no escape at all", () => expect(shown("failed")).not.toContain("\u001b"));

  it("status words stand in one column, whatever the host's name is", () => {
    const lines = shown("dry")
      .split("\n")
      .filter((line) => /^(lb|web).*  (will change|depends) /.test(line));
    const columns = new Set(lines.map((line) => line.search(/(will change|depends) /)));
    expect(lines).toHaveLength(5);
    expect(columns.size).toBe(1);
  });

  it("a long rule is cut on its line, and whole where it failed", () => {
    expect(
      shown("dry")
        .split("\n")
        .every((line) => line.length < 140),
    ).toBe(true);
    const { options, writes } = recorder();
    const long = `rule ${"x".repeat(300)} accept`;
    tellAll(linesReporter(options), [...start(["lb1"]), task("lb1", long, { status: "failed", why: "no" })]);
    expect(writes.join("")).toContain(long);
  });

  it("a host that was never reached is not green", () => {
    const { options, writes } = recorder({ color: true });
    tellAll(linesReporter(options), end([counts("lb1"), counts("lb2", { ok: 1 })]));
    expect(writes.join("")).toMatch(/\u001b\[2mlb1/);
    expect(writes.join("")).toMatch(/\u001b\[32mlb2/);
  });

  it("what is given up at once says where every host that was worked on was", () => {
    const { options, writes } = recorder();
    const reporter = linesReporter(options);
    tellAll(reporter, RUNS.interrupted.slice(0, -2));
    reporter.tell({
      type: "host-lost",
      host: "web1",
      state: "unreachable",
      stage: "tcp",
      code: "unreachable-tcp",
      why: "no",
    });
    writes.length = 0;
    reporter.abandon();
    expect(writes.join("")).toBe(`
ENDED AT ONCE it is not known what became of what was under way
  lb1, lb2: after "keepalived is configured" (play Directors forward)
  a host brings a step that it has begun to its end; the next play looks first at what is there
`);
  });

  it("many hosts are named in part", () => {
    const { options, writes } = recorder();
    tellAll(linesReporter(options), start(Array.from({ length: 1000 }, (_, index) => `web${index}`)));
    expect(writes.join("")).toBe(
      "PLAY Directors forward (web0, web1, web2, web3, web4, web5, web6, web7 and 992 more)\n",
    );
  });
});
