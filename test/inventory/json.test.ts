import fc from "fast-check";
import { expect, it } from "vitest";
import { readJson } from "../../src/inventory/json.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";

it("JSON means what it means to JSON.parse", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const reserved = /"(?:__proto__|constructor|prototype|__ansible_\w+)"/.test(text);
      if (reserved || /[0-9]{16}/.test(text)) return;
      const node = readJson({ file: "x.json", text }, { warn: () => undefined });
      expect(JSON.parse(pythonJson(node))).toEqual(JSON.parse(text));
    }),
    { numRuns: 2000 },
  );
});
