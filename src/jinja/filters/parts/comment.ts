import { fail } from "../../errors/fault.ts";
import { boundedText } from "../../errors/limits.ts";
import { str } from "../../values/print.ts";
import { whole } from "../../values/python.ts";
import type { Keywords } from "../../values/values.ts";

interface Style {
  readonly beginning: string;
  readonly decoration: string;
  readonly end: string;
}

const STYLES: ReadonlyMap<string, Style> = new Map([
  ["plain", { beginning: "", decoration: "# ", end: "" }],
  ["erlang", { beginning: "", decoration: "% ", end: "" }],
  ["c", { beginning: "", decoration: "// ", end: "" }],
  ["cblock", { beginning: "/*", decoration: " * ", end: " */" }],
  ["xml", { beginning: "<!--", decoration: " - ", end: "-->" }],
]);

const OPTIONS = ["newline", "beginning", "prefix", "prefix_count", "decoration", "postfix", "postfix_count", "end"];

/** Ansible's `comment`: each line after the style's mark, with an empty line before and after. */
export function comment(text: string, name: string, options: Keywords): string {
  const style =
    STYLES.get(name) ?? fail(`unknown style \`${name}\``, { help: `there are ${[...STYLES.keys()].join(", ")}` });
  for (const option of options.keys()) if (!OPTIONS.includes(option)) fail(`\`comment\` has no argument \`${option}\``);
  const given = (option: string, usual: string): string =>
    options.has(option) ? str(options.get(option) ?? "") : usual;
  const newline = given("newline", "\n");
  const decoration = given("decoration", style.decoration);
  const [beginning, end] = [given("beginning", style.beginning), given("end", style.end)];
  const prefix = given("prefix", decoration.trimEnd());
  const body = decorated(text, decoration, newline);
  const before = prefix === newline || prefix === "" ? prefix : prefix + newline;
  const after = (newline + given("postfix", decoration.trimEnd())).repeat(turns(options, "postfix_count"));
  return [
    beginning === "" ? "" : beginning + newline,
    before.repeat(turns(options, "prefix_count")),
    body,
    after,
    end === "" ? "" : newline + end,
  ].join("");
}

function decorated(text: string, decoration: string, newline: string): string {
  const lines = newline === "" ? [text] : text.split(newline);
  boundedText(text.length + lines.length * decoration.length);
  const all = lines.map((line) => decoration + line);
  return all.map((line, i) => (i < all.length - 1 && line === decoration ? line.trimEnd() : line)).join(newline);
}

function turns(options: Keywords, name: string): number {
  const count = Number(whole(options.get(name) ?? 1) ?? fail(`\`${name}\` must be an integer`));
  boundedText(count);
  return Math.max(0, count);
}
