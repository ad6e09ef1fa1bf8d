/** What the program says to wrong input, command by command; the IDs are those of the catalogue of bad inputs. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { screensOf } from "../golden/program.ts";

const golden = fileURLToPath(new URL("../golden/program/", import.meta.url));
const screens = screensOf(join(golden, "inputs"));
afterAll(screens.remove);

describe("what the program says", { timeout: 30_000 }, () => {
  it.each(screens.names)("%s", async (name) => {
    const shown = await screens.screen(name);
    expect(shown).not.toMatch(/\u001b/);
    await expect(shown).toMatchFileSnapshot(join(golden, `${name}.txt`));
  });
});
