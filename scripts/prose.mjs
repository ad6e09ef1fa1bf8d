/**
 * Checks the prose of documentation and comments: words to avoid, the length of sentences, the length of lines.
 *
 *   node scripts/prose.mjs           README, CHANGELOG, CONTRIBUTING, docs/*.md and the comments in src/**\/*.ts;
 *                                    a step of `npm run check`
 *   node scripts/prose.mjs FILE..    these files only
 *
 * Without FILE it also checks the texts of src that users read: scripts/prose/messages.mjs finds them.
 *
 * It prints `file:line: what is wrong: what to write instead` and exits with 1 if there is anything. Words, replacements and
 * exceptions are in scripts/prose/words.mjs.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { messages } from "./prose/messages.mjs";
import { EXCEPTIONS, FIELD_TERMS, GENERATED, WORDS } from "./prose/words.mjs";

const MOST_WORDS = 25;
const MOST_COLUMNS = 120;
const root = new URL("..", import.meta.url).pathname;

const named = process.argv.slice(2);
const files = named.length > 0 ? named : [...pages(), ...sources(join(root, "src"))];
const findings = files.flatMap((file) => check(relative(root, join(root, relative(root, file)))));
if (named.length === 0) findings.push(...messages(root).flatMap(({ file, text }) => checkMessage(file, text)));
for (const finding of findings) process.stdout.write(`${finding}\n`);
if (findings.length > 0) process.stdout.write(`\n${findings.length} to correct; see docs/glossary.md\n`);
process.exitCode = findings.length > 0 ? 1 : 0;

function pages() {
  const docs = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const all = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...docs];
  return all.filter((file) => !GENERATED.includes(file)).map((file) => join(root, file));
}

function sources(directory) {
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.includes(".generated."))
    .map((name) => join(directory, name))
    .sort();
}

function check(file) {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const texts = file.endsWith(".ts") ? comments(lines) : paragraphs(untilWordsToAvoid(lines));
  return texts.flatMap((text) => [
    ...longLines(text).map(({ line, columns }) => `${file}:${line}: ${columns} columns: wrap at ${MOST_COLUMNS}`),
    ...avoided(file, text),
    ...longSentences(file, text),
  ]);
}

function checkMessage(file, text) {
  return [...avoided(file, text), ...longSentences(file, text)];
}

/** The glossary ends with the words themselves. */
function untilWordsToAvoid(lines) {
  const at = lines.indexOf("## Words to avoid");
  return at === -1 ? lines : lines.slice(0, at);
}

/** A text is what belongs together: a paragraph, a list item, a table cell, a comment. Each piece is part of one line. */
function paragraphs(lines) {
  const texts = [];
  let open;
  let skipping;
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    if (skipping !== undefined) {
      if (skipping.test(raw)) skipping = undefined;
      continue;
    }
    const opening = /^\s*(?:(```|~~~)|(<!-- bench: begin))/.exec(raw);
    if (opening !== null) {
      skipping = opening[1] === undefined ? /<!-- bench: end/ : new RegExp(`^\\s*${opening[1]}\\s*$`);
      open = undefined;
      continue;
    }
    const trimmed = raw.trim();
    if (trimmed.startsWith("|")) {
      open = undefined;
      const cells = trimmed.split(/(?<!\\)\|/).slice(1, -1);
      texts.push(...cells.map((cell) => ({ pieces: [{ line, text: plain(cell) }] })));
    } else if (trimmed === "" || trimmed.startsWith("<!--")) open = undefined;
    else if (open === undefined || /^(?:[-*] |\d+\. |#)/.test(trimmed)) {
      const text = plain(trimmed.replace(/^(?:[-*] |\d+\. |#+ )/, ""));
      open = { pieces: [{ line, text, raw }] };
      texts.push(open);
      if (trimmed.startsWith("#")) open = undefined;
    } else open.pieces.push({ line, text: plain(trimmed), raw });
  }
  return texts.map(joined);
}

/** Block comments, and line comments that follow each other. A tag such as `@param` begins a text of its own. */
function comments(lines) {
  const texts = [];
  let open;
  let inBlock = false;
  for (const [index, raw] of lines.entries()) {
    const comment = inBlock ? /^\s*\*?(.*)$/.exec(raw) : /^\s*(?:\/\*+|\/\/)(.*)$/.exec(raw);
    if (comment === null) {
      open = undefined;
      continue;
    }
    const begins = !inBlock && /^\s*\/\*/.test(raw);
    inBlock = (inBlock || begins) && !raw.includes("*/");
    const words = (comment[1] ?? "").replace(/\*\/.*$/, "").trim();
    if (open === undefined || begins || words === "" || /^(?:@|- |\d+\. )/.test(words)) {
      open = { pieces: [] };
      texts.push(open);
    }
    if (/^\s*(?:eslint|prettier|c8|v8)-/.test(words)) continue;
    open.pieces.push({ line: index + 1, text: plain(words.replace(/^@(?:param|returns|throws)(?: \w+)?/, "")), raw });
  }
  return texts.map(joined);
}

/** Code counts as one word, a link as its text. */
function plain(text) {
  return text
    .replaceAll(/!?\[((?:[^\]\\]|\\.)*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\{@link [^}]*\}/g, "CODE")
    .replaceAll(/(`+)(?:(?!\1).)*\1/g, "CODE")
    .replaceAll(/`[^`]*$|^[^`]*`(?=[\s.,;:)])/g, (part) => part)
    .replaceAll(/\*\*|__|(?<=\s|^)_|_(?=[\s.,;:)]|$)/g, "");
}

