import fc from "fast-check";
import { parseEnvelope } from "../../src/vault/envelope.ts";
import { Password } from "../../src/vault/password.ts";
import { plain, readYaml } from "../../src/yaml/index.ts";
import type { Reader } from "./reader.ts";

const word = new Password("default", Buffer.from("word"));
const sound = await word.seal(Buffer.from("some content, long enough for a few lines of digits"));
const inline = `a: 1\nv: !vault |\n    ${sound.trimEnd().replaceAll("\n", "\n    ")}\nb: [!vault "x", {"__ansible_vault": "y"}]\n`;

function damaged(text: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const put = fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom(...pieces));
  const edit = fc.record({ at: fc.nat(text.length), cut: fc.nat(40), put });
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce((made, { at, cut, put: extra }) => made.slice(0, at) + extra + made.slice(at + cut), text),
    );
}

const header = sound.indexOf("\n") + 1;

const file: Reader = {
  name: "vault",
  texts: fc.oneof(
    damaged(sound, ["\n", "\r\n", ";", "\0", "g", "0", "\u2028", "__proto__"]),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `$ANSIBLE_VAULT${text}`),
  ),
  planted: fc.integer({ min: header, max: sound.length - 2 }).map((at) => ({
    ...{ text: `${sound.slice(0, at)}g${sound.slice(at)}`, start: at, end: at + 1 },
  })),
  read: (text, tell) => {
    const read = parseEnvelope(text);
    if (!("message" in read)) return;
    const { message, start, end } = read;
    tell({ severity: "error", code: "vault-format", message, place: { source: { file: "fuzz", text }, start, end } });
  },
};

const inYaml: Reader = {
  name: "vault-in-yaml",
  texts: damaged(inline, ["!vault ", "|", ">", "\n", "  ", "{", "&a ", "*a", "<<: "]),
  planted: fc.integer({ min: inline.indexOf("\n    ", 20) + 5, max: inline.indexOf("b: [") - 2 }).map((at) => ({
    ...{ text: `${inline.slice(0, at)}g${inline.slice(at)}`, start: at, end: at + 1 },
  })),
  read: (text, tell) => void JSON.stringify(plain(readYaml({ file: "fuzz", text }, tell))),
};

export const VAULT: readonly Reader[] = [file, inYaml];
