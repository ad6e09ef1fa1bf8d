import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { templates } from "../src/jinja/templates.ts";
import { taskTypes } from "../src/tasks/index.ts";
import { screen } from "./golden/screen.ts";

/** Each directory is a wrong input (the IDs are those of the catalogue of bad inputs); beside it lies what is said of it. */
const inputs = fileURLToPath(new URL("./golden/inputs/", import.meta.url));
const golden = fileURLToPath(new URL("./golden/", import.meta.url));

describe("what is said of wrong input", () => {
  it.each(readdirSync(inputs).sort())("%s", async (id) => {
    const cwd = `${inputs}${id}`;
    const command = readFileSync(`${cwd}/command`, "utf8");
    const shown = await screen(command, { cwd, types: taskTypes, templates: templates() });
    await expect(shown).toMatchFileSnapshot(`${golden}${id}.txt`);
  });
});
