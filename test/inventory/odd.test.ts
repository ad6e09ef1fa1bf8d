import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { graph, listing } from "../../src/inventory/listing.ts";
import type { ListingOptions } from "../../src/inventory/listing.ts";
import { yamlListing } from "../../src/inventory/listing-yaml.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import type { Inventory } from "../../src/inventory/types.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { expected, isCore219 } from "../core-2.19.ts";
import { alsoRead, withBytes, withProfile, yamlGroups } from "./core-2.19.ts";
import { ansible, ansibleVersion, listOf, missing, readPythonJson } from "./oracle.ts";

/**
 * Each directory is an inventory, odd on purpose; `command` says how it is given. What the real program answers for it
 * lies in odd.json (`RECORD=1` writes it anew).
 */
const directory = fileURLToPath(new URL("./odd/", import.meta.url));
const file = fileURLToPath(new URL("./odd.json", import.meta.url));
const names = readdirSync(directory).sort();

const argsOf = (name: string) => readFileSync(`${directory}${name}/command`, "utf8").trim().split(" ");
const inventoriesOf = (name: string) => argsOf(name).filter((word) => word !== "-i");
const answers = () => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

const requests = () => names.map((name) => ({ cwd: `${directory}${name}`, args: [...argsOf(name), "--list"] }));

/** The inventory as the installed Ansible reads it. */
const load = (name: string) => {
  const more = name === "dir-merged" ? alsoRead(["inv/ignored.ini"]) : [];
  return loadInventory([...inventoriesOf(name), ...more], `${directory}${name}`);
};

/** `--list` of all, as the installed Ansible is expected to show it. */
async function lists(options: ListingOptions): Promise<Record<string, unknown>> {
  const loaded = await Promise.all(names.map(load));
  const ours = loaded.map((each) => readPythonJson(pythonJson(listing(each, options))));
  const shown = ours.map((list, index) => withBytes(withProfile(list), names[index] === "ini-values" ? ["bytes"] : []));
  return Object.fromEntries(names.map((name, index) => [name, shown[index]]));
}

async function real(): Promise<Record<string, unknown>> {
  const lists = (await ansible(requests())).map(listOf);
  return Object.fromEntries(names.map((name, index) => [name, lists[index]]));
}

describe("odd inventories", () => {
  it.runIf(process.env["RECORD"] === "1")("are recorded", { timeout: 120_000 }, async () => {
    writeFileSync(file, `${JSON.stringify({ ansible: ansibleVersion, ...(await real()) }, undefined, 2)}\n`);
  });

  it.each(names)("%s", async (name) => {
    const inventory = await loadInventory(inventoriesOf(name), `${directory}${name}`);
    expect(readPythonJson(pythonJson(listing(inventory, { export: false })))).toEqual(answers()[name]);
  });

  it.skipIf(missing !== undefined)(
    `the answers are the real program's${missing === undefined ? "" : `: ${missing}`}`,
    { timeout: 120_000 },
    async () => {
      // Each of ours is the recorded one: that is the test before.
      const { ansible: _, ...recorded } = answers();
      expect(await real()).toEqual(isCore219 ? await lists({ export: false }) : recorded);
    },
  );

  /** Where the texts differ: keys that are no texts, tuples, and Ansible's failing at numbers and vaults in a tree. */
  const DIFFERS: Readonly<Record<string, readonly string[]>> = {
    "--list --yaml --export": [
      "ini-vars-values",
      ...expected<readonly string[]>("anchors", [], () => ["yaml-anchors"]),
      "yaml-keys",
    ],
    "--graph --vars": [
      ...expected<readonly string[]>("graph-tuples", ["ini-values"], () => []),
      ...["ini-vars-values", "vaulted", "yaml-keys"],
    ],
  };

  /** Ways to print, as the command line asks for them; the texts are compared, not what they mean. */
  const WAYS = {
    "--list --yaml --export": (inventory: Inventory) =>
      yamlGroups(yamlListing(inventory, { export: true }), (group) => inventory.groups.get(group)?.children ?? []),
    "--graph --vars": (inventory: Inventory) => {
      const all = inventory.groups.get("all");
      return `${all === undefined ? "" : graph(inventory, all, { vars: true }).join("\n")}\n`;
    },
  };

  it.skipIf(missing !== undefined).each(Object.entries(WAYS))(
    "%s prints what the real program prints",
    { timeout: 120_000 },
    async (way, print) => {
      const asked = names.map((name) => ({ cwd: `${directory}${name}`, args: [...argsOf(name), ...way.split(" ")] }));
      const theirs = (await ansible(asked)).map(({ out }) => out);
      const ours = (await Promise.all(names.map(load))).map(print);
      const differ = names.filter((_, index) => ours[index] !== theirs[index]);
      expect(differ).toEqual(DIFFERS[way]);
    },
  );

  it.skipIf(missing !== undefined)("--list --export means what it means there", { timeout: 120_000 }, async () => {
    const args = (name: string) => [...argsOf(name), "--list", "--export"];
    const theirs = (await ansible(names.map((name) => ({ cwd: `${directory}${name}`, args: args(name) })))).map(listOf);
    expect(await lists({ export: true })).toEqual(
      Object.fromEntries(names.map((name, index) => [name, theirs[index]])),
    );
  });
});
