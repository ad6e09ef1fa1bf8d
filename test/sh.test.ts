import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../src/core/secret.ts";
import { lines, quote, sh } from "../src/core/shell.ts";

describe("sh", () => {
  test("quotes every word, splices fragments, makes several words of a list", () => {
    const part = sh`a ${"b c"}`;
    expect(sh`x ${"it's"} ${["d", "e f"]} ${part} ${7}`.text()).toBe(`x 'it'\\''s' d 'e f' a 'b c' 7`);
  });

  test("shows dots where a secret stands, whatever it is put into", () => {
    const made = lines([sh`log in`, sh`sudo ${new Secret("hunter2")} ${[new Secret("swordfish")]}`]);
    expect(made.text()).toBe("log in\nsudo hunter2 swordfish");
    for (const shown of [made.shown(), String(made), JSON.stringify({ made })]) {
      expect(shown).not.toMatch(/hunter2|swordfish/);
      expect(shown).toContain("••••");
    }
  });

  test("keeps backslashes, and lets the shell have its own ${ }", () => {
    expect(sh`printf '\n' "\${x%:*}" ${"y"}`.text()).toBe("printf '\\n' \"${x%:*}\" y");
  });

  test("refuses a NUL byte", () => {
    expect(() => quote("a\0b")).toThrow(RangeError);
  });

  test("leaves any text one word for a real shell", () => {
    const word = fc.string({ unit: "binary", maxLength: 60 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(word, (text) => {
        const printed = execFileSync("/bin/sh", ["-c", sh`printf %s ${text}`.text()]);
        expect(printed.equals(Buffer.from(text))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
