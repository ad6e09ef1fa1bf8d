/**
 * Reads Ansible's short form of arguments, `path=/etc/motd mode="0644"`: words, some with a name, each with its
 * position.
 */

import type { Span } from "./span.ts";

export interface Word extends Span {
  /** As it is written, quotes included. */
  readonly text: string;
  /** The text before the first `=`; `undefined` if there is none. */
  readonly key: string | undefined;
  /** The text after it, without the quotes around it. */
  readonly value: string;
  readonly keyAt: Span;
  readonly valueAt: Span;
}

/** What is never closed, the quote or the braces, and where it opens. */
export interface Unclosed {
  readonly unclosed: string;
  readonly at: number;
}

/** White space separates words, but not within quotes or within `{{ }}`, `{% %}` and `{# #}`. */
export function keyValues(text: string): readonly Word[] | Unclosed {
  const words: Word[] = [];
  let start = 0;
  while (start < text.length) {
    if (/\s/.test(text.charAt(start))) {
      start += 1;
      continue;
    }
    const end = wordEnd(text, start);
    if (typeof end !== "number") return end;
    words.push(wordOf(text, start, end));
    start = end;
  }
  return words;
}

const CLOSING: Readonly<Record<string, string>> = { "{{": "}}", "{%": "%}", "{#": "#}" };

function wordEnd(text: string, start: number): number | Unclosed {
  let at = start;
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    const opened = opening(text, at);
    if (opened === undefined) {
      at += text.charAt(at) === "\\" ? 2 : 1;
      continue;
    }
    const end = closedAt(text, at + opened.length, CLOSING[opened] ?? opened);
    if (end === undefined) return { unclosed: opened, at };
    at = end;
  }
  return Math.min(at, text.length);
}

function opening(text: string, at: number): string | undefined {
  const [one, two] = [text.charAt(at), text.slice(at, at + 2)];
  return CLOSING[two] === undefined ? (one === "'" || one === '"' ? one : undefined) : two;
}

/** The offset after the closing characters. Within quotes a backslash escapes the next character. */
function closedAt(text: string, from: number, closing: string): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (closing.length === 1 && text.charAt(at) === "\\") at += 1;
    else if (text.startsWith(closing, at)) return at + closing.length;
  }
  return undefined;
}

function wordOf(text: string, start: number, end: number): Word {
  const word = text.slice(start, end);
  const key = /^[A-Za-z_][\w.-]*(?==)/.exec(word)?.[0];
  const from = key === undefined ? start : start + key.length + 1;
  const given = text.slice(from, end);
  const quoted = given.length > 1 && /^(["']).*\1$/s.test(given) ? 1 : 0;
  const valueAt = { start: from + quoted, end: end - quoted };
  const keyAt = { start, end: start + (key?.length ?? 0) };
  return { text: word, key, value: text.slice(valueAt.start, valueAt.end), start, end, keyAt, valueAt };
}
