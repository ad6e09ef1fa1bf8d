import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Malformed, readXml } from "../../../src/firewalld/xml.ts";
import type { Element } from "../../../src/firewalld/xml.ts";

function read(source: string): Element {
  const root = readXml(source);
  if (root instanceof Malformed) throw new Error(root.why);
  return root;
}

function why(source: string): string {
  const root = readXml(source);
  return root instanceof Malformed ? root.why : "it is well-formed";
}

describe("readXml", () => {
  it("reads elements, attributes and text in any of their spellings", () => {
    const root = read(`\uFEFF<?xml version="1.0" encoding="utf-8"?>\r\n<!-- <zone target="DROP"> -->
<zone target='%%REJECT%%' a.b-c = "1" ><short>a<![CDATA[<b> &amp; ]]>c</short
><port protocol="tcp"\n port="80"/></zone >\n<!-- end -->\n`);
    expect([...root.attributes]).toEqual([
      ["target", "%%REJECT%%"],
      ["a.b-c", "1"],
    ]);
    expect(root.children.map(({ name }) => name)).toEqual(["short", "port"]);
    expect(root.children[0]?.text).toBe("a<b> &amp; c");
    expect(root.children[1]?.attributes.get("port")).toBe("80");
  });

  it("replaces entities and character references in text and attributes", () => {
    const root = read(`<a b="&lt;&quot;&#39;&#x41;&amp;lt;">&gt;&apos;&#128512;</a>`);
    expect(root.attributes.get("b")).toBe(`<"'A&lt;`);
    expect(root.text).toBe(`>'😀`);
  });

  it.each([
    ["", "there is no element"],
    ["<a>", "<a> is not closed"],
    ["<a><b></a></b>", "line 1: </a> closes nothing that is open"],
    ["</a>", "closes nothing"],
    ["<a/><b/>", "more than one element"],
    ["<a/>b", "text outside"],
    ["<a b=c/>", "line 1: cannot read `<a b=c/>`"],
    ["<a b='1' b='2'/>", "the attribute `b` is there twice"],
    ["<a\nb='<'/>", "cannot read"],
    ["<a>\n\n&nbsp;</a>", "an entity that is not known"],
    ["<a>a & b</a>", "an entity that is not known"],
    ["<a b='&#0;'/>", "an entity that is not known in the attribute `b`"],
    ["<a>&#x110000;</a>", "an entity that is not known"],
    ["<a><!-- -- --></a>", "cannot read"],
    ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "line 1: cannot read `<!DOCTYPE a"],
    ["<a>\n<b c='1\n</a>", "line 2: cannot read `<b c='1`"],
  ])("%j is not well-formed", (source, part) => expect(why(source)).toContain(part));

  it("reads back what is escaped", () => {
    const escape = (text: string): string =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
    const text = fc.string({ unit: "grapheme" }).map((it) => it.replaceAll(/[\r\n\t\0]/g, " "));
    fc.assert(
      fc.property(text, text, (attribute, content) => {
        const root = read(`<a b="${escape(attribute)}">${escape(content)}</a>`);
        expect([root.attributes.get("b"), root.text]).toEqual([attribute, content]);
      }),
    );
  });

  it("takes time in proportion to what it reads", () => {
    const many = `<direct>${'<rule ipv="ipv4" table="nat" chain="PREROUTING" priority="0">-j DROP</rule>\n'.repeat(20_000)}</direct>`;
    const start = performance.now();
    expect(read(many).children).toHaveLength(20_000);
    expect(readXml(`<a${" b".repeat(50_000)}`)).toBeInstanceOf(Malformed);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
