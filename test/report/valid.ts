/** Holds every line that `--json` writes to the schema of its events. */
import { expect } from "vitest";
import { jsonEvent } from "../../src/report/json-schema.ts";

export function expectEvents(lines: string): void {
  for (const line of lines.split("\n")) {
    if (!line.startsWith('{"type":')) continue;
    const parsed = jsonEvent.safeParse(JSON.parse(line));
    expect(parsed.success, parsed.success ? "" : `${line}\n${parsed.error.message}`).toBe(true);
  }
}
