import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonLine, jsonReporter } from "../../src/report/json.ts";
import type { Covered } from "../../src/report/json-schema.ts";
import { expectEvents } from "./valid.ts";
import { RUNS, recorder, tellAll } from "./events.ts";

function lines(run: keyof typeof RUNS): readonly string[] {
  const { options, writes } = recorder();
  tellAll(jsonReporter(options), RUNS[run]);
  return writes;
}

describe("json", () => {
  it.each(["dry", "changed", "failed", "unknown", "interrupted"] as const)("%s", async (run) => {
    await expect(lines(run).join("")).toMatchFileSnapshot(`golden/${run}.jsonl`);
  });

  it.each(Object.keys(RUNS) as (keyof typeof RUNS)[])("%s: each line is as its schema says", (run) => {
    expectEvents(lines(run).join(""));
  });

  it("the schema has every event, status and code that the program has", () => {
    const covered: Covered = [true, true, true, true, true];
    expect(covered).not.toContain(false);
  });

  it("is one event a line", () => {
    for (const line of lines("failed")) {
      expect(line.indexOf("\n")).toBe(line.length - 1);
      expect(JSON.parse(line)).toHaveProperty("type");
    }
  });

  it("keys come in one order, whatever order they were made in", () => {
    expect(jsonLine({ status: "ok", host: "a", x: 1, type: "task" })).toBe(
      '{"type":"task","host":"a","status":"ok","x":1}\n',
    );
  });

  it("every type and key of these runs stands in its documentation", () => {
    const documented = readFileSync(new URL("../../docs/json.md", import.meta.url), "utf8");
    const keys = (Object.keys(RUNS) as (keyof typeof RUNS)[])
      .flatMap((run) => lines(run))
      .flatMap((line) => Object.entries(JSON.parse(line) as object))
      .map(([key, value]) => (key === "type" ? String(value) : key));
    for (const key of new Set(keys)) expect(documented).toContain(`\`${key}\``);
  });
});
