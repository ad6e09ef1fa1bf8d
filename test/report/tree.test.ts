import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HOLD_MS } from "../../src/report/fold.ts";
import { LiveScreen } from "../../src/report/live-screen.ts";
import { treeReporter } from "../../src/report/tree.ts";
import { widthOf } from "../../src/report/width.ts";
import type { ReportOptions } from "../../src/report/reporter.ts";
import { RUNS, counts, end, firstRun, recorder, start, task, tellAll } from "./events.ts";
import { Terminal } from "./terminal.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A tree on a terminal that understands what it writes. */
function onTerminal(columns: number, rows: number, more: Partial<ReportOptions> = {}) {
  const terminal = new Terminal(columns, rows);
  const writes: string[] = [];
  const write = (text: string): void => {
    writes.push(text);
    terminal.write(text);
  };
  const { options } = recorder({ ...more, write, size: () => ({ columns: terminal.columns, rows: terminal.rows }) });
  return { terminal, writes, tree: treeReporter(options) };
}

const frame = (): Promise<unknown> => vi.advanceTimersByTimeAsync(100);

describe("tree", () => {
  it("frame by frame", async () => {
    const { terminal, tree } = onTerminal(60, 12);
    const frames: string[] = [];
    const shot = async (): Promise<void> => {
      await frame();
      frames.push(terminal.screen());
    };
    const [run, play, ...events] = start(["lb1", "lb2", "web-paris-01"]);
    tellAll(
      tree,
      [run, play].filter((event) => event !== undefined),
    );
    await shot();
    tellAll(tree, events);
    await shot();
    tree.tell(task("lb1", "keepalived is configured", { status: "changed" }));
    tree.tell(task("lb2", "ok", {}));
    await shot();
    tree.tell({
      type: "host-lost",
      host: "lb2",
      state: "unreachable",
      stage: "tcp",
      code: "unreachable-tcp",
      why: "refused",
    });
    await shot();
    await vi.advanceTimersByTimeAsync(5000);
    await shot();
    tree.notice("stopping");
    await shot();
    tellAll(tree, end([counts("lb1", { ok: 1, changed: 1 })], true));
    await tree.end();
    frames.push(terminal.screen());
    const text = frames.map((each, index) => `--- frame ${index + 1}\n${each}\n`).join("");
    await expect(text).toMatchFileSnapshot("golden/tree.txt");
  });

  it("loses no line, whatever scrolls by: the text is that of the lines", async () => {
    const { terminal, tree } = onTerminal(200, 8, { verbosity: 1 });
    for (const event of RUNS.changed) {
      tree.tell(event);
      await frame();
    }
    await tree.end();
    const { options, writes } = recorder({ verbosity: 1 });
    const { linesReporter } = await import("../../src/report/lines.ts");
    tellAll(linesReporter(options), RUNS.changed);
    expect(terminal.everything()).toBe(writes.join("").trimEnd());
  });

  it("how hosts were reached scrolls by in whole blocks, above what is still out", async () => {
    const { terminal, tree } = onTerminal(80, 10, { verbosity: 3 });
    for (const event of RUNS.connections) {
      tree.tell(event);
      await frame();
    }
    await tree.end();
    const golden = readFileSync(new URL("golden/connections-on-80-columns.txt", import.meta.url), "utf8");
    expect(`${terminal.everything()}\n`).toBe(golden);
    expect(terminal.lost).toBe(0);
  });

  it.each([
    [80, 24],
    [60, 12],
    [20, 5],
    [100, 1],
  ])("never takes more rows than a screen of %i by %i", async (columns, rows) => {
    const { terminal, tree } = onTerminal(columns, rows);
    const hosts = Array.from({ length: 100 }, (_, index) => `web${index}`);
    tellAll(tree, start(hosts));
    for (const host of hosts) tree.tell({ type: "host-progress", host, doing: `step on ${host}`, done: 1, total: 4 });
    for (let count = 0; count < 5; count++) await frame();
    expect(terminal.lost).toBe(0);
    if (rows > 2) expect(terminal.screen()).toMatch(/more running/);
    await tree.end();
  });

  it("says what is still out, on which hosts and for how long, the slowest first", async () => {
    const { terminal, tree } = onTerminal(80, 24);
    const hosts = Array.from({ length: 20 }, (_, index) => `web${String(index + 1).padStart(2, "0")}`);
    tellAll(tree, start(hosts));
    const at = (host: string, doing: string, done: number): void =>
      tree.tell({ type: "host-progress", host, doing, done, total: 4 });
    for (const host of hosts.slice(0, 3)) at(host, "package: nginx", 1);
    await vi.advanceTimersByTimeAsync(65_000);
    at("web03", "package: nginx", 2);
    for (const host of hosts.slice(3, 18)) at(host, "service: nginx", 3);
    await vi.advanceTimersByTimeAsync(4_000);
    at("web19", "done", 4);
    tree.tell(task("web20", "a", { status: "failed" }));
    await frame();
    expect(terminal.screen().replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, "*")).toMatch(
      /\n\* web\[01-03\] 1-2\/4 69 s package: nginx\n\* web\[04-18\] 3\/4   4 s service: nginx\n… 1 done, 1 failed$/,
    );
    await tree.end();
  });

  it("gives out on a frame what was held too long", async () => {
    const { terminal, tree } = onTerminal(80, 24);
    tellAll(tree, start(["web1", "web2"]));
    tree.tell(task("web1", "a", { status: "changed" }));
    await frame();
    expect(terminal.screen()).not.toMatch(/changed/);
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(terminal.screen()).toMatch(/\nweb1 {6}changed {6}a\n/);
    await tree.end();
  });

  it.each([80, 120])("the first run of 100 web nodes on %i columns", async (columns) => {
    const { terminal, tree } = onTerminal(columns, 24);
    tellAll(tree, firstRun(100));
    await tree.end();
    await expect(`${terminal.everything()}\n`).toMatchFileSnapshot(`golden/first-run-100-on-${columns}-columns.txt`);
  });

  it.each([80, 120, 200])("no line is wider than %i columns", async (columns) => {
    const { terminal, tree } = onTerminal(columns, 24, { diff: true });
    for (const run of [...Object.values(RUNS), firstRun(100)]) tellAll(tree, run);
    tree.notice("stopping: finishing running steps, starting nothing new (press Ctrl-C again to quit now)");
    await tree.end();
    const wide = terminal
      .everything()
      .split("\n")
      .filter((line) => widthOf(line) > columns);
    expect(wide).toEqual([]);
  });

  it("counts the hosts that wait", async () => {
    const { terminal, tree } = onTerminal(80, 24);
    const hosts = Array.from({ length: 30 }, (_, index) => `web${index}`);
    tellAll(tree, start(hosts).slice(0, 2));
    tree.tell({ type: "host-connecting", host: "web0" });
    await frame();
    expect(terminal.screen()).toMatch(/web0 .*connecting\n… 29 waiting$/);
    await tree.end();
  });

  it("1,000 hosts cost ten writes a second, whatever they tell", async () => {
    const { writes, tree } = onTerminal(100, 30);
    const hosts = Array.from({ length: 1000 }, (_, index) => `web${index}`);
    tellAll(tree, start(hosts));
    for (let count = 0; count < 10; count++) {
      for (const host of hosts) tree.tell(task(host, `task ${count}`));
      await frame();
    }
    expect(writes.length).toBeLessThanOrEqual(10);
    expect(Math.max(...writes.map((text) => text.length))).toBeLessThan(30 * 120);
    await tree.end();
  });

  it("draws nothing on a terminal that takes nothing, and then everything", async () => {
    let ready = false;
    const { writes, terminal, tree } = onTerminal(100, 30, { ready: () => ready });
    tellAll(tree, [...start(["lb1"]), task("lb1", "a", { status: "changed" })]);
    for (let count = 0; count < 50; count++) await frame();
    expect(writes).toEqual([]);
    ready = true;
    await frame();
    expect(terminal.screen()).toMatch(/^PLAY .*\nlb1  changed {6}a\n. lb1/);
    await tree.end();
  });

  it("nothing goes on after the end", async () => {
    const { writes, tree } = onTerminal(100, 30);
    tellAll(tree, RUNS.failed);
    await tree.end();
    const before = writes.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(writes).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the live area", () => {
  it("is found again when the terminal became narrower and broke its lines", () => {
    const terminal = new Terminal(40, 10);
    const screen = new LiveScreen(
      (text) => terminal.write(text),
      () => terminal,
    );
    screen.show(["stays"], ["x".repeat(39), "y"]);
    terminal.resize(20);
    screen.show([], ["z"]);
    expect(terminal.screen()).toBe("stays\nz");
  });

  it("is not written again when it looks as before", () => {
    const writes: string[] = [];
    const screen = new LiveScreen(
      (text) => void writes.push(text),
      () => ({ columns: 80, rows: 24 }),
    );
    screen.show([], ["a"]);
    screen.show([], ["a"]);
    expect(writes).toHaveLength(1);
  });

  it("closes the colours of a line that it cuts", () => {
    const writes: string[] = [];
    const screen = new LiveScreen(
      (text) => void writes.push(text),
      () => ({ columns: 10, rows: 24 }),
    );
    screen.show([], ["\u001b[31mabcdefghijkl\u001b[39m", "名前名前名前"]);
    expect(writes[0]).toBe("\u001b[31mabcdefgh…\u001b[0m\n名前名前…\n");
  });
});
