/** Derives what is wanted of a host from the description of its site. Pure. */
import { articleDsr, articleRules } from "./article.ts";
import {
  DIRECTOR_SYSCTLS,
  directorRules,
  forwardedBy,
  instancesOf,
  modulesOf,
  peerRules,
  reachOf,
  untrackedRules,
} from "./director.ts";
import type { Dsr, VipView } from "./dsr.ts";
import { keepalivedOf } from "./keepalived.ts";
import type { Site, SiteHost } from "../model/site.ts";
import { probesOf, unprobedPorts } from "./probes.ts";
import { receivedBy, receiverOf } from "./receiver.ts";
import { scriptsOf } from "./scripts.ts";
import { ipvsServices } from "./virtual-servers.ts";

export type { Dsr } from "./dsr.ts";

export function dsrOf(host: SiteHost, site: Site): Dsr {
  const forwarded = forwardedBy(host, site);
  const receiver = receiverOf(host, site);
  const isDirector = instancesOf(host, site).length > 0;
  const { profile, zone } = site.data;
  const dsr: Dsr = {
    profile,
    zone,
    ports: portsOf(host, site),
    receiver,
    modules: modulesOf(forwarded),
    sysctls: [...receiverSysctls(receiver.interfaces), ...(isDirector ? DIRECTOR_SYSCTLS : [])],
    rich_rules: peerRules(host, site),
    direct_rules: directorRules(forwarded),
    untracked_rules: untrackedRules(forwarded),
    scripts: isDirector ? scriptsOf(site) : [],
    obsolete_rules: receiver.vips.length === 0 ? [] : articleRules(host, receiver),
    keepalived: keepalivedOf(host, site),
    ipvs: ipvsServices(host, site),
    vips: vipsOf(host, site),
    reach: [...reachOf(forwarded), ...unprobedPorts(host, site)],
    probes: probesOf(host, site),
    addresses: host.addresses,
  };
  return profile === "article" ? articleDsr(dsr, host, site) : dsr;
}

/**
 * Loose: a host with a second interface would drop packets for a VIP as coming the wrong way. The highest of `all` and
 * the interface counts (kernel: ip-sysctl.rst).
 */
function receiverSysctls(interfaces: readonly string[]): Dsr["sysctls"] {
  return interfaces.map((device) => ({ name: `net.ipv4.conf.${device.replaceAll(".", "/")}.rp_filter`, value: 2 }));
}

/** A real server's own address must answer health checks, and IPVS forwards only what the filter lets in. */
function portsOf(host: SiteHost, site: Site): readonly string[] {
  const received = receivedBy(host, site).map(({ service, port }) => `${port}/${service.data.protocol}`);
  const forwarded = forwardedBy(host, site).flatMap(({ service }) =>
    service.ports.map((port) => `${port}/${service.data.protocol}`),
  );
  return [...new Set([...received, ...forwarded])];
}

function vipsOf(host: SiteHost, site: Site): readonly VipView[] {
  return instancesOf(host, site).flatMap(({ name, vips, directors }) =>
    vips.map((vip) => ({
      name: vip.name,
      address: vip.address,
      instance: name,
      directors: directors.map((each) => each.host.name),
    })),
  );
}
