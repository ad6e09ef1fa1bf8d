/** Describes the differences between two IPVS tables, one by one. */
import type { RealServer, Table, VirtualService } from "./ipvs-table.ts";

/**
 * Compares `is` with the desired table: every service of `wanted` exactly so; `exclusive`: and no others. Empty if
 * nothing differs.
 */
export function differences(is: Table, wanted: Table, exclusive: boolean): readonly string[] {
  const keys = Object.keys(wanted);
  if (Object.keys(is).length === 0 && keys.length > 0) return [empty(keys)];
  const others = Object.keys(is).filter((key) => !(key in wanted));
  return [
    ...Object.entries(wanted).flatMap(([key, service]) => compared(key, is[key], service)),
    ...(exclusive ? others.map((key) => `unexpected virtual service ${key}`) : []),
  ];
}

function empty(keys: readonly string[]): string {
  const [first = ""] = keys;
  const wanted = keys.length === 1 ? first : `${first} and ${keys.length - 1} more`;
  return (
    `the table is empty, wanted ${wanted}: ` +
    "is `virtual_server` spelt right in keepalived.conf, or was the table emptied (`ipvsadm -C`, the ipvsadm service " +
    "stopped or restarted)? keepalived fills it again only after its own restart"
  );
}

function compared(key: string, is: VirtualService | undefined, wanted: VirtualService): readonly string[] {
  if (is === undefined) return [`there is no virtual service ${key}`];
  return [
    ...(is.scheduler === wanted.scheduler
      ? []
      : [`${key} has the scheduler ${is.scheduler}, wanted ${wanted.scheduler}`]),
    ...persistence(key, is, wanted),
    ...flags(key, is.flags, wanted.flags),
    ...Object.entries(wanted.real).flatMap(([server, each]) => realServer(key, server, is.real[server], each)),
    ...Object.entries(is.real).flatMap(([server, each]) => (server in wanted.real ? [] : [extra(key, server, each)])),
  ];
}

function persistence(key: string, is: VirtualService, wanted: VirtualService): readonly string[] {
  if (is.persistence === wanted.persistence && is.mask === wanted.mask) return [];
  return [`${key} is ${persistent(is)}, wanted ${persistent(wanted)}`];
}

function persistent({ persistence: seconds, mask }: VirtualService): string {
  if (seconds === null) return "not persistent";
  return `persistent for ${seconds} s${mask === null ? "" : ` by ${mask}`}`;
}

function flags(key: string, is: readonly string[], wanted: readonly string[]): readonly string[] {
  if (is.join() === wanted.join()) return [];
  const words = (list: readonly string[]): string => (list.length === 0 ? "no flags" : `the flags ${list.join(", ")}`);
  return [`${key} has ${words(is)}, wanted ${words(wanted)}`];
}

function realServer(key: string, server: string, is: RealServer | undefined, wanted: RealServer): readonly string[] {
  if (is === undefined) return [`${key} has no real server ${server}`];
  const method = `the method of ${server} in ${key} is ${is.method}, wanted ${wanted.method}`;
  return [
    ...(is.method === wanted.method ? [] : [method]),
    ...(is.weight === wanted.weight ? [] : [weight(key, server, is, wanted)]),
  ];
}

function weight(key: string, server: string, is: RealServer, wanted: RealServer): string {
  const reason = is.weight === 0 ? ": its check fails, or it is being drained" : "";
  return `${server} in ${key} has weight ${is.weight}, wanted ${wanted.weight}${reason}`;
}

function extra(key: string, server: string, { weight: own }: RealServer): string {
  return `${key} has the real server ${server} (weight ${own}) unexpectedly (is it a sorry server?)`;
}
