/**
 * A small, strict reader of XML 1.0 documents such as firewalld writes. It knows elements, attributes, text, comments,
 * CDATA, processing instructions, the five named entities and character references. It accepts no document type, so
 * there are no other entities.
 */

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** All character data directly inside, in one piece. */
  readonly text: string;
}

/** Not well-formed, or more than this reader accepts. */
export class Malformed {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

interface Open {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

const NAME = String.raw`[A-Za-z_:][\w:.-]*`;
const VALUE = String.raw`"[^<"]*"|'[^<']*'`;
const ATTRIBUTE = new RegExp(String.raw`(${NAME})\s*=\s*(${VALUE})`, "g");
const TOKEN = new RegExp(
  [
    String.raw`<\?[\s\S]*?\?>`,
    String.raw`<!--(?:(?!--)[\s\S])*-->`,
    String.raw`<!\[CDATA\[(?<cdata>[\s\S]*?)\]\]>`,
    String.raw`</(?<end>${NAME})\s*>`,
    String.raw`<(?<start>${NAME})(?<attributes>(?:\s+${NAME}\s*=\s*(?:${VALUE}))*)\s*(?<empty>/?)>`,
    String.raw`(?<text>[^<]+)`,
  ].join("|"),
  "y",
);

/** The root element, or why there is none; lines count from 1. */
export function readXml(source: string): Element | Malformed {
  const text = source.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
  const document: Open = { name: "", attributes: new Map(), children: [], text: "" };
  const open: Open[] = [document];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const wrong = match === null ? `cannot read ${excerpt(text.slice(at))}` : take(match.groups ?? {}, open);
    if (wrong !== undefined) return new Malformed(`line ${text.slice(0, at).split("\n").length}: ${wrong}`);
  }
  return rootOf(document, open);
}

function excerpt(text: string): string {
  return `\`${text.split("\n")[0]?.slice(0, 40) ?? ""}\``;
}

function rootOf(document: Open, open: readonly Open[]): Element | Malformed {
  if (open.length > 1) return new Malformed(`<${open.at(-1)?.name ?? ""}> is not closed`);
  const [root, ...more] = document.children;
  if (root === undefined) return new Malformed("there is no element in it");
  if (more.length > 0) return new Malformed("there is more than one element at the top");
  return document.text.trim() === "" ? root : new Malformed("there is text outside of the element");
}

type Groups = Readonly<Record<string, string | undefined>>;

/** Reads one token; returns what is wrong with it. */
function take(token: Groups, open: Open[]): string | undefined {
  const here = open.at(-1);
  if (here === undefined) return "nothing is open";
  if (token.start !== undefined) return start(token.start, token, open, here);
  if (token.end !== undefined) return end(token.end, open, here);
  const text = token.cdata ?? decode(token.text ?? "");
  if (text === undefined) return `an entity that is not known in ${excerpt(token.text ?? "")}`;
  here.text += text;
  return undefined;
}

function start(name: string, token: Groups, open: Open[], here: Open): string | undefined {
  const attributes = new Map<string, string>();
  for (const [, key = "", quoted = ""] of (token.attributes ?? "").matchAll(ATTRIBUTE)) {
    const value = decode(quoted.slice(1, -1).replaceAll(/[\n\t]/g, " "));
    if (value === undefined) return `an entity that is not known in the attribute \`${key}\``;
    if (attributes.has(key)) return `the attribute \`${key}\` is there twice`;
    attributes.set(key, value);
  }
  const element: Open = { name, attributes, children: [], text: "" };
  here.children.push(element);
  if (token.empty !== "/") open.push(element);
  return undefined;
}

function end(name: string, open: Open[], here: Open): string | undefined {
  if (open.length === 1 || here.name !== name) return `</${name}> closes nothing that is open`;
  open.pop();
  return undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const ENTITY = /&[#\w]+;/g;
const ENTITY_ALONE = /^&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));$/;

/** Entities replaced; `undefined` if a `&` begins no entity. */
function decode(text: string): string | undefined {
  if (text.replaceAll(ENTITY, (all) => (characterOf(all) === undefined ? all : "")).includes("&")) return undefined;
  return text.replaceAll(ENTITY, (all) => characterOf(all) ?? all);
}

function characterOf(entity: string): string | undefined {
  const [, hex, decimal, name] = ENTITY_ALONE.exec(entity) ?? [];
  if (name !== undefined) return ENTITIES[name];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
