/**
 * Reads the facts of a host, only if an expression uses them. The names are Ansible's (`ansible_facts.os_family`, short
 * `facts.os_family`). The values come from the host: they are data, never templates.
 */
import { distributionOf } from "./distribution.ts";
import type { Distribution } from "./distribution.ts";
import { sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import type { Output } from "../../core/task-type.ts";

export interface Facts extends Distribution {
  readonly hostname: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly default_ipv4: { readonly address: string; readonly interface: string } | Readonly<Record<string, never>>;
  readonly all_ipv4_addresses: readonly string[];
  readonly interfaces: readonly string[];
  readonly service_mgr: string;
}

/** Names by which playbooks ask for facts. */
export const FACT_NAMES: ReadonlySet<string> = new Set(["facts", "ansible_facts"]);

export const factsLook: Sh = sh`uname -n; uname -r; uname -m
cat /proc/1/comm 2>/dev/null || echo unknown
echo --os
cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
printf '\n--release\n'
cat /etc/oracle-release 2>/dev/null || cat /etc/redhat-release 2>/dev/null
printf '\n--debian\n'
cat /etc/debian_version 2>/dev/null
printf '\n--route\n'
ip -4 route show default 2>/dev/null
echo --addresses
ip -4 -o addr show 2>/dev/null | awk '{ print $2, $4 }'`;

export function readFacts(seen: Output): Facts {
  const parts = seen.out.split(/^--(?:os|release|debian|route|addresses)\n/m);
  const [head = "", os = "", own = "", debian = "", route = "", addresses = ""] = parts;
  const [hostname = "", kernel = "", architecture = "", init = ""] = head.split("\n");
  const ips = addresses.split("\n").flatMap((line) => {
    const [name, prefix] = line.split(" ");
    return name === undefined || prefix === undefined ? [] : [{ name, address: prefix.split("/")[0] ?? "" }];
  });
  const device = / dev (\S+)/.exec(route)?.[1];
  const primary = ips.find(({ name }) => name === device);
  return {
    hostname: hostname.split(".")[0] ?? "",
    kernel,
    architecture,
    ...distributionOf({ os, own, debian }),
    default_ipv4: primary === undefined ? {} : { address: primary.address, interface: primary.name },
    all_ipv4_addresses: ips.map(({ address }) => address).filter((address) => !address.startsWith("127.")),
    interfaces: [...new Set(ips.map(({ name }) => name))],
    service_mgr: init,
  };
}
