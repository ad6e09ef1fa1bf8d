/** The files of a new inventory. The text is written for readers; the same schema as always validates it afterwards. */
import { isIPv6 } from "../../text/ip.ts";
import { network, parseInterface, showNetwork } from "../../text/ip-network.ts";

export interface NewVip {
  readonly name: string;
  readonly address: string;
}

export interface NewHost {
  readonly name: string;
  /** The first is the one that it is reached by. Never empty. */
  readonly addresses: readonly string[];
}

/** What the user has said of a new site. */
export interface NewSite {
  readonly vips: readonly NewVip[];
  readonly directors: readonly NewHost[];
  readonly webNodes: readonly NewHost[];
  readonly clients: readonly NewHost[];
  readonly ports: readonly number[];
  readonly interface: string;
  readonly user: string;
  /** None: those around the VIPs. */
  readonly subnets: readonly string[];
}

export function siteFiles(site: NewSite): readonly { readonly path: string; readonly text: string }[] {
  return [
    { path: "inventories/prod/hosts.yml", text: hostsFile(site) },
    { path: "inventories/prod/group_vars/all.yml", text: siteFile(site) },
  ];
}

function hostsFile({ directors, webNodes, clients, user }: NewSite): string {
  const group = (name: string, hosts: readonly NewHost[]): string =>
    `    ${name}:\n      hosts:\n${hosts.map((each) => `        ${each.name}: { ${hostWords(each)} }\n`).join("")}`;
  return `# The hosts, and how they are reached.
all:
  vars:
    ansible_user: ${user}
${user === "root" ? "" : "    ansible_become: true\n"}  children:
${group("directors", directors)}${group("webservers", webNodes)}${
    clients.length === 0
      ? ""
      : `    # Hosts that ask at the VIPs, to prove that they serve: neither director nor web node.\n${group("clients", clients)}`
  }`;
}

/** A list of addresses is needed only if there are others than the one that the host is reached by. */
function hostWords({ addresses }: NewHost): string {
  const [first = ""] = addresses;
  const own = addresses.length === 1 ? "" : `, site_host: { addresses: [${addresses.map(quoted).join(", ")}] }`;
  return `ansible_host: ${quoted(first)}${own}`;
}

function siteFile(site: NewSite): string {
  const { vips, ports } = site;
  const held = vips.map(({ name, address }) => `${name}: ${quoted(address)}`).join(", ");
  return `# The site, described once; site.yml and the other commands follow it.
site:
  networks:
    service: { interface: ${site.interface}, subnets: [${subnetsOf(site).map(quoted).join(", ")}] }
  vrrp_instances:
    VI_1:
      virtual_router_id: ${routerId(vips)} # once in a network
      vips: { ${held} }
  services:
    web:
      vips: [${vips.map(({ name }) => name).join(", ")}]
${serviceLines(ports, vips)}`;
}

/** Several ports belong together: a client keeps its web node on all of them. */
function serviceLines(ports: readonly number[], vips: readonly NewVip[]): string {
  const [first = 80] = ports;
  const check = first === 443 ? "https" : first === 80 || first === 8080 ? "http" : "tcp";
  const page = check === "tcp" ? "{}" : "{ path: / }";
  const lines =
    ports.length === 1
      ? [`port: ${first}`, "persistence: 50 # seconds"]
      : [
          `ports: [${ports.join(", ")}]`,
          `fwmark: ${vips.some(({ address }) => isIPv6(address)) ? "{ ipv4: 1, ipv6: 2 }" : "1"}`,
          "persistence: { timeout: 50, across_ports: true } # a client keeps its web node on all ports",
        ];
  return [...lines, `check: { ${check}: ${page} }`].map((line) => `      ${line}\n`).join("");
}

/** The last part of the first IPv4 address: it is as unique in the network as the VIP. */
function routerId(vips: readonly NewVip[]): number {
  const last = vips
    .map(({ address }) => Number(/^\d+\.\d+\.\d+\.(\d+)$/.exec(address)?.[1] ?? 0))
    .find((each) => each > 0);
  return last ?? 51;
}

function subnetsOf({ subnets, vips }: NewSite): readonly string[] {
  if (subnets.length > 0) return subnets;
  const around = vips.flatMap(({ address }) => {
    const it = parseInterface(`${address}/${isIPv6(address) ? 64 : 24}`);
    return it === undefined ? [] : [showNetwork(it, network(it))];
  });
  return [...new Set(around)];
}

/** IPv6 addresses contain what YAML reads as a map. */
function quoted(text: string): string {
  return text.includes(":") ? JSON.stringify(text) : text;
}
