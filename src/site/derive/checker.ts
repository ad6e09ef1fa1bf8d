/** keepalived's health check of a real server. */
import type { Service } from "../model/site.ts";
import { kindOfCheck } from "../model/relations.ts";
import type { CheckData } from "../model/schema.ts";
import { scriptPath } from "./scripts.ts";

type Data = Readonly<Record<string, unknown>>;

/** What is asked of a real server, where the description does not say. */
export interface CheckTimes {
  /** Seconds. */
  readonly connect_timeout: number;
  readonly retry: number;
  /** Seconds. */
  readonly delay_before_retry: number;
}

/** A real server's address; no port: the service is one by firewall mark. */
interface Asked {
  readonly address: string;
  readonly port: number | undefined;
}

export function checker(service: Service, asked: Asked, times: CheckTimes): Data {
  const check = service.data.check ?? { tcp: {} };
  const options = (given: Common): Data => common(given, asked.port ?? service.ports[0], asked, times);
  switch (kindOfCheck(service)) {
    case "http":
      return { HTTP_GET: web(check.http ?? {}, options) };
    case "https":
      return {
        SSL_GET: {
          ...(check.https?.host === undefined ? {} : { enable_sni: true }),
          ...web(check.https ?? {}, options),
        },
      };
    case "tcp":
      return { TCP_CHECK: options(check.tcp ?? {}) };
    case "udp":
      return { UDP_CHECK: options(check.udp ?? {}) };
    case "dns":
      return { DNS_CHECK: { type: check.dns?.type, name: check.dns?.name, ...options(check.dns ?? {}) } };
    case "misc":
      return { MISC_CHECK: misc(check, asked.address, asked.port ?? service.ports[0]) };
  }
}

type Common = Pick<NonNullable<CheckData["tcp"]>, "connect_timeout" | "retry" | "delay_before_retry" | "port">;

/** @param usual the port of a service by firewall mark, whose real servers have none */
function common(given: Common, usual: number | undefined, { port }: Asked, times: CheckTimes): Data {
  const connect = given.port ?? (port === undefined ? usual : undefined);
  return {
    ...(connect === undefined ? {} : { connect_port: connect }),
    connect_timeout: given.connect_timeout ?? times.connect_timeout,
    retry: given.retry ?? times.retry,
    delay_before_retry: given.delay_before_retry ?? times.delay_before_retry,
  };
}

type Web = Partial<NonNullable<CheckData["http"]>>;

function web({ path = "/", status = 200, host, ...rest }: Web, options: (given: Common) => Data): Data {
  return { ...(host === undefined ? {} : { virtualhost: host }), url: { path, status_code: status }, ...options(rest) };
}

/** keepalived replaces nothing in a script's arguments: they are written out. */
function misc({ misc: given }: CheckData, address: string, port: number | undefined): Data {
  const path = scriptPath(given?.script ?? "");
  return { misc_path: `${path} ${address} ${port ?? 0}`, misc_timeout: given?.timeout ?? 5 };
}
