/** Everything that is wrong with a description and that its shape does not say. */
import type { Site, SiteHost, SiteProblem } from "../model/site.ts";
import { checkArticle } from "./article.ts";
import { checkInstances } from "./instances.ts";
import { checkNetworks } from "./networks.ts";
import { checkServices } from "./services.ts";
import { canonical, subnetOf } from "../model/networks.ts";
import { directorsIn, receiversOf } from "../model/relations.ts";
import { unknownName } from "../model/resolve.ts";

export function checkSite(site: Site): readonly SiteProblem[] {
  return [
    ...[...checkNetworks(site), ...checkInstances(site), ...checkServices(site)],
    ...[...checkArticle(site), ...checkOthers(site)],
  ];
}

function checkOthers(site: Site): readonly SiteProblem[] {
  return [...clientProblems(site), ...sourceProblems(site), ...syncProblems(site), ...idleScripts(site)];
}

/** A director that holds the VIP answers itself, and a real server that has the VIP never asks a director. */
function clientProblems(site: Site): readonly SiteProblem[] {
  const named = (hosts: readonly SiteHost[]): ReadonlySet<string> => new Set(hosts.map(({ name }) => name));
  const directors = named(directorsIn(site.instances));
  const receivers = named(site.services.flatMap(receiversOf));
  return site.clients.flatMap(({ name }) => {
    const role = directors.has(name) ? "a director" : receivers.has(name) ? "a real server" : undefined;
    if (role === undefined) return [];
    const message = `the client \`${name}\` is ${role}: what it is answered proves nothing`;
    return [{ path: ["clients"], message, help: "name hosts that are neither" }];
  });
}

/** A client that has the VIP never asks a director. */
function sourceProblems({ clients, instances }: Site): readonly SiteProblem[] {
  const vips = instances.flatMap((each) => each.vips);
  return clients.flatMap(({ name: host, data }) =>
    data.sources.flatMap((source, index) => {
      const vip = vips.find(({ address }) => address === canonical(source));
      if (vip === undefined) return [];
      const message = `${source} is the VIP \`${vip.name}\``;
      return [{ host, path: ["sources", index], message, help: "write an address of the client" }];
    }),
  );
}

function syncProblems({ data: { sync_daemon: sync }, networks, instances }: Site): readonly SiteProblem[] {
  if (sync === false || sync.network === undefined) return [];
  const path = ["sync_daemon", "network"];
  const known = networks.map(({ name }) => name);
  const network = networks.find(({ name }) => name === sync.network);
  if (network === undefined) return [unknownName("network", sync.network, known, path)];
  const directors = new Set(directorsIn(instances));
  return [...directors].flatMap((host) => {
    if (host.addresses.some((address) => subnetOf(address, network) !== undefined)) return [];
    const message = `the director \`${host.name}\` has no address in the network \`${network.name}\``;
    return [{ path, message, help: `write it into \`site_host.addresses\` of \`${host.name}\`` }];
  });
}

/** Scripts that nothing calls: they are not even copied. */
function idleScripts({ data, instances, services }: Site): readonly SiteProblem[] {
  const used = {
    track_scripts: instances.flatMap((each) => each.data.track_scripts),
    notify_scripts: instances.flatMap((each) => each.data.notify ?? []),
    check_scripts: services.flatMap((each) => each.data.check?.misc?.script ?? []),
  };
  return (["track_scripts", "notify_scripts", "check_scripts"] as const).flatMap((kind) =>
    Object.keys(data[kind])
      .filter((name) => !used[kind].includes(name))
      .map((name) => ({
        ...{ path: [kind, name], message: `nothing uses the script \`${name}\``, ofKey: true as const },
        ...{ severity: "warning" as const, help: `name it in ${USERS[kind]}, or leave it out` },
      })),
  );
}

const USERS = {
  track_scripts: "`track_scripts` of an instance",
  notify_scripts: "`notify` of an instance",
  check_scripts: "`check.misc.script` of a service",
} as const;
