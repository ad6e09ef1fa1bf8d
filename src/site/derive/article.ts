/** keepalived's configuration as the 2017 article prints it, with `virtual_server` spelt right. */
import { checker } from "./checker.ts";
import { instancesOf, forwardedBy } from "./director.ts";
import type { Instance, Site, SiteHost } from "../model/site.ts";
import { addressIn, interfaceIn } from "../model/networks.ts";
import { weightOf } from "../model/relations.ts";

type Data = Readonly<Record<string, unknown>>;

const TIMES = { connect_timeout: 3, retry: 3, delay_before_retry: 3 };

export function articleOf(host: SiteHost, site: Site): Data {
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
