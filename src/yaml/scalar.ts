/**
 * Plain scalars as PyYAML (and so Ansible) reads them: YAML 1.1, by PyYAML's own patterns. They differ from the
 * YAML 1.1 types in small ways: `y` and `n` are text, `1e3` is text, dates stay text here.
 */

/** What a plain scalar means. `surprise`: why the number is not what the eye reads. */
export interface Reading {
  readonly value: string | number | boolean | null;
  readonly surprise?: "base 60" | "octal" | "underscore" | "too large";
}

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/** Reads an unquoted, untagged scalar. */
export function readPlain(text: string): Reading {
  if (NULL.test(text)) return { value: null };
  if (TRUE.test(text)) return { value: true };
  if (FALSE.test(text)) return { value: false };
  if (INTEGER.test(text)) return readInteger(text);
  if (FLOAT.test(text)) return readFloat(text);
  if (INFINITE.test(text)) return { value: text.startsWith("-") ? -Infinity : Infinity };
  return { value: NOT_A_NUMBER.test(text) ? NaN : text };
}

/**
 * Reads a scalar under an explicit tag such as `!!int`; `undefined` when it cannot be that. Other tags mean nothing
 * here.
 */
export function readTagged(tag: string, text: string): Reading | undefined {
  const reading = readPlain(text);
  switch (tag) {
    case "null":
      return reading.value === null ? reading : undefined;
    case "bool":
      return typeof reading.value === "boolean" ? reading : undefined;
    case "int":
      return Number.isInteger(reading.value) ? reading : undefined;
    case "float":
      return typeof reading.value === "number" ? reading : undefined;
    default:
      return { value: text };
  }
}

function readInteger(text: string): Reading {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  const size = magnitude(digits);
  if (Number.isNaN(size)) return { value: text };
  const value = size === 0 ? 0 : sign * size;
  if (!Number.isSafeInteger(value)) return { value: text, surprise: "too large" };
  return surprised(value, text, digits);
}

function surprised(value: number, text: string, digits: string): Reading {
  if (digits.includes(":")) return { value, surprise: "base 60" };
  if (/^0[0-7]+$/.test(digits)) return { value, surprise: "octal" };
  return text.includes("_") ? { value, surprise: "underscore" } : { value };
}

function magnitude(digits: string): number {
  if (digits.includes(":")) return base60(digits);
  if (digits.startsWith("0b")) return parseInt(digits.slice(2), 2);
  if (digits.startsWith("0x")) return parseInt(digits.slice(2), 16);
  return digits.startsWith("0") && digits !== "0" ? parseInt(digits, 8) : Number(digits);
}

function base60(digits: string): number {
  return digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function readFloat(text: string): Reading {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  if (digits.includes(":")) return { value: sign * base60(digits), surprise: "base 60" };
  const value = sign * Number(digits);
  return text.includes("_") ? { value, surprise: "underscore" } : { value };
}
