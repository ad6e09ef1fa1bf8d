/** What is wrong with the VRRP instances. */
import type { Instance, Site, SiteProblem } from "../model/site.ts";
import { addressIn, interfaceIn } from "../model/networks.ts";
import { sameAddress } from "./same-address.ts";
import { directorsIn } from "../model/relations.ts";
import { unknownName } from "../model/resolve.ts";
import { Secret } from "../../core/secret.ts";

type Check = (instance: Instance, site: Site) => readonly Finding[];

/** A problem of one instance: its path within the instance. */
type Finding = SiteProblem;

export function checkInstances(site: Site): readonly SiteProblem[] {
  return site.instances.flatMap((instance) =>
    CHECKS.flatMap((check) => check(instance, site)).map((found) => ({
      ...found,
      path: ["vrrp_instances", instance.name, ...found.path],
    })),
  );
}

const CHECKS: readonly Check[] = [
  virtualRouterId,
  vipsGiven,
  priorityNames,
  equalPriorities,
  oneDirector,
  directorHosts,
  versions,
  passwords,
  preemption,
  syncGroup,
  references,
];

/** RFC 5798 5.2.3: the id names the virtual router on its link. */
function virtualRouterId(instance: Instance, { instances }: Site): readonly Finding[] {
  const { data, version } = instance;
  const before = instances.slice(0, instances.indexOf(instance));
  const same = before.find(
    (other) =>
      isOneLink(other, instance) &&
      other.version === version &&
      other.data.virtual_router_id === data.virtual_router_id,
  );
  if (same === undefined) return [];
  const message = `the instance \`${same.name}\` has the virtual router id ${data.virtual_router_id} ${same.network.name === instance.network.name ? "in the same network" : "on the same interface"}`;
  return [{ path: ["virtual_router_id"], message, help: "give each instance its own id" }];
}

/** keepalived compares by interface: two networks may be on one. */
function isOneLink(a: Instance, b: Instance): boolean {
  if (a.network.name === b.network.name) return true;
  const names = new Set(directorsIn([b]).map(({ name }) => name));
  const both = directorsIn([a]).filter(({ name }) => names.has(name));
  return both.some((host) => {
    const device = interfaceIn(host, a.network);
    return device !== undefined && device === interfaceIn(host, b.network);
  });
}

function vipsGiven({ data }: Instance): readonly Finding[] {
  return Object.keys(data.vips).length > 0
    ? []
    : [{ path: ["vips"], message: "the instance holds no VIP", help: "write `NAME: ADDRESS`" }];
}

function priorityNames({ data, directors }: Instance): readonly Finding[] {
  if (data.priorities === undefined || directors.length === 0) return [];
  const names = directors.map(({ host }) => host.name);
  const given = Object.keys(data.priorities);
  const missing = names.filter((name) => !given.includes(name));
  return [
    ...given
      .filter((name) => !names.includes(name))
      .map((name) => ({ ...unknownName("director", name, names, ["priorities", name]), ofKey: true as const })),
    ...missing.map((name) => ({
      path: ["priorities"],
      message: `the director \`${name}\` has no priority`,
      help: `add \`${name}\``,
    })),
  ];
}

function equalPriorities({ data, directors }: Instance): readonly Finding[] {
  return directors.flatMap(({ host, priority }, index) => {
    const same = directors.slice(0, index).find((other) => other.priority === priority);
    if (same === undefined || data.priorities?.[host.name] === undefined) return [];
    const message = `\`${same.host.name}\` and \`${host.name}\` have the same priority, ${priority}`;
    return [{ path: ["priorities", host.name], message, help: "give each director of an instance its own priority" }];
  });
}

function oneDirector({ directors, name }: Instance): readonly Finding[] {
  if (directors.length !== 1) return [];
  const message = `the instance \`${name}\` has one director: no other takes over when it fails`;
  return [{ path: ["directors"], message, severity: "warning", help: "name a second host" }];
}

function directorHosts(instance: Instance): readonly Finding[] {
  const { network, version } = instance;
  const hosts = directorsIn([instance]);
  const same = sameAddress(hosts, network, version).map((each) => ({ ...each, path: ["directors"] }));
  const lacking = hosts.flatMap((host) => {
    if (addressIn(host, network, version) !== undefined) return [];
    const message = `the director \`${host.name}\` has no IPv${version} address in the network \`${network.name}\``;
    return [{ path: ["directors"], message, help: `write it into \`site_host.addresses\` of \`${host.name}\`` }];
  });
  return [...lacking, ...same];
}

function versions({ data, version }: Instance): readonly Finding[] {
  const isWhole = Number.isInteger(data.advert_interval);
  if (data.version === 2 && version === 6) {
    return [{ path: ["version"], message: "VRRP version 2 has no IPv6", help: "leave `version` out" }];
  }
  if (data.version !== 2 || isWhole) return [];
  const message = `VRRP version 2 has no fractions of a second, got ${data.advert_interval}`;
  return [{ path: ["advert_interval"], message, help: "leave `version` out, or write whole seconds" }];
}

function passwords({ data, version }: Instance): readonly Finding[] {
  if (data.password === undefined) return [];
  const isThree = data.version === 3 || version === 6 || !Number.isInteger(data.advert_interval);
  if (isThree) return [{ path: ["password"], message: "VRRP version 3 has no password", help: "leave it out" }];
  const text = data.password instanceof Secret ? data.password.reveal() : "";
  if (text === "") return [{ path: ["password"], message: "the password is empty", help: "write 1 to 8 bytes" }];
  if (Buffer.byteLength(text) <= 8) return [];
  return [
    {
      path: ["password"],
      message: "keepalived uses only the first 8 bytes of a password",
      help: "write 8 bytes or less",
    },
  ];
}

function preemption({ data }: Instance): readonly Finding[] {
  if (data.preempt_delay === undefined || data.preempt) return [];
  return [
    {
      path: ["preempt_delay"],
      message: "`preempt_delay` has no effect without `preempt: true`",
      help: "write `preempt: true`, or leave it out",
    },
  ];
}

/** keepalived moves the instances of a group together: they must have the same directors. */
function syncGroup(instance: Instance, { instances }: Site): readonly Finding[] {
  const { data } = instance;
  if (data.sync_group === undefined) return [];
  const group = instances.filter((other) => other.data.sync_group === data.sync_group);
  const [first] = group;
  if (group.length === 1) {
    const message = `the sync group \`${data.sync_group}\` has only one instance`;
    return [{ path: ["sync_group"], message, help: "leave it out, or name the group in another instance" }];
  }
  if (first === undefined || first === instance || order(first) === order(instance)) return [];
  const message = `the directors of \`${first.name}\` and \`${instance.name}\` differ, or have another order of priorities`;
  return [
    { path: ["sync_group"], message, help: "give both the same `directors`, and `priorities` in the same order" },
  ];
}

function order({ directors }: Instance): string {
  return directors.map(({ host }) => host.name).join(" ");
}

function references(
  { data }: Instance,
  { data: { track_scripts: track, notify_scripts: notify } }: Site,
): readonly Finding[] {
  const known = { track: Object.keys(track), notify: Object.keys(notify) };
  return [
    ...data.track_scripts.flatMap((name, index) =>
      known.track.includes(name) ? [] : [unknownName("track script", name, known.track, ["track_scripts", index])],
    ),
    ...(data.notify === undefined || known.notify.includes(data.notify)
      ? []
      : [unknownName("notify script", data.notify, known.notify, ["notify"])]),
  ];
}
