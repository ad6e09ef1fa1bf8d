/** What speaks against a pair of directors: that it does not serve as it should, or could not fail over. Pure. */
import { holds } from "./hosts/director.ts";
import type { Director, Process } from "./hosts/director.ts";
import { holdersOf, named } from "./vantage.ts";
import type { NamedServer } from "./vantage.ts";
import { takes } from "./hosts/vrrp.ts";
import type { Contest } from "./hosts/vrrp.ts";

/** Everything that speaks against striking this pair; empty: nothing that is seen on the directors themselves does. */
export function ailments(
  directors: readonly Director[],
  vip: string,
  servers: readonly NamedServer[],
): readonly string[] {
  const count = directors.length;
  return [
    ...(count < 2 ? [`a failover needs two directors; there is ${count === 1 ? "one" : "none"}`] : []),
    ...directors.flatMap(keepalivedAilments),
    ...directors.flatMap((director) => instanceAilments(director, vip)),
    ...addressesOf(directors, vip).flatMap((address) => ownerAilments(directors, address)),
    ...directors.flatMap((director) => tableAilments(director, servers)),
    ...tableDifferences(directors),
  ];
}

function keepalivedAilments(director: Director): readonly string[] {
  const { name, keepalived, problem } = director;
  if (problem !== undefined) return [`cannot examine ${name}: ${problem}`];
  if (keepalived !== "active") return [`keepalived is ${keepalived || "not there"} on ${name}`];
  return [...director.processes.flatMap((each) => processAilments(director, each)), ...missingProcesses(director)];
}

function processAilments({ name }: Director, process: Process): readonly string[] {
  const who = `keepalived's ${kindOf(process)} process ${process.pid} on ${name}`;
  if (/^[Tt]$/.test(process.state))
    return [`${who} is stopped (state ${process.state}): it does nothing until \`kill -CONT ${process.pid}\``];
  if (/^[ZXx]$/.test(process.state)) return [`${who} is dead (state ${process.state})`];
  if (process.unread > 0) return [`${who} hangs: it does not read the advertisements that arrive`];
  return [];
}

function missingProcesses({ name, processes, checks }: Director): readonly string[] {
  const children = processes.filter(({ parent }) => !parent);
  const vrrp = children.some(isVrrp);
  const others = children.some((each) => !isVrrp(each));
  return [
    ...(vrrp ? [] : [`keepalived on ${name} has no VRRP process with a socket for VRRP`]),
    ...(checks && !others ? [`keepalived on ${name} has no process for health checks`] : []),
  ];
}

function isVrrp({ sockets }: Process): boolean {
  return sockets > 0;
}

function kindOf(process: Process): string {
  if (process.parent) return "parent";
  return isVrrp(process) ? "VRRP" : "checker";
}

/** Who has not run between two looks, though advertisements were to be sent or to be read meanwhile. */
export function asleep(before: readonly Director[], now: readonly Director[]): readonly string[] {
  return now.flatMap((director) => {
    const earlier = before.find(({ name }) => name === director.name);
    const interval = longestInterval(director);
    const seconds = director.clock - (earlier?.clock ?? director.clock);
    if (earlier === undefined || seconds < sightSeconds(interval)) return [];
    return director.processes
      .filter(
        (each) => isVrrp(each) && earlier.processes.some((was) => isSame(was, each) && was.sleeps === each.sleeps),
      )
      .map(
        ({ pid }) =>
          `keepalived's VRRP process ${pid} on ${director.name} hangs: it has not run for ${seconds.toFixed(1)} s`,
      );
  });
}

function isSame(a: Process, b: Process): boolean {
  return a.pid === b.pid && a.began === b.began;
}

function longestInterval({ instances }: Director): number {
  return Math.max(0, ...instances.map(({ advertInterval }) => advertInterval));
}

/** How far apart two looks must be, so that a VRRP process that lives has run between them. */
export function sightSeconds(interval: number): number {
  return 1.5 * interval + 0.5;
}

export function sightOf(directors: readonly Director[]): number {
  return sightSeconds(Math.max(0, ...directors.map(longestInterval)));
}

function instanceAilments({ name, instances, keepalived, problem }: Director, vip: string): readonly string[] {
  if (problem !== undefined || keepalived !== "active" || instances.some(({ addresses }) => addresses.includes(vip)))
    return [];
  return [`${name} has no vrrp_instance with ${vip}`];
}

/** The address that the drill is about, and all others that the directors hold for each other. */
export function addressesOf(directors: readonly Director[], vip: string): readonly string[] {
  return [...new Set([vip, ...directors.flatMap(({ instances }) => instances.flatMap(({ addresses }) => addresses))])];
}

export function contestOf(directors: readonly Director[], address: string): Contest {
  return new Map(
    directors.flatMap(({ name, instances }) => {
      const instance = instances.find(({ addresses }) => addresses.includes(address));
      return instance === undefined ? [] : [[name, instance] as const];
    }),
  );
}

function ownerAilments(directors: readonly Director[], address: string): readonly string[] {
  const owners = holdersOf(directors, address).map(({ name }) => name);
  const [owner = ""] = owners;
  if (owners.length !== 1) return [owned(owners, address)];
  const contest = contestOf(directors, address);
  const better = [...contest.keys()].filter((name) => takes(contest, name, owner));
  if (contest.get(owner) === undefined || [...contest.values()].some(({ tracks }) => tracks)) return [];
  return better.map((name) => `${address} is on ${owner}, though ${name} has the higher priority and preempts`);
}

function owned(owners: readonly string[], address: string): string {
  return owners.length === 0
    ? `no director holds ${address}`
    : `${owners.join(" and ")} hold ${address} at the same time`;
}

const REAL = /^-a .*-r (\S+?)(?::\d+)? .*-w (\d+)/;

function tableAilments(director: Director, servers: readonly NamedServer[]): readonly string[] {
  const { name, table, problem } = director;
  const entries = table.flatMap((line) => {
    const [, address = "", weight = ""] = REAL.exec(`${line} `) ?? [];
    return address === "" ? [] : [{ address: address.replace(/^\[|\]$/g, ""), weight: Number(weight) }];
  });
  if (problem !== undefined) return [];
  if (entries.length === 0) return [`the IPVS table of ${name} has no real server`];
  return servers.flatMap((server) => {
    const own = entries.filter(({ address }) => address === server.address);
    if (server.weight === 0) return [];
    if (own.length === 0) return [`${name} forwards no client to ${named(server)}: the IPVS table does not contain it`];
    return own.some(({ weight }) => weight === 0)
      ? [`${name} forwards no client to ${named(server)}: its weight is 0`]
      : [];
  });
}

function tableDifferences([first, ...others]: readonly Director[]): readonly string[] {
  return others
    .filter((director) => first?.problem === undefined && director.problem === undefined && !sameTable(director, first))
    .map((director) => `the IPVS tables of ${first?.name ?? ""} and ${director.name} differ`);
}

function sameTable(a: Director, b: Director | undefined): boolean {
  return a.table.join("\n") === (b?.table.join("\n") ?? "");
}

/** The director that holds the address, and the one that is to take it. */
export function rolesOf(
  directors: readonly Director[],
  vip: string,
): { readonly master: Director; readonly backup: Director } | undefined {
  const master = directors.find((director) => holds(director, vip));
  const contest = contestOf(directors, vip);
  const priority = ({ name }: Director): number => contest.get(name)?.priority ?? 0;
  const [backup] = directors.filter((director) => director !== master).sort((a, b) => priority(b) - priority(a));
  return master === undefined || backup === undefined ? undefined : { master, backup };
}
