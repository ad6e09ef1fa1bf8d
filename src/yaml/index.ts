/**
 * Reads YAML to nodes with their places. This is the only file that imports the `yaml` package, which lexes and
 * composes. dsrctl itself does limits, scalars (YAML 1.1 as PyYAML reads it), keys, merge keys, aliases and messages.
 */
import { CST, Composer, Lexer, Parser, isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Document } from "yaml";
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import type { Source } from "../core/source.ts";
import { buildTree } from "./build.ts";
import { bareTemplates, withoutBareTemplates } from "./braces.ts";
import type { BareTemplate } from "./braces.ts";
import { LIMITS } from "./limits.ts";
import type { Node } from "./node.ts";
import type { Raw } from "./raw.ts";
import { syntaxProblem } from "./syntax.ts";
import type { Clues, SyntaxError } from "./syntax.ts";
import { unknownTag } from "./tags.ts";
import { SYNTAX, controlCharacters, lineAt, withoutControl } from "./text.ts";

export { entryOf, keyPlaceAt, keysIn, nodeAt, placeAt, plain, scalars } from "./node.ts";
export type { Entry, ListNode, MapNode, Node, Path, ScalarNode } from "./node.ts";

/**
 * Reads one YAML document; an empty file is a null scalar. `warn` gets numbers whose value differs from what they look
 * like (`22:22`, `0644`).
 *
 * @throws InputError with everything that is wrong with the file, in order of place.
 */
export function readYaml(source: Source, warn: (problem: Problem) => void = () => undefined): Node {
  if (source.text.startsWith("\ufeff")) return readYaml({ ...source, text: source.text.slice(1) }, warn);
  if (source.text.length > LIMITS.size) throw new InputError([tooLarge(source)]);
  const { parsed, bare } = withoutStacks(() => parseRepaired(source));
  const syntax = outside(bare, firstError(source, parsed) ?? parsed.stopped);
  const { node, problems: inTree, warnings } = buildTree(source, rawOf(parsed.documents[0]?.contents));
  const within = [...parsed.clues.tags, ...secondDocument(source, parsed), ...inTree].filter(before(syntax));
  const bareProblems = bare.map((each) => each.problem);
  const problems = [
    ...controlCharacters(source),
    ...bareProblems,
    ...within,
    ...(syntax === undefined ? [] : [syntax]),
  ];
  if (problems.length > 0) throw new InputError([...problems.slice(0, MOST), ...warnings.slice(0, MOST)].sort(byPlace));
  warnings.forEach(warn);
  return node;
}

/** More problems than that in one file help no user. */
const MOST = 100;

interface Parsed {
  readonly documents: readonly Document.Parsed[];
  readonly clues: Clues;
  /** A limit was reached; what comes after it was not read. */
  readonly stopped: Problem | undefined;
}

interface Repaired {
  readonly parsed: Parsed;
  readonly bare: readonly BareTemplate[];
}

const ROUNDS = 3;

/** The library makes an `Error` for everything it finds: for a malicious file their stacks would cost seconds. */
function withoutStacks<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * Parses with unquoted templates replaced. An unclosed one hides whether the next ones are in a flow collection: so it
 * takes several rounds.
 */
function parseRepaired(source: Source): Repaired {
  let text = withoutControl(source.text);
  let parsed = parse(source, text);
  const bare: BareTemplate[] = [];
  for (let round = 0; round < ROUNDS && parsed.clues.braces.length > 0; round++) {
    const found = bareTemplates(source, parsed.clues.braces);
    bare.push(...found);
    text = withoutBareTemplates(text, found);
    parsed = parse(source, text);
    if (bare.length >= MOST) break;
  }
  return { parsed, bare };
}

/** Lexes, parses and composes; stops at the limits before anything recursive sees the text. */
function parse(source: Source, text: string): Parsed {
  const parser = new Parser();
  const composer = new Composer({ schema: "failsafe", version: "1.1", uniqueKeys: false, prettyErrors: false });
  const documents: Document.Parsed[] = [];
  const watch = watcher(source, parser);
  let stopped: Problem | undefined;
  for (const lexeme of new Lexer().lex(text)) {
    stopped = watch.see(lexeme);
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    stopped ??= watch.depth();
    if (documents.length > 1 || stopped !== undefined) break;
  }
  if (stopped === undefined) watch.clues.openBracket ??= openBracket(parser);
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  return { documents, clues: watch.clues, stopped };
}

const UNCOUNTED = new Set(["space", "newline", "comment", "scalar"]);
const OUTSIDE = new Set(["doc-mode", "flow-error-end"]);

/** Follows the lexemes: counts them against the limits and keeps what messages need. */
function watcher(source: Source, parser: Parser) {
  const clues: Clues = {
    braces: [],
    tags: [],
    starts: [],
    quotes: new Map(),
    openQuote: undefined,
    openBracket: undefined,
  };
  const counts = new Map<string, number>();
  let offset = 0;
  let content = false;
  let brace = -1;
  const mark = (lexeme: string, type: string | null) => {
    if (type === "flow-map-start") brace = follow(clues, parser, brace, offset);
    if (type === "tag") clues.tags.push(...unknownTag({ source, start: offset, end: offset + lexeme.length }));
    if (type === "doc-start") clues.starts.push(offset);
    if (type === "single-quoted-scalar" || type === "double-quoted-scalar") quote(clues, lexeme, offset);
    if (type === "flow-error-end") clues.openBracket ??= openBracket(parser);
  };
  const see = (lexeme: string): Problem | undefined => {
    const type = content ? "scalar-text" : CST.tokenType(lexeme);
    mark(lexeme, type);
    content = type === "scalar";
    if (!content && !OUTSIDE.has(type ?? "")) offset += lexeme.length;
    if (type === null || UNCOUNTED.has(type)) return undefined;
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    return count > (type === "flow-error-end" ? MOST : LIMITS.nodes) ? tooMany(source, offset) : undefined;
  };
  const depth = () =>
    parser.stack.length > LIMITS.depth && depthOf(parser) > LIMITS.depth ? tooDeep(source, offset) : undefined;
  return { clues, see, depth };
}

