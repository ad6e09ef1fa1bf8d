import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { listing } from "../../src/inventory/listing.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { ansible, ansibleVersion, listOf, missing, readPythonJson } from "./oracle.ts";

/**
 * Each folder is an inventory, odd on purpose; `command` says how it is given. What the real program answers for it
 * lies in odd.json (`RECORD=1` writes it anew).
 */
const folder = fileURLToPath(new URL("./odd/", import.meta.url));
const file = fileURLToPath(new URL("./odd.json", import.meta.url));
const names = readdirSync(folder).sort();

const argsOf = (name: string) => readFileSync(`${folder}${name}/command`, "utf8").trim().split(" ");
const answers = () => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

const requests = () => names.map((name) => ({ cwd: `${folder}${name}`, args: [...argsOf(name), "--list"] }));

async function real(): Promise<Record<string, unknown>> {
  const lists = (await ansible(requests())).map(listOf);
  return Object.fromEntries(names.map((name, index) => [name, lists[index]]));
}

describe("odd inventories", () => {
  it.runIf(process.env["RECORD"] === "1")("are recorded", { timeout: 120_000 }, async () => {
    writeFileSync(file, `${JSON.stringify({ ansible: ansibleVersion, ...(await real()) }, undefined, 2)}\n`);
  });

  it.each(names)("%s", async (name) => {
    const inventories = argsOf(name).filter((word) => word !== "-i");
    const inventory = await loadInventory(inventories, `${folder}${name}`);
    expect(readPythonJson(pythonJson(listing(inventory, { export: false })))).toEqual(answers()[name]);
  });

  it.skipIf(missing !== undefined)(
    `the answers are the real program's${missing === undefined ? "" : `: ${missing}`}`,
    { timeout: 120_000 },
    async () => {
      const { ansible: _, ...recorded } = answers();
      expect(await real()).toEqual(recorded);
    },
  );
});
