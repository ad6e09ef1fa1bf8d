/**
 * Distributions by their files. `distributions.json`: the facts are those that `setup` of ansible-core 2.14.18 reports where these
 * files are /etc (the `Distribution` class of its facts, run in a mount namespace with each of these directories over /etc).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { distributionOf } from "../../src/engine/variables/distribution.ts";
import { readFacts } from "../../src/engine/variables/facts.ts";

interface Known {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
}

const KNOWN = JSON.parse(readFileSync(join(import.meta.dirname, "distributions.json"), "utf8")) as readonly Known[];

test.each(KNOWN.map((each) => [each.name, each] as const))("%s", (_, { files, facts }) => {
  const own = files["/etc/oracle-release"] ?? files["/etc/redhat-release"] ?? "";
  expect(
    distributionOf({ os: files["/etc/os-release"] ?? "", own, debian: files["/etc/debian_version"] ?? "" }),
  ).toEqual(facts);
});

test("RHEL 6 has no os-release", () => {
  const own = "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n";
  expect(distributionOf({ os: "", own, debian: "" })).toEqual({
    distribution: "RedHat",
    distribution_version: "6.10",
    distribution_major_version: "6",
    distribution_release: "Santiago",
    os_family: "RedHat",
  });
});

test("no file at all", () => {
  const facts = distributionOf({ os: "", own: "", debian: "" });
  expect(new Set(Object.values(facts))).toEqual(new Set(["n/a"]));
});

test("the facts of a host are read from all of them", () => {
  const out = `web1.example.org\n5.14.0\nx86_64\nsystemd
--os\nNAME="CentOS Linux"\nID="centos"\nVERSION="7 (Core)"\nVERSION_ID="7"
--release\nCentOS Linux release 7.9.2009 (Core)
--debian
--route\ndefault via 192.0.2.254 dev eth0 proto static
--addresses\nlo 127.0.0.1/8\neth0 192.0.2.7/24
`;
  expect(readFacts({ code: 0, out, err: "", bytes: Buffer.from(out) })).toEqual({
    hostname: "web1",
    kernel: "5.14.0",
    architecture: "x86_64",
    distribution: "CentOS",
    distribution_version: "7.9",
    distribution_major_version: "7",
    distribution_release: "Core",
    os_family: "RedHat",
    default_ipv4: { address: "192.0.2.7", interface: "eth0" },
    all_ipv4_addresses: ["192.0.2.7"],
    interfaces: ["lo", "eth0"],
    service_mgr: "systemd",
  });
});
