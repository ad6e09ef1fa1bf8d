/** Everything that is wrong with a description and that its shape does not say. */
import type { Site, SiteHost, SiteProblem } from "../model/site.ts";
import { checkInstances } from "./instances.ts";
import { checkNetworks } from "./networks.ts";
import { checkServices } from "./services.ts";
import { unknownName } from "../model/resolve.ts";

export function checkSite(site: Site): readonly SiteProblem[] {
  return [...checkNetworks(site), ...checkInstances(site), ...checkServices(site), ...checkOthers(site)];
}

function checkOthers(site: Site): readonly SiteProblem[] {
  return [...clientProblems(site), ...syncProblems(site)];
}

/** A director that holds the VIP answers itself, and a real server that has the VIP never asks a director. */
function clientProblems(site: Site): readonly SiteProblem[] {
  const named = (hosts: readonly SiteHost[]): ReadonlySet<string> => new Set(hosts.map(({ name }) => name));
  const directors = named(site.instances.flatMap((each) => each.directors.map(({ host }) => host)));
  const receivers = named(
    site.services.flatMap(({ servers, sorry }) => [...servers, ...(sorry === undefined ? [] : [sorry])]),
  );
  return site.clients.flatMap(({ name }) => {
    const role = directors.has(name) ? "a director" : receivers.has(name) ? "a real server" : undefined;
    if (role === undefined) return [];
    const message = `the client \`${name}\` is ${role}: what it is answered proves nothing`;
    return [{ path: ["clients"], message, help: "name hosts that are neither" }];
  });
}

function syncProblems({ data: { sync_daemon: sync }, networks }: Site): readonly SiteProblem[] {
  if (sync === false || sync.network === undefined) return [];
  const known = networks.map(({ name }) => name);
  return known.includes(sync.network) ? [] : [unknownName("network", sync.network, known, ["sync_daemon", "network"])];
}
