/** What ssh_config means: 130 odd files with what `ssh -G` says of them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { agree, ours, withFiles } from "./answer.ts";
import type { Answer, Case } from "./answer.ts";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const cases = read("cases.json") as readonly Case[];
const { answers } = read("answers.json") as { readonly answers: Readonly<Record<string, Answer>> };

describe("as ssh reads it", () => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", async (name, each) => {
    const said = await withFiles(each, (dir) => ours(each, dir));
    const expected = answers[name] ?? {};
    if (!agree(said, expected)) expect(said).toEqual(expected);
  });
});
