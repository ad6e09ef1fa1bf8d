/** What is said of wrong passwords and damaged vaults (B68 to B71 of the catalogue of bad inputs), by the program itself. */
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dsrctl } from "./dsrctl.ts";

const inputs = fileURLToPath(new URL("../golden/vault/inputs/", import.meta.url));
const golden = fileURLToPath(new URL("../golden/vault/", import.meta.url));

/** Modes are no matter of version control. */
const EXECUTABLE = ["password", "my-client", "fails", "says-nothing"];
const READABLE = ["readable"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dsrctl-screens-"));
  cpSync(inputs, folder, { recursive: true });
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const mode = EXECUTABLE.includes(entry.name) ? 0o700 : READABLE.includes(entry.name) ? 0o644 : 0o600;
    chmodSync(join(entry.parentPath, entry.name), mode);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const cases = readdirSync(inputs).filter((name) => statSync(join(inputs, name)).isDirectory());

describe("what is said of vaults and their passwords", { timeout: 30_000 }, () => {
  it.each(cases.sort())("%s", async (id) => {
    const cwd = join(folder, id);
    const command = readFileSync(join(cwd, "command"), "utf8").trim();
    const { code, out, err } = await dsrctl(cwd, ...command.split(" "));
    const shown = `$ dsrctl ${command}\n${out.toString()}${err}exit ${code}\n`.replaceAll(
      /took \d+\.\d s/g,
      "took 0.0 s",
    );
    expect(shown).not.toMatch(/hunter2|correct|horse|battery/);
    await expect(shown).toMatchFileSnapshot(join(golden, `${id}.txt`));
  });
});
