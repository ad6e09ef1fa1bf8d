/** What is said of wrong passwords and damaged vaults (B68 to B71 of the catalogue of bad inputs), by the program itself. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { screensOf } from "../golden/program.ts";

const golden = fileURLToPath(new URL("../golden/vault/", import.meta.url));
const screens = screensOf(join(golden, "inputs"));
afterAll(screens.remove);

describe("what is said of vaults and their passwords", { timeout: 30_000 }, () => {
  it.each(screens.names)("%s", async (name) => {
    const shown = await screens.screen(name);
    expect(shown).not.toMatch(/hunter2|correct|horse|battery/);
    await expect(shown).toMatchFileSnapshot(join(golden, `${name}.txt`));
  });
});
