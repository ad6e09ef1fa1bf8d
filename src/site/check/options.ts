/** What is wrong with the options of a service that belong together: scheduler, health check, quorum, thresholds. */
import type { Service, Site, SiteProblem } from "../model/site.ts";
import { unknownName } from "../model/resolve.ts";
import { kindOfCheck, PROTOCOLS, webCheck, weightOf } from "../model/relations.ts";

type Check = (service: Service, site: Site) => readonly SiteProblem[];

export const checkOptions: Check = (service, site) => CHECKS.flatMap((check) => check(service, site));

const CHECKS: readonly Check[] = [flags, healthCheck, checkedPort, checkScript, persistenceMask, quorum, thresholds];

function flags({ data }: Service): readonly SiteProblem[] {
  return data.flags.flatMap((flag, index) => {
    const path = ["flags", index];
    const [scheduler = ""] = flag.split("-");
    if (flag === "ops") {
      const message = "`ops` needs UDP: it forwards each packet for itself";
      return data.protocol === "udp" ? [] : [{ path, message, help: "leave it out, or write `protocol: udp`" }];
    }
    return scheduler === data.scheduler
      ? []
      : [
          {
            path,
            message: `\`${flag}\` is a flag of the scheduler \`${scheduler}\``,
            help: `leave it out, or write \`scheduler: ${scheduler}\``,
          },
        ];
  });
}

function healthCheck(service: Service): readonly SiteProblem[] {
  const { data } = service;
  const kind = kindOfCheck(service);
  const help = data.protocol === "udp" ? "write `dns`, `udp` or `misc`" : "write `http`, `https`, `tcp` or `misc`";
  if (data.check === undefined && data.protocol === "udp") {
    const which = help.replace("write ", "write `check` with ");
    return [{ path: ["protocol"], message: "a UDP service needs a health check", help: which }];
  }
  const fits = PROTOCOLS[kind] ?? data.protocol;
  if (fits === data.protocol) return [];
  return [
    {
      path: ["check"],
      message: `the health check \`${kind}\` cannot test a ${data.protocol.toUpperCase()} service`,
      help,
    },
  ];
}

/** Each port is a virtual server whose health check asks this port, if it names none. */
function checkedPort(service: Service): readonly SiteProblem[] {
  const { data, ports } = service;
  const kind = kindOfCheck(service);
  const other = { http: 443, https: 80 }[kind === "https" ? "https" : "http"];
  if (data.fwmark !== undefined || webCheck(service)?.port !== undefined || !ports.includes(other)) return [];
  if (webCheck(service) === undefined || ports.length === 1) return [];
  const message = `the health check \`${kind}\` asks each port of the service, also port ${other}`;
  return [{ path: ["check", kind], message, help: "write `port: NUMBER` into the health check" }];
}

function checkScript({ data }: Service, { data: { check_scripts: scripts } }: Site): readonly SiteProblem[] {
  const name = data.check?.misc?.script;
  const known = Object.keys(scripts);
  if (name === undefined || known.includes(name)) return [];
  return [unknownName("check script", name, known, ["check", "misc", "script"])];
}

function persistenceMask({ data: { persistence }, vips }: Service): readonly SiteProblem[] {
  if (persistence === undefined || !("mask" in persistence || "mask6" in persistence)) return [];
  const lacks = (version: 4 | 6): boolean => vips.length > 0 && !vips.some((vip) => vip.version === version);
  if (persistence.mask !== undefined && lacks(4)) {
    return [
      {
        path: ["persistence", "mask"],
        message: "`mask` is for IPv4, and the service has no IPv4 VIP",
        help: "leave it out",
      },
    ];
  }
  if (persistence.mask6 !== undefined && lacks(6)) {
    return [
      {
        path: ["persistence", "mask6"],
        message: "`mask6` is for IPv6, and the service has no IPv6 VIP",
        help: "leave it out",
      },
    ];
  }
  return [];
}

function quorum({ data, servers }: Service): readonly SiteProblem[] {
  const total = servers.reduce((sum, server) => sum + weightOf(server, data.weights), 0);
  if (data.quorum !== undefined && servers.length > 0 && data.quorum > total) {
    return [
      {
        path: ["quorum"],
        message: `the quorum ${data.quorum} is more than all weights together, ${total}`,
        help: `write ${total} or less`,
      },
    ];
  }
  if (data.hysteresis === undefined || data.hysteresis < (data.quorum ?? 1)) return [];
  return [{ path: ["hysteresis"], message: `\`hysteresis\` must be less than the quorum, ${data.quorum ?? 1}` }];
}

function thresholds({ data: { thresholds: limits } }: Service): readonly SiteProblem[] {
  if (limits?.lower === undefined || limits.lower < limits.upper) return [];
  return [{ path: ["thresholds", "lower"], message: `\`lower\` must be less than \`upper\`, ${limits.upper}` }];
}
