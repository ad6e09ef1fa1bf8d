import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../src/core/problem.ts";
import { kindOfPath, readSource } from "../src/files.ts";
import { lineAndColumn } from "../src/core/source.ts";

const directory = mkdtempSync(join(tmpdir(), "dsrctl-files-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

async function problemWith(path: string) {
  try {
    await readSource(path, { shown: "x.yml" });
  } catch (error) {
    if (error instanceof InputError) return error.problems[0];
    throw error;
  }
  return undefined;
}

describe("readSource", () => {
  it("leaves a byte order mark out and the rest as it is", async () => {
    const source = await readSource(file("bom", "\ufeffa: é😀\r\n"), { shown: "bom" });
    expect(source).toEqual({ file: "bom", text: "a: é😀\r\n" });
  });

  const long = "é".repeat(5000);
  it.each([
    ["latin-1", Buffer.from("# \xfcber\n", "latin1"), 0xfc, 2, 1, 3],
    ["after good characters", Buffer.concat([Buffer.from("é😀\nx"), Buffer.from([0xff])]), 0xff, 8, 2, 2],
    ["a cut character at the end", Buffer.from([0x61, 0xf0, 0x9f, 0x98]), 0xf0, 1, 1, 2],
    ["an overlong form", Buffer.from([0x61, 0xc0, 0xaf]), 0xc0, 1, 1, 2],
    ["a surrogate", Buffer.from([0x61, 0xed, 0xa0, 0x80]), 0xed, 1, 1, 2],
    ["far in", Buffer.concat([Buffer.from(long), Buffer.from([0x80])]), 0x80, 10_000, 1, 5001],
    ["utf-16", Buffer.from("\ufeffa: 1\n", "utf16le"), 0xff, 0, 1, 1],
  ])("names the first byte that is not UTF-8: %s", async (name, bytes, byte, offset, line, column) => {
    const problem = await problemWith(file(name, bytes));
    expect(problem?.message).toBe(`the file is not UTF-8: byte 0x${byte.toString(16)} at offset ${offset}`);
    expect(problem?.place && lineAndColumn(problem.place)).toEqual({ line, column });
  });

  it("says why a file cannot be read", async () => {
    symlinkSync(join(directory, "loop"), join(directory, "loop"));
    expect((await problemWith(join(directory, "none")))?.message).toMatch(/`x.yml` does not exist/);
    expect((await problemWith(directory))?.message).toMatch(/is a directory/);
    expect((await problemWith(join(directory, "loop")))?.message).toMatch(/loop of symbolic links/);
    expect((await problemWith(join(file("plain", "x"), "y")))?.message).toMatch(/part of its path is a file/);
  });
});

it("tells files, directories and nothing apart", async () => {
  expect(await kindOfPath(directory)).toBe("directory");
  expect(await kindOfPath(file("some", ""))).toBe("file");
  expect(await kindOfPath(join(directory, "nothing"))).toBe("nothing");
});
