import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/failure.ts";
import { parseEnvelope } from "../../src/vault/envelope.ts";
import { Keyring } from "../../src/vault/keyring.ts";
import { Password } from "../../src/vault/password.ts";
import { unlock } from "../../src/yaml/unlock.ts";
import { plain, readYaml } from "../../src/yaml.ts";

const word = new Password("prod", Buffer.from("correct horse"));
const other = new Password("default", Buffer.from("battery staple"));

/** Seconds of fuzzing: `FUZZ_SECONDS=60`. */
const seconds = Number(process.env["FUZZ_SECONDS"] ?? "2");
const bounded = { numRuns: 1_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false };

describe("the text of a vault", { timeout: 30_000 }, () => {
  it("comes back as it was, with the id told", async () => {
    const contents = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/));
    await fc.assert(
      fc.asyncProperty(contents, async ([content, id]) => {
        const read = await new Keyring([other, word]).read(await word.seal(content, id));
        expect("bytes" in read && Buffer.from(content).equals(read.bytes)).toBe(true);
        expect("bytes" in read && read.password.id).toBe("prod");
      }),
      { numRuns: 40 },
    );
  });

  it("is read with CR LF, blank lines and white space around its lines", async () => {
    const text = await word.seal(Buffer.from("x"));
    for (const odd of [
      text.replaceAll("\n", "\r\n"),
      text.replaceAll("\n", "\n\n  "),
      text.trimEnd(),
      text.toUpperCase().replace("DSRCTL", ""),
    ]) {
      const read = await new Keyring([word]).read(odd.replace("PROD", "prod"));
      expect("bytes" in read && read.bytes.toString()).toBe("x");
    }
  });

  /** The hexadecimal digits inside the hexadecimal text; a capital means the same. */
  const inner = (hex: string): string => Buffer.from(hex.replaceAll("\n", ""), "hex").toString("latin1").toLowerCase();

  it("every altered bit is noticed", async () => {
    const text = await word.seal(Buffer.from("some content"));
    const from = text.indexOf("\n") + 1;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: from, max: text.length - 2 }),
        fc.constantFrom(..."0123456789abcdef"),
        async (at, digit) => {
          const altered = text.slice(0, at) + digit + text.slice(at + 1);
          const read = await new Keyring([word]).read(altered);
          if (inner(altered.slice(from)) === inner(text.slice(from))) return;
          const whole = altered === text || text.charAt(at) === "\n" || at === from;
          if (!whole || altered === text) expect("bytes" in read).toBe(altered === text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("never throws, and shows damage on the line that has it (fuzz)", { timeout: (seconds + 20) * 1000 }, async () => {
    const sound = await word.seal(Buffer.from("some content, long enough for a few lines of digits"));
    const edit = fc.record({
      at: fc.nat(sound.length),
      cut: fc.nat(40),
      put: fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.constantFrom("\n", "\r\n", ";", "\0", "g", "0", "\u2028", "__proto__"),
      ),
    });
    const damaged = fc
      .array(edit, { minLength: 1, maxLength: 4 })
      .map((edits) => edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), sound));
    fc.assert(
      fc.property(
        fc.oneof(
          damaged,
          fc.string({ unit: "binary" }),
          fc.string().map((text) => `$ANSIBLE_VAULT${text}`),
        ),
        (text) => {
          const read = parseEnvelope(text);
          if (!("message" in read)) return;
          expect(read.start).toBeGreaterThanOrEqual(0);
          expect(read.end).toBeLessThanOrEqual(text.length);
          if (read.message.includes("hexadecimal")) expect(text.slice(read.start, read.end)).toMatch(/^[^0-9a-f]+$/isu);
        },
      ),
      bounded,
    );
    expect({}).not.toHaveProperty("polluted");
  });

  it(
    "in YAML never throws anything but wrong input, whose places lie in the file (fuzz)",
    { timeout: (seconds + 20) * 1000 },
    async () => {
      const sound = (await word.seal(Buffer.from("x"))).trimEnd().replaceAll("\n", "\n    ");
      const file = `a: 1\nv: !vault |\n    ${sound}\nb: [!vault "x", {"__ansible_vault": "y"}]\n`;
      const edit = fc.record({
        at: fc.nat(file.length),
        cut: fc.nat(30),
        put: fc.oneof(
          fc.string({ maxLength: 6 }),
          fc.constantFrom("!vault ", "|", ">", "\n", "  ", "{", "&a ", "*a", "<<: "),
        ),
      });
      fc.assert(
        fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
          const text = edits.reduce((made, { at, cut, put }) => made.slice(0, at) + put + made.slice(at + cut), file);
          try {
            JSON.stringify(plain(readYaml({ file: "f.yml", text })));
          } catch (error) {
            if (!(error instanceof InputError)) throw error;
            for (const { place } of error.problems) {
              if (place === undefined) continue;
              expect(place.start).toBeLessThanOrEqual(place.end);
              expect(place.end).toBeLessThanOrEqual(text.length);
            }
          }
        }),
        bounded,
      );
    },
  );
});

describe("an encrypted value", () => {
  it("is a secret of its own kind, and closed where no password fits", async () => {
    const sealed = (await word.seal(Buffer.from("hunter22"))).trimEnd().replaceAll("\n", "\n  ");
    const text = `v: !vault |\n  ${sealed}\nj: {"__ansible_vault": ${JSON.stringify(await word.seal(Buffer.from("json")))}}\n`;
    const [open, closed] = [0, 1].map(() => readYaml({ file: "f.yml", text }));
    await unlock(open!, new Keyring([word]));
    await unlock(closed!, new Keyring([other]));
    const { v, j } = plain(open!) as Record<string, { reveal(): string }>;
    expect([v?.reveal(), j?.reveal()]).toEqual(["hunter22", "json"]);
    expect(`${String(v)} ${JSON.stringify(plain(open!))}`).not.toContain("hunter22");
    const shut = (plain(closed!) as Record<string, { reveal(): string }>)["v"];
    expect(() => shut?.reveal()).toThrow(
      /cannot decrypt this value \(vault id `prod`\): no password was given for this id/,
    );
  });
});
