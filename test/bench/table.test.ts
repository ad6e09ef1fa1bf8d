import { expect, test } from "vitest";
import { format } from "prettier";
import { replaceBetweenMarks } from "../../bench/page.ts";
import { bars, digits, table } from "../../bench/table.ts";

test("a table is as prettier leaves it", async () => {
  const made = table(["", "wall s", "kB"], [["dsrctl", "0.51", "12.5"], ["floor: one script", "1", ""]]); // prettier-ignore
  expect(`${made}\n`).toBe(await format(made, { parser: "markdown" }));
  expect(made.split("\n")[0]).toBe("|                   | wall s |   kB |");
});

test("bars are to scale, and the least of them can be seen", () => {
  const made = bars([{ name: "a", value: 100, shown: "100 s" }, { name: "long", value: 50, shown: "50 s" }, { name: "b", value: 0.01, shown: "0.01 s" }], 10); // prettier-ignore
  expect(made.split("\n")).toEqual(["```text", "a     ██████████ 100 s", "long  █████ 50 s", "b     █ 0.01 s", "```"]);
});

test.each([
  [0.1234, "0.123"],
  [1.234, "1.23"],
  [12.34, "12.3"],
  [123.4, "123"],
  [4208, "4,208"],
])("%d is shown as %s", (value, shown) => {
  expect(digits(value)).toBe(shown);
});

test("results go between the marks, and in again", () => {
  const page = (results: string): string =>
    `before\n<!-- bench: begin; written by \`npm run bench -- --write\` -->\n\n${results}\n\n<!-- bench: end -->\nafter\n`;
  expect(replaceBetweenMarks(page("old\n\n| old |"), "new\n")).toBe(page("new"));
  expect(() => replaceBetweenMarks("no marks", "new")).toThrow(RangeError);
});
