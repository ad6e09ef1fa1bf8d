/** Examines the whole site: the directors, then what a client sees of the real servers past the VIP. */
import type { LookResult } from "../core/batch.ts";
import { directorLook, readDirector, strikeLook } from "./hosts/director.ts";
import type { Director } from "./hosts/director.ts";
import { lookAt } from "./hosts/host.ts";
import type { DrillHost } from "./hosts/host.ts";
import { ailments, asleep, rolesOf } from "./pair.ts";
import { blindDoors, doorLook, pageLooks, serversOf, shutDoors, unasked, unproven, wrongPages } from "./vantage.ts";
import type { NamedServer, Site } from "./vantage.ts";

export interface Staff {
  readonly directors: readonly DrillHost[];
  readonly client: DrillHost;
  readonly site: Site;
}

export interface Examined {
  readonly directors: readonly Director[];
  /** Reasons against a failover; empty: none. */
  readonly reasons: readonly string[];
  /** What nothing proves, although no reason is against it. */
  readonly notes: readonly string[];
  readonly master: Director | undefined;
  readonly backup: Director | undefined;
  /** By director, the checksum of the output of `strikeLook`. */
  readonly guards: ReadonlyMap<string, string>;
}

/**
 * @param earlier an earlier examination of the same site. A process that has not run since then hangs. The client has
 * sent requests since then, so its sources prove real servers.
 * @throws Unreachable
 */
export async function examine(staff: Staff, earlier?: Examined): Promise<Examined> {
  const { site } = staff;
  const seen = await Promise.all(staff.directors.map((host) => lookAtDirector(host, site)));
  const directors = seen.map(({ director }) => director);
  const servers = serversOf(site, directors);
  const { master, backup } = rolesOf(directors, site.vip) ?? {};
  const answers = await lookAt(staff.client, [doorLook(site, directors), ...pageLooks(site, servers)]);
  const given: Given = { site, directors, servers, master, answers };
  return {
    ...{ directors, master, backup, ...judged(given, earlier) },
    guards: new Map(seen.map(({ director, guard }) => [director.name, guard])),
  };
}

async function lookAtDirector(
  host: DrillHost,
  site: Site,
): Promise<{ readonly director: Director; readonly guard: string }> {
  const looks = [
    { id: "director", look: directorLook(site.sources), from: "host" } as const,
    { id: "strike", look: strikeLook(site.vip, Number.MAX_SAFE_INTEGER), from: "host" } as const,
  ];
  const answers = await lookAt(host, looks);
  const [director, strike] = [answers.get("director"), answers.get("strike")];
  if (director === undefined || strike === undefined) throw new Error(`no answer from ${host.name}`);
  return { director: readDirector(host.name, director), guard: strike.checksum };
}

interface Given {
  readonly site: Site;
  readonly directors: readonly Director[];
  readonly servers: readonly NamedServer[];
  readonly master: Director | undefined;
  readonly answers: ReadonlyMap<string, LookResult>;
}

function judged(
  { site, directors, servers, master, answers }: Given,
  earlier: Examined | undefined,
): Pick<Examined, "reasons" | "notes"> {
  const own = [
    ...ailments(directors, site.vip, servers),
    ...asleep(earlier?.directors ?? [], directors),
    ...wrongPages(site, servers, answers),
  ];
  if (master === undefined) return { reasons: own, notes: [] };
  const others = directors.filter((director) => director !== master);
  const proof = earlier === undefined ? [] : unproven(site, master, servers, answers);
  return {
    reasons: [...own, ...shutDoors(site, master, others, answers), ...proof],
    notes: [...blindness(site, master, others, answers), ...unaskedServers(master, servers)],
  };
}

function blindness(
  site: Site,
  master: Director,
  others: readonly Director[],
  answers: ReadonlyMap<string, LookResult>,
): readonly string[] {
  if (!blindDoors(site, master, answers)) return [];
  const names = others.map(({ name }) => name).join(", ");
  return [
    `not known beforehand whether ${names} lets the clients in: ${master.name} does not at its own address either`,
  ];
}

function unaskedServers(master: Director, servers: readonly NamedServer[]): readonly string[] {
  const list = unasked(master, servers);
  return list.length === 0
    ? []
    : [
        `not proven through the VIP: ${list.join(", ")} (no client address is forwarded there; add \`sources\` to a client's \`site_host\`)`,
      ];
}