/** Two braces in a row begin a template without quotes; in a flow collection it ends at its own `}}`. */
function follow(clues: Clues, parser: Parser, last: number, offset: number): number {
  if (last !== offset - 1 || offset === 0) return offset;
  const outer = parser.stack.filter((token) => token.type === "flow-collection").length > 1;
  clues.braces.push({ start: last, inFlow: outer });
  return -1;
}

function quote(clues: Clues, lexeme: string, offset: number): void {
  clues.quotes.set(offset + lexeme.length, offset);
  const closed = lexeme.length > 1 && lexeme.endsWith(lexeme.charAt(0));
  if (!closed) clues.openQuote ??= offset;
}

function openBracket(parser: Parser): number | undefined {
  const innermost = parser.stack.findLast((token) => token.type === "flow-collection");
  return innermost?.offset;
}

const COLLECTIONS = new Set(["block-map", "block-seq", "flow-collection"]);

function depthOf(parser: Parser): number {
  return parser.stack.filter((token) => COLLECTIONS.has(token.type)).length;
}

/** The first syntax error; where a limit stopped the reading, unclosed brackets are only its consequence. */
function firstError(source: Source, parsed: Parsed): Problem | undefined {
  const end = parsed.stopped?.place?.start ?? Infinity;
  const errors: SyntaxError[] = parsed.documents
    .slice(0, 1)
    .flatMap((document) => document.errors)
    .filter((error) => error.code !== "TAG_RESOLVE_FAILED" && error.pos[0] < end)
    .map((error) => ({ code: error.code, start: error.pos[0], end: error.pos[1], message: error.message }));
  return errors.length === 0 ? undefined : syntaxProblem(source, errors, parsed.clues);
}

/** The composed document, as plain data. */
function rawOf(node: unknown): Raw | undefined {
  if (isAlias(node)) return { kind: "alias", name: node.source, ...stretch(node) };
  if (isScalar(node)) {
    const plain = node.type === "PLAIN" || node.type === undefined;
    return { kind: "scalar", value: typeof node.value === "string" ? node.value : "", plain, ...properties(node) };
  }
  if (isSeq(node)) return { kind: "list", items: node.items.flatMap((item) => rawOf(item) ?? []), ...properties(node) };
  if (!isMap(node)) return undefined;
  const pairs = node.items.map((pair) => ({ key: rawOf(pair.key) ?? missing(node), value: rawOf(pair.value) }));
  return { kind: "map", pairs, ...properties(node) };
}

interface Composed {
  readonly range?: readonly [number, number, number] | null | undefined;
  readonly anchor?: string | undefined;
  readonly tag?: string | undefined;
}

function stretch({ range }: Composed): { readonly start: number; readonly end: number } {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

function properties(node: Composed) {
  return { ...stretch(node), anchor: node.anchor, tag: node.tag };
}

function missing(node: Composed): Raw {
  const { start } = stretch(node);
  return { kind: "scalar", value: "", plain: true, start, end: start, anchor: undefined, tag: undefined };
}

/** An error within a template that was not quoted is that template's. */
function outside(bare: readonly BareTemplate[], problem: Problem | undefined): Problem | undefined {
  const start = problem?.place?.start ?? -1;
  return bare.some((each) => each.start <= start && start < each.end) ? undefined : problem;
}

function secondDocument(source: Source, { documents, clues }: Parsed): readonly Problem[] {
  const second = documents[1];
  if (second === undefined) return [];
  const start = clues.starts.findLast((each) => each <= second.range[0] + 3) ?? second.range[0];
  return [
    {
      ...SYNTAX,
      message: "a second YAML document begins here",
      place: { source, start, end: Math.min(start + 3, source.text.length) },
      help: "one file holds one document: move what follows into a file of its own, or remove the `---`",
    },
  ];
}

function tooLarge(source: Source): Problem {
  const kib = Math.ceil(source.text.length / 1024);
  return {
    severity: "error",
    code: "limit-exceeded",
    message: `\`${source.file}\` is too large: ${kib} KiB, the limit is ${LIMITS.size / 1024}`,
  };
}

function tooDeep(source: Source, offset: number): Problem {
  return {
    severity: "error",
    code: "limit-exceeded",
    message: `lists and maps are nested more than ${LIMITS.depth} levels deep`,
    place: { source, start: Math.max(0, offset - 1), end: offset },
  };
}

function tooMany(source: Source, offset: number): Problem {
  const { start, end } = lineAt(source.text, offset);
  return {
    severity: "error",
    code: "limit-exceeded",
    message: `the file holds more than ${LIMITS.nodes} values`,
    place: { source, start, end },
  };
}

function before(problem: Problem | undefined): (each: Problem) => boolean {
  const limit = problem?.place?.start ?? Infinity;
  return (each) => (each.place?.start ?? 0) < limit;
}

function byPlace(a: Problem, b: Problem): number {
  return (a.place?.start ?? 0) - (b.place?.start ?? 0);
}
