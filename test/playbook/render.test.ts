import { describe, expect, it } from "vitest";
import { hasTemplates, renderNode } from "../../src/playbook/render.ts";
import { readYaml } from "../../src/yaml/index.ts";

describe("renderNode", () => {
  const text = "a: '{{ x }}'\nb: [1, 'n{% if x %}', plain, !unsafe '{{ y }}']\n'{{ key }}': null\n";
  const node = readYaml({ file: "x.yml", text });

  it("renders texts with templates and nothing else, each with its place", () => {
    const seen: string[] = [];
    const { value } = renderNode(node, (template, place) => {
      seen.push(place.source.text.slice(place.start, place.end));
      return template === "{{ x }}" ? { native: true } : 7;
    });
    expect(value).toEqual({ a: { native: true }, b: [1, 7, "plain", "{{ y }}"], "{{ key }}": null });
    expect(seen).toEqual(["'{{ x }}'", "'n{% if x %}'"]);
  });

  it("knows where there is nothing to render", () => {
    expect(hasTemplates(node)).toBe(true);
    expect(hasTemplates(readYaml({ file: "x", text: "a: [1, !unsafe '{{ y }}', b]\n" }))).toBe(false);
  });
});
