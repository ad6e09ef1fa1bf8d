/** Inventories in Ansible's INI format (its `ini` inventory plugin): hosts line by line, sections `[group]`. */
import type { Problem } from "../core/problem.ts";
import { didYouMean } from "../text/suggest.ts";
import type { Place, Source } from "../core/source.ts";
import { plain } from "../yaml/index.ts";
import { addHosts, groupOf, setVariable } from "./draft.ts";
import type { Draft, GroupDraft } from "./draft.ts";
import { splitLine } from "./ini-words.ts";
import type { Word } from "./ini-words.ts";
import { readLiteral } from "./literal.ts";
import { groupNameProblem } from "./names.ts";
import { controlCharacters } from "../yaml/text.ts";
import type { Variable } from "./types.ts";
import { inventoryNameProblem } from "./variables.ts";

type Kind = "hosts" | "children" | "vars";

interface Section {
  readonly group: GroupDraft;
  readonly kind: Kind;
}

const LINE = /[^\r\n\u0085\u2028\u2029]+/g;

/** Reads a whole file; what is wrong with its lines goes to the draft. */
export function readIni(draft: Draft, source: Source): void {
  const wrong = controlCharacters(source);
  draft.problems.push(...wrong);
  if (wrong.length > 0) return;
  new Reader(draft, source).read();
}

