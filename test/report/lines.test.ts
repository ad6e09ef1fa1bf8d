import { describe, expect, it, vi } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { HOLD_MS } from "../../src/report/fold.ts";
import { Lines, linesReporter } from "../../src/report/lines.ts";
import { widthOf } from "../../src/report/width.ts";
import type { ReportOptions } from "../../src/report/reporter.ts";
import { RUNS, counts, firstRun, webNodes, end, recorder, start, task, tellAll } from "./events.ts";

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

  it.each([80, 120, undefined])("how hosts were reached, on %s columns", async (columns) => {
    const { options, writes } = recorder({ verbosity: 3 });
    const lines = new Lines(options, () => columns ?? Infinity);
    const shown = RUNS.connections.flatMap((event) => lines.of(event));
    const name = columns === undefined ? "connections" : `connections-on-${columns}-columns`;
    await expect(`${shown.join("\n")}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
    for (const line of shown) expect(widthOf(line)).toBeLessThanOrEqual(columns ?? Infinity);
    expect(writes).toEqual([]);
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
QUIT the result of the running steps is unknown
  lb[1-2]: after "keepalived is configured" (play Directors forward)
  each host finishes the step that it has started; the next play first reads its state
`);
  });

  it("a line is held for a slow host five seconds, however much else is told", async () => {
    vi.useFakeTimers();
    const { options, writes } = recorder();
    const reporter = linesReporter(options);
    tellAll(reporter, [...start(["web1", "web2"]), task("web1", "a", { status: "changed" })]);
    for (let ms = 0; ms < HOLD_MS; ms += 100) {
      expect(writes.join("")).not.toContain("changed");
      reporter.tell({ type: "host-progress", host: "web2", doing: "slow", done: 0, total: 2 });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(writes.join("")).toContain("web1      changed      a\n");
    vi.useRealTimers();
  });

  it("what is held is written before the end, whatever the end", async () => {
    for (const finish of ["abandon", "end"] as const) {
      const { options, writes } = recorder();
      const reporter = linesReporter(options);
      tellAll(reporter, [...start(["web1", "web2"]), task("web1", "a", { status: "changed" })]);
      await reporter[finish]();
      expect(writes.join("")).toContain("web1      changed      a\n");
    }
  });

  it("many hosts are named in little room", () => {
    const { options, writes } = recorder();
    tellAll(linesReporter(options), start(Array.from({ length: 1000 }, (_, index) => `web${index}`)));
    expect(writes.join("")).toBe("PLAY Directors forward (web[0-999])\n");
  });
});

/** Equal results of several hosts are one line. */
describe("the first run of many web nodes", () => {
  const linesOf = (count: number, verbosity: number): string => {
    const { options, writes } = recorder({ verbosity });
    tellAll(linesReporter(options), firstRun(count));
    return writes.join("");
  };

  it.each([2, 20, 100])("%i of them", async (count) => {
    await expect(linesOf(count, 0)).toMatchFileSnapshot(`golden/first-run-${count}.txt`);
  });

  it("100 of them are 25 lines, and more than 1,300 where each host is shown", () => {
    expect(linesOf(100, 0).split("\n")).toHaveLength(26);
    expect(linesOf(100, 1).split("\n").length).toBeGreaterThan(1300);
  });

  it("that are unreachable for reasons which differ in their addresses are two lines", () => {
    const { options, writes } = recorder();
    const hosts = webNodes(100);
    const lost = (host: string, index: number): Event => ({
      ...{ type: "host-lost", host, state: "unreachable", stage: "tcp", code: "unreachable-tcp" },
      why: `10.0.0.${index + 1}:22 refused the connection`,
    });
    const reporter = linesReporter(options);
    tellAll(reporter, [...start(hosts), ...hosts.map(lost)]);
    expect(writes.join("").split("\n").slice(1)).toEqual([
      "web001                unreachable  tcp: 10.0.0.1:22 refused the connection",
      "web[002-100]          unreachable  tcp: 10.0.0.2:22 refused the connection (and 98 more)",
      "                                   as on web001",
      "",
    ]);
    writes.length = 0;
    tellAll(reporter, end(hosts.map((host) => counts(host, { unreachable: 1 }))));
    expect(writes.join("")).toMatch(
      /WENT WRONG\n {2}unreachable on web\[001-100\]: tcp: 10.0.0.1:22 refused the connection \(and 99 more\)\n\n/,
    );
  });

  it("tasks that are named after their hosts are one line", () => {
    const { options, writes } = recorder();
    const hosts = webNodes(10);
    const results = (host: string): readonly Event[] => [
      task(host, `the page of ${host}`, { label: `/srv/${host}`, status: "changed" }),
      task(host, "file: /srv", { label: "/srv", status: "changed" }),
      task(host, `file: /srv/${host}`, { label: `/srv/${host}`, status: "changed" }),
    ];
    tellAll(linesReporter(options), [...start(hosts), ...hosts.flatMap(results)]);
    expect(writes.join("").split("\n").slice(1)).toEqual([
      "web[01-10]        changed      the page of web01 (/srv/web01 and 9 more)",
      "web[01-10]        changed      file: /srv",
      "web[01-10]        changed      file: /srv/web01 and 9 more",
      "",
    ]);
  });

  it("names each host with each of its results", () => {
    const text = linesOf(20, 0);
    expect(text).toContain("web[01-06,08-20]  changed      nginx is there");
  });
});