/** The whole text, and where each line of it begins. */
function joined({ pieces }) {
  let whole = "";
  const starts = [];
  for (const { line, text } of pieces) {
    starts.push({ line, at: whole.length });
    whole += `${text} `;
  }
  return { whole, pieces, lineAt: (at) => starts.findLast((start) => start.at <= at)?.line ?? 1 };
}

function longLines({ pieces }) {
  return pieces
    .filter(({ raw }) => raw !== undefined && [...raw].length > MOST_COLUMNS && canBeWrapped(raw))
    .map(({ line, raw }) => ({ line, columns: [...raw].length }));
}

/** Code and links are not broken. */
function canBeWrapped(raw) {
  const solid = raw.replaceAll(/(`+)(?:(?!\1).)*\1|\[[^\]]*\]\([^)]*\)/g, (part) => part.replaceAll(" ", "_"));
  return /\S\s+\S/.test(solid.replace(/^\s*(?:\*|\/\/|\/\*+|[-*]|\d+\.)\s/, ""));
}

function avoided(file, { whole, lineAt }) {
  const text = FIELD_TERMS.reduce((made, term) => made.replaceAll(term, (found) => "x".repeat(found.length)), whole);
  return WORDS.flatMap(([word, instead]) =>
    [...text.matchAll(new RegExp(`(?<![\\w-])(?:${word})(?![\\w-])`, "gi"))]
      .filter((found) => !excepted(file, whole, found.index))
      .map((found) => `${file}:${lineAt(found.index)}: "${found[0]}": ${instead}`),
  );
}

function longSentences(file, { whole, lineAt }) {
  return sentences(whole)
    .map(({ at, text }) => ({ at, text, words: wordsIn(text) }))
    .filter(({ at, words }) => words > MOST_WORDS && !excepted(file, whole, at))
    .map(({ at, text, words }) => `${file}:${lineAt(at)}: ${words} words: split "${text.trim().slice(0, 50)}…"`);
}

/** A list of names in code counts as one word. */
function wordsIn(text) {
  const listed = text.replaceAll(/CODE(?:,? (?:and |or )?CODE)+/g, "CODE");
  return listed.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** A full stop, question mark or exclamation mark before white space ends a sentence. */
function sentences(whole) {
  const found = [];
  let at = 0;
  for (const end of whole.matchAll(/(?<!\b(?:e\.g|i\.e|etc|cf|vs))[.?!]["')\]]*\s+|$/gu)) {
    const next = end.index + end[0].length;
    if (whole.slice(at, next).trim() !== "") found.push({ at, text: whole.slice(at, next) });
    at = next;
  }
  return found;
}

/** An exception names the file and some words of the text around the finding. */
function excepted(file, whole, at) {
  return EXCEPTIONS.some(([where, words]) => {
    if (where !== file) return false;
    const begin = whole.indexOf(words);
    return begin !== -1 && at >= begin && at < begin + words.length;
  });
}
