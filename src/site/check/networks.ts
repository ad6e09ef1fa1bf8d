/** What is wrong with the networks, the VIPs and the hosts' own addresses. */
import type { Site, SiteHost, SiteNetwork, SiteProblem, Vip } from "../model/site.ts";
import {
  canonical,
  interfaceIn,
  isIn,
  isNetworkOrBroadcast,
  networkOf,
  networkPart,
  subnetOf,
} from "../model/networks.ts";
import { directorsIn, receiversOf } from "../model/relations.ts";
import { unknownName } from "../model/resolve.ts";
import { listNames } from "../../text/suggest.ts";

export function checkNetworks(site: Site): readonly SiteProblem[] {
  return [
    ...subnetProblems(site),
    ...interfaceProblems(site),
    ...vipProblems(site),
    ...site.hosts.flatMap((host) => hostProblems(host, site)),
  ];
}

function subnetProblems({ data }: Site): readonly SiteProblem[] {
  const all = Object.entries(data.networks).flatMap(([name, { subnets }]) =>
    subnets.map((subnet, index) => ({ name, subnet, path: ["networks", name, "subnets", index] as const })),
  );
  return all.flatMap(({ subnet, path, name }, index) => {
    const whole = networkPart(subnet);
    const [address = "", length = ""] = subnet.split("/");
    if (whole !== `${canonical(address)}/${length}`) {
      return [{ path, message: `${subnet} is an address with a prefix length, not a subnet`, help: `write ${whole}` }];
    }
    const other = all.slice(0, index).find((each) => overlap(each.subnet, subnet));
    if (other === undefined) return [];
    const where = other.name === name ? "the same network" : `the network \`${other.name}\``;
    return [
      { path, message: `${subnet} overlaps ${other.subnet} of ${where}`, help: "leave one of them out, or narrow it" },
    ];
  });
}

/** Directors send advertisements and hold VIPs on an interface; real servers set its sysctls. */
function interfaceProblems(site: Site): readonly SiteProblem[] {
  return site.networks.flatMap((network) => {
    const lacking = usersOf(network, site).filter((host) => interfaceIn(host, network) === undefined);
    if (lacking.length === 0) return [];
    const names = listNames([...new Set(lacking.map(({ name }) => name))], 6);
    const message = `the network \`${network.name}\` has no \`interface\`; these hosts need it: ${names}`;
    return [{ path: ["networks", network.name], message, help: "write `interface: NAME`" }];
  });
}

function usersOf(
  { name }: SiteNetwork,
  { instances, services, data: { sync_daemon: sync } }: Site,
): readonly SiteHost[] {
  const own = instances.filter(({ network, vips }) =>
    [network, ...vips.map((vip) => vip.network)].some((each) => each.name === name),
  );
  const synced = sync !== false && sync.network === name ? instances : [];
  const served = services.filter(({ vips }) => vips.some(({ network }) => network.name === name));
  return [...directorsIn([...own, ...synced]), ...served.flatMap(receiversOf)];
}

function overlap(a: string, b: string): boolean {
  return isIn(networkPart(a), b) || isIn(networkPart(b), a);
}

function placeOf({ instance, name }: Vip): SiteProblem["path"] {
  return ["vrrp_instances", instance, "vips", name];
}

function vipProblems(site: Site): readonly SiteProblem[] {
  const vips = site.instances.flatMap((each) => each.vips);
  return vips.flatMap((vip, index) => {
    const path = placeOf(vip);
    const before = vips.slice(0, index);
    const same = before.find(({ address }) => address === vip.address);
    if (same !== undefined)
      return [
        {
          path,
          message: `${vip.address} is the VIP \`${same.name}\` already`,
          help: "use that VIP, or choose another address",
        },
      ];
    if (before.some(({ name }) => name === vip.name)) {
      return [{ path, message: `two VIPs have the name \`${vip.name}\``, help: "give each VIP a name of its own" }];
    }
    return vipAddressProblems(vip, site);
  });
}

function vipAddressProblems(vip: Vip, site: Site): readonly SiteProblem[] {
  const path = placeOf(vip);
  const owner = site.hosts.find(({ addresses }) => addresses.includes(vip.address));
  if (owner !== undefined) {
    const message = `the VIP ${vip.address} is an address of the host \`${owner.name}\``;
    return [{ path, message, help: "choose an address that no host has" }];
  }
  const subnet = subnetOf(vip.address, vip.network) ?? "";
  if (isNetworkOrBroadcast(vip.address, subnet)) {
    return [
      {
        path,
        message: `${vip.address} is the network or broadcast address of ${subnet}`,
        help: "choose an address between the two",
      },
    ];
  }
  const used = site.services.some(({ vips }) => vips.some(({ name }) => name === vip.name));
  if (used || site.services.length === 0) return [];
  return [
    {
      path,
      message: `no service uses the VIP \`${vip.name}\``,
      help: "name it in `vips` of a service, or leave it out",
      severity: "warning" as const,
    },
  ];
}

function hostProblems(host: SiteHost, site: Site): readonly SiteProblem[] {
  const known = site.networks.map(({ name }) => name);
  const unknown = Object.keys(host.data.interfaces).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => ({
      ...{ host: host.name, ofKey: true as const },
      ...unknownName("network", name, known, ["interfaces", name]),
    })),
    ...(host.data.addresses ?? []).flatMap((address, index) => addressProblems(host, canonical(address), index, site)),
  ];
}

function addressProblems(host: SiteHost, address: string, index: number, site: Site): readonly SiteProblem[] {
  const place = { host: host.name, path: ["addresses", index] };
  const other = site.hosts.find((each) => each !== host && each.addresses.includes(address));
  if (other !== undefined && (other.name < host.name || other.data.addresses === undefined)) {
    return [
      {
        ...place,
        message: `${address} is an address of the host \`${other.name}\` already`,
        help: "write the host's own address",
      },
    ];
  }
  const network = networkOf(address, site.networks);
  if (network !== undefined) {
    const subnet = subnetOf(address, network) ?? "";
    const message = `${address} is the network or broadcast address of ${subnet}`;
    return isNetworkOrBroadcast(address, subnet) ? [{ ...place, message, help: "write the host's own address" }] : [];
  }
  return [
    {
      ...place,
      message: `${address} is in no subnet of the site's networks`,
      help: "leave it out, or describe its network",
    },
  ];
}
