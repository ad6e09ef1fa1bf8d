/**
 * Files that hang readers. They are read by another process, which is ended if it does: how long it takes is nobody's
 * promise, but what takes time in the square of its size does not come to an end.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIRECTORY = `${ROOT}node_modules/.cache/dsrctl-yaml-${process.pid}`;

/** Reads texts, as a list in JSON, and prints the first message about each. */
const CHILD = `
import { readFileSync } from "node:fs";
import { readYaml } from "./src/yaml/index.ts";
const said = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  try {
    readYaml({ file: "x.yml", text });
    return "";
  } catch (error) {
    return error.problems?.[0]?.message ?? String(error);
  }
});
process.stdout.write(JSON.stringify(said));
`;

beforeAll(async () => {
  mkdirSync(DIRECTORY, { recursive: true });
  await build({
    ...{ stdin: { contents: CHILD, resolveDir: ROOT, loader: "ts" }, outfile: `${DIRECTORY}/child.mjs`, bundle: true },
    ...{ format: "esm", platform: "node", target: "node20.19", packages: "external", logLevel: "error" },
  });
});
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

function messages(texts: readonly string[]): readonly string[] {
  const input = JSON.stringify(texts);
  // Seconds of its own work, however busy the machine is; a second or two is what it needs.
  const limited = ["-c", 'ulimit -t 60; exec "$0" "$@"', process.execPath, `${DIRECTORY}/child.mjs`];
  const child = spawnSync("sh", limited, { input, encoding: "utf8" });
  expect(child.signal, "it was ended").toBe(null);
  return JSON.parse(child.stdout) as readonly string[];
}

describe("limits", { timeout: 600_000 }, () => {
  const bomb = [
    "a0: &a0 [x,x,x,x,x,x,x,x,x,x]",
    ...Array.from(
      { length: 40 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(",")}]`,
    ),
  ].join("\n");
  const deepAlias = ["a0: &a0 x", ...Array.from({ length: 100 }, (_, i) => `a${i + 1}: &a${i + 1} [[*a${i}]]`)].join(
    "\n",
  );
  const size = (1 << 20) - 16;
  const TEXTS: readonly (readonly [string, string, RegExp])[] = [
    ["aliases that multiply", bomb, /aliases expand to more than 10000/],
    ["aliases that nest", deepAlias, /more than 64/],
    ["flow lists", "[".repeat(100_000), /more than 64/],
    ["block lists", "- ".repeat(100_000), /more than 64/],
    ["keys without end", "? ".repeat(100_000), /./],
    ["many values", `[${"a,".repeat(120_000)}]`, /more than 100000 values/],
    ["many commas", `[${",".repeat(size - 2)}]`, /./],
    ["many anchors", `a: ${"&a ".repeat(size / 3 - 2)}`, /./],
    ["many documents", "---\n".repeat(size / 4), /second YAML document/],
    ["open templates", "a: {{ x\n".repeat(size / 8), /`\{\{` begins a map/],
    ["too many characters", "a".repeat((1 << 20) + 1), /too large/],
  ];

  it("each is refused with a message", () => {
    const said = messages(TEXTS.map(([, text]) => text));
    for (const [index, [name, , message]] of TEXTS.entries()) expect(said[index], name).toMatch(message);
  });

  it("many keys are no matter of every key with every other", () => {
    // Compared with each other, those of one such file take the library most of a minute.
    const keys = (extra: string): string =>
      `${Array.from({ length: 49_000 }, (_, index) => `k${index}: 1\n`).join("")}${extra}`;
    const again = Array.from({ length: 3 }, () => keys("k0: 2\n"));
    expect(messages([keys(""), ...again])).toEqual(["", ...again.map(() => "key `k0` is defined twice")]);
  });
});
