import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Keyring } from "../../src/vault/keyring.ts";
import { Password } from "../../src/vault/password.ts";
import { unlock } from "../../src/yaml/unlock.ts";
import { plain, readYaml } from "../../src/yaml/index.ts";

const word = new Password("prod", Buffer.from("correct horse"));
const other = new Password("default", Buffer.from("battery staple"));

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
    expect(`${String(v as unknown)} ${JSON.stringify(plain(open!))}`).not.toContain("hunter22");
    const shut = (plain(closed!) as Record<string, { reveal(): string }>)["v"];
    expect(() => shut?.reveal()).toThrow(
      /cannot decrypt this value \(vault id `prod`\): no password was given for this id/,
    );
  });
});
