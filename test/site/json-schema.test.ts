import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { siteJsonSchema } from "../../src/site/json-schema.ts";

const schema = siteJsonSchema();
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema as object);

function wrong(data: unknown): readonly string[] {
  return validate(data) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const wronged = (text: string): readonly string[] => wrong(parse(text, { version: "1.1" }));

test.each(["inventories/prod", "inventories/lab", "test/twin/inventory", "test/site/everything"])(
  "the description of %s is as the schema says",
  (inventory) => expect(wronged(readFileSync(`${inventory}/group_vars/all.yml`, "utf8"))).toEqual([]),
);

const SITE = {
  networks: { service: { interface: "eth0", subnets: ["192.0.2.0/24"] } },
  vrrp_instances: { A: { virtual_router_id: 11, vips: { www: "192.0.2.80" } } },
  services: { www: { vips: ["www"], port: 80 } },
};

test.each([
  ["other variables", { site: SITE, ansible_user: "admin" }],
  ["only the variable of a host", { site_host: { receiver: "lo" } }],
  ["templates in the place of values", { site: { ...SITE, zone: "{{ zone }}", services: "{{ services }}" } }],
  ["a template for the whole", { site: "{{ sites[0] }}" }],
])("%s: accepted", (_what, data) => expect(wrong(data)).toEqual([]));

test.each([
  ["an unknown key", { site: { ...SITE, servces: {} } }],
  ["an unknown key deep inside", { site: { ...SITE, services: { www: { vips: ["www"], prot: 80 } } } }],
  ["a word that is none of the possible", { site_host: { receiver: "loopback" } }],
  ["no network", { site: { ...SITE, networks: undefined } }],
])("%s: not", (_what, data) => expect(wrong(JSON.parse(JSON.stringify(data)))).not.toEqual([]));

test("the committed file is the schema", () => {
  expect(JSON.parse(readFileSync("docs/site.schema.json", "utf8"))).toEqual(JSON.parse(JSON.stringify(schema)));
});