const HEADER = /^\[([^:\]\s]+)(?::([\p{L}\p{N}_]+))?\]\s*(?:#.*)?$/u;

class Reader {
  readonly #draft: Draft;
  readonly #source: Source;
  /** `undefined` after a header that cannot be understood: its lines mean nothing. */
  #section: Section | undefined;

  /** Children whose own section is still to come; as in Ansible they get their place in the order only then. */
  readonly #waiting = new Map<string, (readonly [GroupDraft, Place])[]>();

  constructor(draft: Draft, source: Source) {
    this.#draft = draft;
    this.#source = source;
    this.#section = { group: groupOf(draft, "ungrouped", { source, start: 0, end: 0 }), kind: "hosts" };
  }

  read(): void {
    for (const match of this.#source.text.matchAll(LINE)) {
      const text = match[0].trim();
      if (text === "" || text.startsWith("#") || text.startsWith(";")) continue;
      const start = match.index + match[0].indexOf(text);
      this.#line(text, { source: this.#source, start, end: start + text.length });
    }
    for (const [name, [first]] of this.#waiting) {
      if (first !== undefined) groupOf(this.#draft, name, first[1]);
      this.#adopt(name);
    }
  }

  #adopt(name: string): void {
    for (const [parent, place] of this.#waiting.get(name) ?? []) addChild(parent, name, place);
    this.#waiting.delete(name);
  }

  #tell(problem: Problem): void {
    this.#draft.problems.push(problem);
  }

  #error(message: string, place: Place, more: Omit<Partial<Problem>, "message" | "place"> = {}): void {
    this.#tell({ severity: "error", code: "inventory-syntax", message, place, ...more });
  }

  #line(text: string, place: Place): void {
    const header = HEADER.exec(text);
    if (header !== null) this.#section = this.#header(header[1] ?? "", header[2], place);
    else if (/^\[.*\]$/.test(text) || /^\[[^\]]*\]\s*;/.test(text)) this.#section = this.#badHeader(text, place);
    else if (this.#section !== undefined) this.#body(this.#section, text, place);
  }

  #header(name: string, kind: string | undefined, line: Place): Section | undefined {
    const place = { ...line, start: line.start + 1, end: line.start + 1 + name.length };
    const wrong = groupNameProblem(name, place);
    if (wrong !== undefined) this.#tell(wrong);
    if (wrong?.severity === "error") return undefined;
    const known = kindOf(kind);
    if (known === undefined) return this.#unknownKind(name, kind ?? "", { ...place, start: place.end + 1 });
    const group = groupOf(this.#draft, name, place);
    if (known === "vars") this.#draft.sections.push({ group, place });
    else {
      group.defined = true;
      this.#adopt(name);
    }
    return { group, kind: known };
  }

  #unknownKind(group: string, kind: string, from: Place): undefined {
    const label = didYouMean(kind, KINDS);
    this.#error(
      `a section \`[${group}:…]\` cannot be of the kind \`${kind}\``,
      { ...from, end: from.start + kind.length },
      {
        ...(label === undefined ? {} : { label }),
        help: "`[group]` and `[group:hosts]` hold hosts, `[group:children]` groups, `[group:vars]` variables",
      },
    );
  }

  #badHeader(text: string, place: Place): undefined {
    const blank = /\s/.exec(text.slice(0, text.indexOf("]")));
    const comment = /\]\s*;/.test(text);
    this.#error("this is not a section header", blank === null ? place : at(place, blank.index, 1), {
      help: comment
        ? "after a section header only `#` begins a comment"
        : "write `[group]`, `[group:children]` or `[group:vars]`, without blanks",
    });
  }

  #body({ group, kind }: Section, text: string, place: Place): void {
    switch (kind) {
      case "hosts":
        return this.#hosts(group, place);
      case "children":
        return this.#child(group, text, place);
      case "vars":
        return this.#variableLine(group, text, place);
    }
  }

  #child(group: GroupDraft, text: string, line: Place): void {
    const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(text)?.[1];
    if (name === undefined) {
      return this.#error("expected the name of a group", line, {
        help: "one name a line; variables of a group go under `[group:vars]`",
      });
    }
    const place = at(line, 0, name.length);
    const wrong = groupNameProblem(name, place);
    if (wrong !== undefined) this.#tell(wrong);
    if (wrong?.severity === "error") return;
    if (this.#draft.groups.has(name)) addChild(group, name, place);
    else this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), [group, place]]);
  }

  #variableLine(group: GroupDraft, text: string, line: Place): void {
    const equals = text.indexOf("=");
    if (equals === -1) {
      return this.#error("expected `name=value`", line, {
        help: "a section `:vars` holds variables; hosts go under `[group]`",
      });
    }
    const name = text.slice(0, equals).trimEnd();
    const value = text.slice(equals + 1).trimStart();
    const place = at(line, text.length - value.length, value.length);
    const variable = this.#variable(name, at(line, 0, name.length), value, place);
    if (variable !== undefined) setVariable(group.variables, variable);
  }

  #hosts(group: GroupDraft, line: Place): void {
    const { words, open } = splitLine(line);
    if (open !== undefined) {
      const quote = open.source.text.charAt(open.start);
      const message = quote === "\\" ? "a backslash at the end escapes nothing" : "this quote is never closed";
      return this.#error(message, at(open, 0, 1), {
        help: "a text with `'` in it goes in double quotes: `name=\"it's\"`",
      });
    }
    const [key, ...rest] = words;
    if (key === undefined) return;
    const variables = rest.flatMap((word) => this.#assignment(word) ?? []);
    if (key.text.endsWith(":")) this.#error("a host name cannot end in `:`", key.place, { help: yamlHelp(key) });
    else if (key.text.startsWith("---")) this.#error("`---` begins a YAML file, and this is read as INI", key.place);
    else addHosts(this.#draft, group, key.text, key.place, variables);
  }

  #assignment(word: Word): Variable | undefined {
    const equals = word.text.indexOf("=");
    const raw = word.place.source.text.slice(word.place.start, word.place.end);
    if (equals === -1) {
      const help = "a host's variables are written `name=value`, without blanks; a value with blanks goes in quotes";
      this.#error(`expected \`name=value\``, word.place, { help });
      return undefined;
    }
    const split = raw.startsWith(word.text.slice(0, equals + 1)) ? equals : -1;
    const keyPlace = split === -1 ? word.place : at(word.place, 0, split);
    const place = split === -1 ? word.place : { ...word.place, start: word.place.start + split + 1 };
    return this.#variable(word.text.slice(0, equals), keyPlace, word.text.slice(equals + 1), place);
  }

  #variable(name: string, keyPlace: Place, text: string, place: Place): Variable | undefined {
    const problem = inventoryNameProblem(name, keyPlace);
    if (problem !== undefined) this.#tell(problem);
    if (problem?.severity === "error") return undefined;
    const { node, remark } = readLiteral(text, place);
    if (remark !== undefined)
      this.#tell({ severity: "warning", code: "ambiguous-value", message: `\`${name}\`: ${remark}`, place });
    return { name, value: plain(node), node, place, keyPlace };
  }
}

function addChild(parent: GroupDraft, name: string, place: Place): void {
  if (!parent.children.has(name)) parent.children.set(name, place);
}

const KINDS = ["hosts", "children", "vars"] as const;

function kindOf(word: string | undefined): Kind | undefined {
  return word === undefined ? "hosts" : KINDS.find((kind) => kind === word);
}

function at(place: Place, offset: number, length: number): Place {
  return { source: place.source, start: place.start + offset, end: place.start + offset + length };
}

function yamlHelp(key: Word): string {
  return `\`:\` comes before a port: \`${key.text}2222\`; if this is YAML, the file's name must end in \`.yml\``;
}
