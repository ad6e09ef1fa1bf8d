/** What is wrong with a service: its VIPs, ports and marks, and its real servers. */
import type { Service, Site, SiteHost, SiteProblem } from "../model/site.ts";
import { addressIn } from "../model/networks.ts";
import { directorsOf, markOf, weightOf } from "../model/relations.ts";
import { unknownName } from "../model/resolve.ts";
import { sameAddress } from "./same-address.ts";
import { checkOptions } from "./options.ts";

type Check = (service: Service, site: Site) => readonly SiteProblem[];

export function checkServices(site: Site): readonly SiteProblem[] {
  return site.services.flatMap((service) =>
    CHECKS.flatMap((check) => check(service, site)).map((found) => ({
      ...found,
      path: ["services", service.name, ...found.path],
    })),
  );
}

const CHECKS: readonly Check[] = [twice, marks, servers, weights, sorryServer, checkOptions];

/** What a packet is for: two services cannot have the same. */
function destinations({ vips, ports, data }: Service): readonly string[] {
  return vips.flatMap(({ name }) => ports.map((port) => `${name} ${data.protocol} ${port}`));
}

function twice(service: Service, { services }: Site): readonly SiteProblem[] {
  const own = new Set(destinations(service));
  const other = services
    .slice(0, services.indexOf(service))
    .map((each) => ({ each, same: destinations(each).find((to) => own.has(to)) }))
    .find(({ same }) => same !== undefined);
  if (other?.same === undefined) return [];
  const [vip, protocol, port] = other.same.split(" ");
  const message = `the service \`${other.each.name}\` has port ${port ?? ""}/${protocol ?? ""} of the VIP \`${vip ?? ""}\` already`;
  return [
    {
      path: [service.data.ports === undefined ? "port" : "ports"],
      message,
      help: "choose another port or VIP, or leave one out",
    },
  ];
}

function marks(service: Service, { services }: Site): readonly SiteProblem[] {
  const { data } = service;
  const { fwmark, persistence } = data;
  if (fwmark === undefined) {
    const across = persistence !== undefined && "across_ports" in persistence && persistence.across_ports === true;
    const message = "persistence across ports needs a firewall mark";
    return across ? [{ path: ["persistence"], message, help: "write `fwmark: NUMBER` into the service" }] : [];
  }
  const missing = service.vips.find(({ version }) => markOf(service, version) === undefined);
  if (missing !== undefined) {
    const key = `ipv${missing.version}`;
    return [
      {
        path: ["fwmark"],
        message: `the VIP \`${missing.name}\` needs a mark for IPv${missing.version}`,
        help: `write \`${key}: NUMBER\``,
      },
    ];
  }
  const idle = ([4, 6] as const).find((version) => isIdle(service, version));
  if (idle !== undefined) {
    const message = `the mark has no effect: the service has no IPv${idle} VIP`;
    return [{ path: ["fwmark", `ipv${idle}`], message, help: "leave it out" }];
  }
  const before = services.slice(0, services.indexOf(service));
  const same = before.find((other) =>
    [fwmark.ipv4, fwmark.ipv6].some((mark) => mark !== undefined && hasMark(other, mark)),
  );
  if (same === undefined) return [];
  return [
    {
      path: ["fwmark"],
      message: `the service \`${same.name}\` has this mark already`,
      help: "give each service its own mark",
    },
  ];
}

/** One number for both families is no mistake. */
function isIdle(service: Service, version: 4 | 6): boolean {
  const { fwmark } = service.data;
  if (fwmark?.ipv4 === fwmark?.ipv6 || markOf(service, version) === undefined) return false;
  return service.vips.length > 0 && !service.vips.some((vip) => vip.version === version);
}

function hasMark({ data: { fwmark } }: Service, mark: number): boolean {
  return fwmark !== undefined && (fwmark.ipv4 === mark || fwmark.ipv6 === mark);
}

function servers(service: Service, site: Site): readonly SiteProblem[] {
  const path = ["real_servers"];
  const places = service.vips.map(({ network, version }) => sameAddress(service.servers, network, version));
  const same = places.find((each) => each.length > 0) ?? [];
  return [
    ...service.servers.flatMap((server) => serverProblems(server, service, site, path)),
    ...same.map((each) => ({ ...each, path })),
  ];
}

function serverProblems(
  server: SiteHost,
  service: Service,
  site: Site,
  path: SiteProblem["path"],
): readonly SiteProblem[] {
  const forwarding = service.vips.find((vip) => directorsOf(vip, site).some(({ name }) => name === server.name));
  if (forwarding !== undefined) {
    const message = `\`${server.name}\` is a director of the VIP \`${forwarding.name}\`, and cannot be a server of it`;
    return [{ path, message, help: "choose other hosts: IPVS cannot forward to the director itself by DR" }];
  }
  const dark = service.vips.find((vip) => addressIn(server, vip.network, vip.version) === undefined);
  if (dark === undefined) return [];
  const message = `\`${server.name}\` has no IPv${dark.version} address in the network \`${dark.network.name}\` of the VIP \`${dark.name}\``;
  return [{ path, message, help: `write it into \`site_host.addresses\` of \`${server.name}\`` }];
}

function weights({ data, servers: all }: Service): readonly SiteProblem[] {
  const names = all.map(({ name }) => name);
  const unknown = Object.keys(data.weights).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    return unknown.map((name) => ({ ...unknownName("real server", name, names, ["weights", name]), ofKey: true }));
  if (all.length === 0 || all.some((server) => weightOf(server, data.weights) > 0)) return [];
  return [
    {
      path: ["real_servers"],
      message: "every real server has the weight 0 or is drained: no client is served",
      help: "give one of them a weight, or leave `state` out",
    },
  ];
}

function sorryServer(service: Service, site: Site): readonly SiteProblem[] {
  const { sorry, servers: all } = service;
  if (sorry === undefined) return [];
  const path = ["sorry_server"];
  if (!all.some(({ name }) => name === sorry.name)) return serverProblems(sorry, service, site, path);
  const message = `\`${sorry.name}\` is a real server of the service`;
  return [{ path, message, help: "choose a host that is not a real server of it" }];
}
