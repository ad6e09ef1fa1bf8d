/** The site as the 2017 article builds it, with `virtual_server` spelt right. */
import { checker } from "./checker.ts";
import { instancesOf, forwardedBy } from "./director.ts";
import type { Instance, Site, SiteHost } from "../model/site.ts";
import type { DirectRule, Dsr, Receiver } from "./dsr.ts";
import { addressIn, interfaceIn, versionOf } from "../model/networks.ts";
import { weightOf } from "../model/relations.ts";

type Data = Readonly<Record<string, unknown>>;

const TIMES = { connect_timeout: 3, retry: 3, delay_before_retry: 3 };

/**
 * Rules without a port. On firewalld 0.7 and later, that for the VIP opens every port of the node. That for the node's
 * own address does nothing.
 */
export function articleRules({ addresses }: SiteHost, { vips }: Receiver): readonly DirectRule[] {
  const all = [...addresses, ...vips].filter((address) => versionOf(address) === 4);
  return all.map((address) => ({
    ...({ ipv: "ipv4", table: "nat", chain: "PREROUTING", priority: 0 } as const),
    rule: `-d ${address} -j REDIRECT`,
  }));
}

/** Directors have no firewall, and web nodes forward without a check of the way back. */
export function articleDsr(right: Dsr, host: SiteHost, site: Site): Dsr {
  const isDirector = instancesOf(host, site).length > 0;
  const isReceiver = right.receiver.vips.length > 0;
  return {
    ...right,
    ...(isDirector ? { ports: [], rich_rules: [], direct_rules: [], untracked_rules: [] } : {}),
    receiver: { ...right.receiver, way: "direct", direct_rules: isReceiver ? articleRules(host, right.receiver) : [] },
    obsolete_rules: [],
    sysctls: isReceiver ? ARTICLE_SYSCTLS : [],
    keepalived: articleOf(host, site),
  };
}

const ARTICLE_SYSCTLS = [
  { name: "net.ipv4.ip_forward", value: 1 },
  { name: "net.ipv4.conf.all.rp_filter", value: 0 },
] as const;

function articleOf(host: SiteHost, site: Site): Data {
  const [instance] = instancesOf(host, site);
  if (instance === undefined) return {};
  const { notifications } = site.data;
  return {
    global_defs: {
      ...(notifications === undefined
        ? {}
        : {
            notification_email: notifications.to,
            notification_email_from: notifications.from,
            smtp_server: notifications.smtp_server,
            smtp_connect_timeout: 30,
          }),
      router_id: host.data.router_id ?? host.name,
    },
    vrrp_instance: { [instance.name]: instanceData(host, instance, site) },
    virtual_server: servers(host, site),
  };
}

function instanceData(host: SiteHost, { data, directors, network, vips }: Instance, site: Site): Data {
  const password = site.data.article?.password ?? data.password;
  const own = directors.find((each) => each.host.name === host.name);
  const device = interfaceIn(host, network);
  return {
    state: own === directors[0] ? "MASTER" : "BACKUP",
    interface: device,
    virtual_router_id: data.virtual_router_id,
    priority: own?.priority,
    nopreempt: true,
    advert_int: 1,
    ...(password === undefined ? {} : { authentication: { auth_type: "PASS", auth_pass: password } }),
    virtual_ipaddress: vips.map(({ address }) => `${address}/24 dev ${device ?? ""}`),
  };
}

function servers(host: SiteHost, site: Site): Data {
  const all = forwardedBy(host, site).flatMap(({ service, vips }) =>
    vips.flatMap((vip) => service.ports.map((port) => ({ service, vip, port }))),
  );
  const block = ({ service, vip, port }: (typeof all)[number]): Data => {
    const at = (server: SiteHost): string => `${addressIn(server, vip.network, vip.version) ?? ""} ${port}`;
    const { scheduler, persistence, weights } = service.data;
    const sorry = site.data.article?.sorry_server;
    return {
      delay_loop: 6,
      lvs_sched: scheduler,
      lvs_method: "DR",
      ...(persistence === undefined ? {} : { persistence_timeout: persistence.timeout }),
      protocol: "TCP",
      ...(sorry === undefined ? {} : { sorry_server: `${sorry} ${port}` }),
      real_server: Object.fromEntries(
        service.servers.map((server) => [
          at(server),
          {
            weight: weightOf(server, weights),
            inhibit_on_failure: true,
            ...checker(service, { address: addressIn(server, vip.network, vip.version) ?? "", port }, TIMES),
          },
        ]),
      ),
    };
  };
  return Object.fromEntries(all.map((each) => [`${each.vip.address} ${each.port}`, block(each)]));
}
