/**
 * What a host is: asked only when an expression uses it. Names are Ansible's (`ansible_facts.os_family`,
 * `facts.os_family` for short). Values come from the host and are data, never templates.
 */
import { sh } from "../sh.ts";
import type { Sh } from "../sh.ts";
import type { Output } from "../task.ts";

export interface Facts {
  readonly hostname: string;
  readonly kernel: string;
  readonly architecture: string;
  /** `Debian`, `RedHat`, or the ID of os-release with a capital. */
  readonly os_family: string;
  readonly distribution: string;
  readonly distribution_version: string;
  readonly distribution_major_version: string;
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
echo --route
ip -4 route show default 2>/dev/null
echo --addresses
ip -4 -o addr show 2>/dev/null | awk '{ print $2, $4 }'`;

export function readFacts(seen: Output): Facts {
  const [head = "", os = "", route = "", addresses = ""] = seen.out.split(/^--(?:os|route|addresses)\n/m);
  const [hostname = "", kernel = "", architecture = "", init = ""] = head.split("\n");
  const release = osRelease(os);
  const ips = addresses.split("\n").flatMap((line) => {
    const [name, prefix] = line.split(" ");
    return name === undefined || prefix === undefined ? [] : [{ name, address: prefix.split("/")[0] ?? "" }];
  });
  const device = / dev (\S+)/.exec(route)?.[1];
  const primary = ips.find(({ name }) => name === device);
  const version = release.get("VERSION_ID") ?? "";
  return {
    hostname: hostname.split(".")[0] ?? "",
    kernel,
    architecture,
    os_family: family(release),
    distribution: (release.get("NAME") ?? "unknown").split(" ")[0] ?? "",
    distribution_version: version,
    distribution_major_version: version.split(".")[0] ?? "",
    default_ipv4: primary === undefined ? {} : { address: primary.address, interface: primary.name },
    all_ipv4_addresses: ips.map(({ address }) => address).filter((address) => !address.startsWith("127.")),
    interfaces: [...new Set(ips.map(({ name }) => name))],
    service_mgr: init,
  };
}

/** os-release(5): `NAME=value`, the value as a shell would read it. */
function osRelease(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$/gm)].map((found) => [
      found[1] ?? "",
      found[2] ?? found[3] ?? found[4] ?? "",
    ]),
  );
}

function family(release: ReadonlyMap<string, string>): string {
  const ids = [release.get("ID") ?? "", ...(release.get("ID_LIKE") ?? "").split(" ")];
  if (ids.includes("debian") || ids.includes("ubuntu")) return "Debian";
  if (ids.some((id) => ["rhel", "centos", "fedora", "rocky", "almalinux", "ol"].includes(id))) return "RedHat";
  const [first = "unknown"] = ids;
  return first.charAt(0).toUpperCase() + first.slice(1);
}
