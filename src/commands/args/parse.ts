/** Parses the values of options, from words that the tokenizer has checked. The only file that imports yargs. */
import type { Options as YargsOptions } from "yargs";
import type { Option, Options } from "./option.ts";
import { UsageError } from "./usage-error.ts";

/**
 * By their names in camelCase.
 * @throws UsageError for a number that is out of its range
 */
export async function parseOptions(
  options: Options,
  words: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const table = Object.entries(options);
  const { default: yargs } = await import("yargs");
  const values: Readonly<Record<string, unknown>> = await yargs([...words])
    .help(false)
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message) => {
      throw new Error(`cannot parse checked options: ${message}`);
    })
    .options(Object.fromEntries(table.map(([name, option]) => [name, forYargs(option)])))
    .parseAsync();
  return Object.fromEntries(table.map(([name, option]) => [camelCase(name), finished(name, option, values[name])]));
}

function forYargs(option: Option): YargsOptions {
  const { type } = option;
  switch (type) {
    case "boolean":
      return option.negatable === true ? { type } : { type, default: false };
    case "count":
      return { type, default: 0 };
    case "number":
      return { type, default: option.default };
    case "string":
      return option.many === undefined ? { type } : { type, array: true, nargs: 1, default: [] };
  }
}

/** Does what yargs cannot do: it checks ranges, and separates at commas. */
function finished(name: string, option: Option, value: unknown): unknown {
  if (option.type === "number") return inRange(name, Number(value), option);
  if (option.type === "string" && option.many === "commas") return (value as readonly string[]).flatMap(separate);
  return value;
}

function inRange(name: string, value: number, { range, whole }: Extract<Option, { type: "number" }>): number {
  const [min, max] = range;
  const fits = whole === true ? Number.isInteger(value) : Number.isFinite(value);
  if (fits && value >= min && value <= max) return value;
  throw new UsageError(`\`--${name}\` takes a ${whole === true ? "whole " : ""}number from ${min} to ${max}`);
}

function separate(value: string): readonly string[] {
  return value
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
