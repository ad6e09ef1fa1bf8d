/** What follows from a description for each host: as text to read, and as the task types judge it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { check } from "../../src/core/schema.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Variables } from "../../src/inventory/types.ts";
import { cannotBeFor, configOf } from "../../src/keepalived/config.ts";
import { RELEASES } from "../../src/keepalived/dialect.ts";
import { dsrOf } from "../../src/site/derive/index.ts";
import type { Dsr } from "../../src/site/derive/dsr.ts";
import { firewalld } from "../../src/tasks/firewalld.ts";
import { firewalldDirect } from "../../src/tasks/firewalld_direct.ts";
import { http } from "../../src/tasks/http.ts";
import { ipvs } from "../../src/tasks/ipvs.ts";
import { keepalived } from "../../src/tasks/keepalived.ts";
import { reachable } from "../../src/tasks/reachable.ts";
import { sysctl } from "../../src/tasks/sysctl.ts";
import { vip } from "../../src/tasks/vip.ts";
import { anySite } from "./any-site.ts";
import { readInventory, siteOf } from "./read.ts";

const INVENTORIES = ["inventories/prod", "inventories/lab", "test/twin/inventory", "test/site/everything"] as const;

describe.each(INVENTORIES)("%s", (inventory) => {
  test("follows for each host as it is written down", async () => {
    const { inventory: read, sites } = await readInventory(inventory);
    expect(sites.problems).toEqual([]);
    for (const host of read.hosts.keys()) {
      const file = `dsr/${inventory.replaceAll("/", "-")}/${host}.yml`;
      await expect(shown(sites.dsrOf(host))).toMatchFileSnapshot(file);
    }
  });
});

test("inventories/lab by the article's way", async () => {
  const profile = { name: "profile", value: "article" };
  const { inventory, sites } = await readInventory("inventories/lab", process.cwd(), extra(profile));
  for (const host of inventory.hosts.keys())
    await expect(shown(sites.dsrOf(host))).toMatchFileSnapshot(`dsr/inventories-lab-article/${host}.yml`);
});

describe("any site", () => {
  test("gives every task type arguments that it takes", () => {
    fc.assert(
      fc.property(anySite, ({ description, hosts }) => {
        const { site, problems } = siteOf(description, hosts);
        expect(problems.filter(({ severity }) => severity !== "warning")).toEqual([]);
        for (const host of site.hosts) expect(refused(dsrOf(host, site))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("is the same for all directors of an instance, but for their priorities and addresses", () => {
    fc.assert(
      fc.property(anySite, ({ description, hosts }) => {
        const { site } = siteOf(description, hosts);
        for (const { directors } of site.instances) {
          const all = directors.map(({ host }) => dsrOf(host, site));
          const tables = all.map(({ ipvs: table, keepalived: config }) => ({
            table,
            servers: config["virtual_server"],
          }));
          expect(tables).toEqual(tables.map(() => tables[0]));
          for (const { table, servers } of tables)
            expect(Object.values(servers as object).flat()).toHaveLength(table.length);
          expect(new Set(directors.map(({ priority }) => priority)).size).toBe(directors.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("opens every port on all directors of its VIP, and receives it on all real servers", () => {
    fc.assert(
      fc.property(anySite, ({ description, hosts }) => {
        const { site } = siteOf(description, hosts);
        for (const { ports, vips, servers, sorry, data } of site.services) {
          const open = ports.map((port) => `${port}/${data.protocol}`);
          const receiving = [...servers, ...(sorry === undefined ? [] : [sorry])].map((host) => dsrOf(host, site));
          for (const { ports: given, receiver } of receiving) {
            expect(given).toEqual(expect.arrayContaining(open));
            const wanted = vips.flatMap(({ address }) =>
              ports.map((port) => `-d ${address} -p ${data.protocol} --dport ${port} `),
            );
            const text = receiver.direct_rules.map(({ rule }) => rule).join("\n");
            expect(wanted.filter((part) => !text.includes(part))).toEqual([]);
            expect(receiver.vips).toEqual(expect.arrayContaining(vips.map(({ address }) => address)));
            expect(receiver.rich_rules).toHaveLength(receiver.direct_rules.length);
          }
          const forwarding = site.instances.filter(({ name }) => vips.some(({ instance }) => instance === name));
          for (const { host } of forwarding.flatMap(({ directors }) => directors))
            expect(dsrOf(host, site).ports).toEqual(expect.arrayContaining(open));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("wants nothing of a host that is neither director, real server nor client", () => {
    fc.assert(
      fc.property(anySite, ({ description, hosts }) => {
        const { site } = siteOf(description, hosts);
        const { profile: _profile, zone: _zone, addresses: _addresses, ...dsr } = dsrOf(site.hosts.at(-1)!, site);
        const lists = Object.values({ ...dsr, ...dsr.receiver, receiver: [], way: [] });
        expect(lists.filter((each) => Object.keys(each as object).length > 0)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

function extra({ name, value }: { readonly name: string; readonly value: string }): Variables {
  const source = { file: "-e", text: `${name}=${value}` };
  const place = { source, start: 0, end: 1 };
  return new Map([[name, { value, place, keyPlace: place } as unknown as never]]);
}

function shown(dsr: Dsr | undefined): string {
  const replacer = (_key: unknown, value: unknown): unknown => (value instanceof Secret ? "(secret)" : value);
  return stringify(dsr, replacer, { lineWidth: 120, aliasDuplicateObjects: false });
}

/** What task types have against the arguments that playbooks/site.yml gives them, and keepalived's advice. */
function refused(dsr: Dsr): readonly unknown[] {
  const rules = [...dsr.rich_rules, ...dsr.receiver.rich_rules];
  const direct = [...dsr.direct_rules, ...dsr.untracked_rules, ...dsr.receiver.direct_rules, ...dsr.obsolete_rules];
  const given = [
    ...rules.map((rule) => check(firewalld.args, { zone: dsr.zone, rich_rule: rule })),
    ...dsr.ports.map((port) => check(firewalld.args, { zone: dsr.zone, port })),
    ...direct.map((rule) => check(firewalldDirect.args, rule)),
    ...dsr.sysctls.map((each) => check(sysctl.args, each)),
    ...dsr.vips.map(({ address }) => check(vip.args, { address, owners: 1 })),
    ...dsr.reach.map(({ address, port }) => check(reachable.args, { address, port })),
    ...dsr.probes.map(({ url, status }) => check(http.args, { url, status })),
    ...(dsr.ipvs.length === 0 ? [] : [check(ipvs.args, { services: dsr.ipvs })]),
    ...(Object.keys(dsr.keepalived).length === 0 ? [] : [check(keepalived.args, { config: dsr.keepalived })]),
  ];
  const config = configOf(dsr.keepalived);
  const wrong = "problems" in config ? config.problems : RELEASES.flatMap((release) => cannotBeFor(config, release));
  // keepalived before 2.2.0 drains no real server: docs/site.md says so.
  const unexpected = wrong.filter((each) => !JSON.stringify(each).includes("it does not take `weight 0`"));
  return [...given.flatMap((each) => ("problems" in each ? each.problems : [])), ...unexpected];
}
