/** Python's replacements: `\1`, `\g<name>`, `\n`. */
import { fail } from "../errors/fault.ts";
import type { Found, Regex } from "./regex.ts";

type Piece = (found: Found) => string;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
]);

/** @throws Fault for groups that the expression does not have, and for escapes that mean nothing */
export function replacement(text: string, it: Regex): Piece {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(/\\(?:g<([^>]*)>|(0[0-7]{0,2}|[1-3][0-7]{2})|([1-9]\d?)|([^]|$))/g)) {
    const plain = text.slice(end, found.index);
    if (plain !== "") pieces.push(() => plain);
    pieces.push(piece(found, it));
    end = found.index + found[0].length;
  }
  const rest = text.slice(end);
  return (found) => pieces.map((each) => each(found)).join("") + rest;
}

function piece([all, name, octal, group, other]: RegExpExecArray, it: Regex): Piece {
  if (name !== undefined) return reference(/^\d+$/.test(name) ? Number(name) : name, it);
  if (group !== undefined) return reference(Number(group), it);
  const text = octal === undefined ? escaped(other ?? "", all) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  return () => text;
}

function reference(which: number | string, it: Regex): Piece {
  const known = typeof which === "number" ? which <= it.groups : it.names.has(which);
  if (!known) fail(`the regular expression has no group \`${which}\``);
  return (found) => found.group(which) ?? "";
}

function escaped(char: string, all: string): string {
  const known = ESCAPES.get(char);
  if (known !== undefined) return known;
  if (char === "") return fail("the replacement ends with a backslash");
  return /[A-Za-z]/.test(char) ? fail(`\`\\${char}\` means nothing in a replacement`) : all;
}
