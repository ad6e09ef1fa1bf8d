/** The configuration that follows from descriptions, as the real keepalived judges it. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { configOf, textFor } from "../../src/keepalived/config.ts";
import { dsrOf } from "../../src/site/derive/index.ts";
import type { Dsr } from "../../src/site/derive/dsr.ts";
import { ask, installed, missing } from "../keepalived/oracle.ts";
import { anySite } from "./any-site.ts";
import { readInventory, siteOf } from "./read.ts";

vi.setConfig({ testTimeout: 120_000 });

/** The scripts are not on this machine. */
const ABSENT = /\/etc\/keepalived\/scripts\/\w+|^Disabling track script \w+ since not found/;

async function complaints({ keepalived }: Dsr): Promise<readonly string[]> {
  const config = configOf(keepalived);
  if ("problems" in config) throw new Error(JSON.stringify(config.problems));
  const { messages } = await ask(textFor(config, installed));
  return messages.filter((message) => !ABSENT.test(message));
}

describe.skipIf(missing !== undefined)(`keepalived ${installed}${missing ?? ""} takes without a word`, () => {
  test.each(["inventories/prod", "inventories/lab", "test/twin/inventory", "test/site/everything"])(
    "%s",
    async (name) => {
      const { inventory, sites } = await readInventory(name);
      expect(sites.problems).toEqual([]);
      const all = [...inventory.hosts.keys()].flatMap((host) => sites.dsrOf(host) ?? []);
      const directors = all.filter(({ keepalived }) => Object.keys(keepalived).length > 0);
      expect(directors.length).toBeGreaterThan(1);
      for (const dsr of directors) expect(await complaints(dsr)).toEqual([]);
    },
  );

  test("any site", async () => {
    for (const { description, hosts } of fc.sample(anySite, { numRuns: 40 })) {
      const { site } = siteOf(description, hosts);
      const [director] = site.instances[0]?.directors ?? [];
      expect(await complaints(dsrOf(director!.host, site))).toEqual([]);
    }
  });
});
