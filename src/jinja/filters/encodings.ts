/** base64, hashes, URLs, UUIDs. */
import { createHash, getHashes } from "node:crypto";
import { fail } from "../errors/fault.ts";
import { boundedText } from "../errors/limits.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { didYouMean } from "../errors/hints.ts";
import { str } from "../values/print.ts";
import { isIterable } from "../values/python.ts";
import { pairs } from "../values/collection-methods.ts";
import { Dict } from "../values/values.ts";
import type { Value } from "../values/values.ts";

const sha1 = native("value", (args) => digest("sha1", args.string("value")));

export const encodings = filterFamily({
  b64encode: native("value, encoding='utf-8'", (args) => {
    const text = args.string("value");
    boundedText(text.length * 4);
    return encoded(text, args.text("encoding")).toString("base64");
  }),
  b64decode: native("value, encoding='utf-8'", (args) => decoded(args.string("value"), args.text("encoding"))),
  hash: native("value, hashtype='sha1'", (args) => digest(args.text("hashtype"), args.string("value"))),
  md5: native("value", (args) => digest("md5", args.string("value"))),
  sha1,
  checksum: sha1,
  to_uuid: native("value, namespace='361E6D51-FAEC-444A-9079-341386DA8E2E'", (args) => {
    return uuid5(args.string("value"), args.text("namespace"));
  }),
  urldecode: native("value", (args) => urldecode(args.text("value"))),
  urlencode: native("value", (args) => urlencode(args.value("value"))),
  urlsplit: native("value, query=''", urlsplit),
});

const ENCODINGS_KNOWN: ReadonlyMap<string, BufferEncoding> = new Map<string, BufferEncoding>([
  ["utf8", "utf8"],
  ["ascii", "ascii"],
  ["latin1", "latin1"],
  ["iso88591", "latin1"],
  ["utf16le", "utf16le"],
]);

function encodingOf(name: string): BufferEncoding {
  const found = ENCODINGS_KNOWN.get(name.toLowerCase().replace(/[-_]/g, ""));
  return found ?? fail(`unknown encoding \`${name}\``, { help: "utf-8, utf-16-le, latin-1 and ascii are known" });
}

function encoded(text: string, encoding: string): Buffer {
  return Buffer.from(text, encodingOf(encoding));
}

/** Python refuses what is not base64, and texts that are no texts in the encoding. */
function decoded(text: string, encoding: string): string {
  const compact = text.replace(/[^A-Za-z0-9+/=]/g, "");
  const padding = /^[^=]*(=*)$/.exec(compact)?.[1]?.length ?? 0;
  if (compact.length % 4 !== 0 || padding > 2) return fail("the text is not base64");
  const bytes = Buffer.from(compact, "base64");
  if (encodingOf(encoding) !== "utf8") return bytes.toString(encodingOf(encoding));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("what the base64 holds is not text");
  }
}

const HASHES: ReadonlySet<string> = new Set(
  getHashes().filter((name) => /^(?:md5|sha1|sha224|sha256|sha384|sha512|sha3-\d+|blake2[bs]\d*)$/.test(name)),
);
const NAMES: ReadonlyMap<string, string> = new Map([
  ["blake2b", "blake2b512"],
  ["blake2s", "blake2s256"],
]);

function digest(name: string, text: string): string {
  const plain = name.toLowerCase().replaceAll("_", "-");
  const hash = NAMES.get(plain) ?? plain;
  if (!HASHES.has(hash))
    return fail(`unknown hash \`${name}\``, { ...didYouMean(name, HASHES), help: [...HASHES].join(", ") });
  return createHash(hash).update(text, "utf8").digest("hex");
}

/** RFC 9562, version 5. */
function uuid5(name: string, namespace: string): string {
  const hex = namespace.replaceAll("-", "");
  if (!/^[\da-f]{32}$/i.test(hex)) return fail("the namespace is not a UUID");
  const bytes = createHash("sha1").update(Buffer.from(hex, "hex")).update(name, "utf8").digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function percent(text: string, safe: RegExp): string {
  boundedText(text.length * 3);
  const bytes = Buffer.from(text, "utf8");
  return Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte);
    return safe.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** Python's `unquote_plus`: what is no escape stays, bytes that are no UTF-8 become U+FFFD. */
function urldecode(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}

function urlencode(value: Value): string {
  if (typeof value === "string" || !isIterable(value)) return percent(str(value), /[\w.~/-]/);
  const entries = value instanceof Dict ? value.entries() : pairs(value);
  const query = (each: Value): string => percent(str(each), /[\w.~-]/).replaceAll("%20", "+");
  return entries.map(([name, each]) => `${query(name)}=${query(each)}`).join("&");
}

/** RFC 3986's parts, named as Python's `urlsplit` names them. */
function urlsplit(args: Args): Value {
  const found = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(
    args.string("value"),
  );
  const [, scheme = "", netloc = "", path = "", query = "", fragment = ""] = found ?? [];
  const [, user, password, host, port] =
    /^(?:([^:@]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(netloc) ?? [];
  const parts = new Map<string, Value>([
    ["fragment", fragment],
    ["hostname", host === undefined || host === "" ? null : host.replace(/^\[|\]$/g, "").toLowerCase()],
    ["netloc", netloc],
    ["password", password ?? null],
    ["path", path],
    ["port", port === undefined || port === "" ? null : Number(port)],
    ["query", query],
    ["scheme", scheme.toLowerCase()],
    ["username", user ?? null],
  ]);
  const wanted = args.text("query");
  if (wanted === "") return new Dict(parts);
  const part = parts.get(wanted);
  return part === undefined ? fail(`a URL has no part \`${wanted}\``, { help: [...parts.keys()].join(", ") }) : part;
}
