/** `dsrctl lint`: what it says of whole files, each with its place. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lintFile } from "../../src/keepalived/lint-file.ts";
import { renderProblems } from "../../src/report/problem.ts";

const DIRECTORY = "test/keepalived/lint";

function shown(file: string, text: string, release?: string): string {
  const source = { file, text };
  const problems = lintFile(text, { id: "lb1", release }).map(({ kind, at: [start, end], message, help }) => ({
    severity: kind === "advice" ? ("warning" as const) : ("error" as const),
    code: "invalid-value" as const,
    message,
    place: { source, start: Number(start), end: Number(end) },
    ...(help === undefined ? {} : { help }),
  }));
  return renderProblems(problems, { most: 100, touched: undefined });
}

const files = readdirSync(DIRECTORY).filter((name) => name.endsWith(".conf"));

test.each(files)("%s", async (file) => {
  const text = readFileSync(`${DIRECTORY}/${file}`, "utf8");
  const release = /^# release (\S+)$/m.exec(text)?.[1];
  await expect(shown(file, text, release)).toMatchFileSnapshot(`lint/${file.replace(".conf", ".txt")}`);
});

test("a password is in no message and no excerpt", () => {
  const text =
    "vrrp_instance A {\n  virtual_router_id 5\n  authentication {\n    auth_type PASS\n    auth_pass hunter2hunter2\n  }\n}\n";
  expect(shown("x.conf", text)).not.toContain("hunter2");
});

describe("any text", () => {
  const pieces = fc.constantFrom(
    ...["{", "}", '"', "#", "!", "\n", "\\\n", " ", "$A=", "$A", "${B}", "@lb1 ", "@^x ", "~SEQ(", "include x"],
    ...["vrrp_instance", "virtual_server", "10.0.0.5", "80", "A", "state", "é"],
  );
  const texts = fc.array(pieces, { maxLength: 40 }).map((all) => all.join(""));

  test("is read to its end, and every finding is at a place in it", () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: "binary" })), (text) => {
        for (const { at } of lintFile(text, { id: "lb1", release: undefined })) {
          const [start = -1, end = -1] = at.map(Number);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
