/**
 * Looks from a client past the VIP. It checks whether each director accepts the client's packets for the service, and
 * what each real server answers at its own address. A refusal proves that the director accepts the packets. Nothing
 * listens at that address, so the refusal comes from the kernel, not from the filter.
 */
import { isIPv6 } from "../text/ip.ts";
import type { LookResult, Look } from "../core/batch.ts";
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { readReply, request, portOf } from "../tasks/parts/curl.ts";
import type { Body, Reply, Request } from "../tasks/parts/curl.ts";
import { Blocked } from "../core/task-type.ts";
import { holds } from "./hosts/director.ts";
import type { Director } from "./hosts/director.ts";
import type { RealServer } from "./hosts/vrrp.ts";

/** What the site is, as the inventory describes it. */
export interface Site {
  readonly vip: string;
  readonly url: string;
  /** The address that the client connects to; `undefined`: that of the URL. */
  readonly connectTo: string | undefined;
  /** Any TLS certificate is right. */
  readonly insecure: boolean;
  /** The client's source addresses; `""`: the one that its routes choose. Never empty. */
  readonly sources: readonly string[];
  /** By default those of the directors' own configuration. */
  readonly realServers: readonly NamedServer[] | undefined;
  /** Expected statuses; empty: every 2xx and 3xx. */
  readonly statuses: readonly number[];
  /** A text that every page contains. */
  readonly body: string | undefined;
}

const SECONDS = 2;

/** An address of the director itself in the network of the VIP: that of the VRRP interface. */
export function ownAddress(director: Director, vip: string): string | undefined {
  const instance = director.instances.find(({ addresses }) => addresses.includes(vip));
  const virtual = new Set(director.instances.flatMap(({ addresses }) => addresses));
  return director.addresses.find(
    ({ device, address }) =>
      device === instance?.interface &&
      isIPv6(address) === isIPv6(vip) &&
      !virtual.has(address) &&
      !/^fe80:/i.test(address),
  )?.address;
}

/**
 * Connects to the service's port at each director's own address, from each source. A refusal by ICMP comes from the
 * filter, one by TCP from the host. The connecting program sees no difference; the client's counters do. ICMP can also
 * be an answer to other programs, so only a connection that causes it three times counts as refused by the filter.
 * Prints `DIRECTOR SOURCE OUTCOME` lines; the last line for a pair counts.
 */
export function doorLook(site: Site, directors: readonly Director[]): Look {
  const doors = directors.flatMap((director) => {
    const address = ownAddress(director, site.vip);
    return address === undefined ? [] : site.sources.map((source) => ({ name: director.name, address, source }));
  });
  const knocks = doors.map((door, index) => {
    const asked = request(askedOf(site, door.address, door.source), "ignored");
    return lines([sh`${shellName(index)}() {`, asked, sh`}`]);
  });
  const labels = doors.map(({ name, source }) => `${name} ${source === "" ? DEFAULT : source}`);
  return { id: "doors", look: lines([...knocks, sh`set -- ${labels}`, KNOCKING]), from: "host" };
}

/** The word for the source that the client's routes choose. */
const DEFAULT = "-";

function shellName(index: number): Sh {
  return sh`knock_${index}`;
}

const KNOCKING = sh`need curl curl
refusals() {
  cat /proc/net/snmp /proc/net/snmp6 2>/dev/null | awk '
    $1 == "Icmp:" && !named { for (i = 2; i <= NF; i++) if ($i == "InDestUnreachs") named = i; next }
    $1 == "Icmp:" { sum += $named }
    $1 == "Icmp6InDestUnreachs" { sum += $2 }
    END { print sum + 0 }'
}
one() { echo "$2" $(knock_$1 2>/dev/null); }
before=$(refusals)
number=0
for label; do one $number "$label" & number=$((number + 1)); done
wait
[ "$(refusals)" != "$before" ] || exit 0
number=0
for label; do
  for try in 1 2 3; do
    before=$(refusals)
    said=$(one $number "$label")
    case $said in *' refused') [ "$(refusals)" != "$before" ] || break ;; *) break ;; esac
    said="$label rejected"
  done
  echo "$said"
  number=$((number + 1))
done`;

export function pageLooks(site: Site, servers: readonly RealServer[]): readonly Look[] {
  return servers.map(({ address }) => ask(`page ${address}`, site, address, site.sources[0] ?? "", bodyOf(site)));
}

function bodyOf({ body }: Site): Body {
  return body === undefined ? "ignored" : { holds: body };
}

function ask(id: string, site: Site, address: string, source: string, body: Body): Look {
  return { id, look: request(askedOf(site, address, source), body), from: "host", waitsForNetwork: true };
}

function askedOf({ url, insecure }: Site, address: string, source: string): Request {
  return {
    ...({ url, method: "GET", timeout: SECONDS, headers: [], insecure } as const),
    ...{ connectTo: { address, port: portOf(new URL(url)) }, source: source === "" ? undefined : source },
  };
}

/** What speaks against the backup: it rejects the client where the master does not. */
export function shutDoors(
  site: Site,
  master: Director,
  backups: readonly Director[],
  answers: ReadonlyMap<string, LookResult>,
): readonly string[] {
  return backups.flatMap((backup) => {
    const shut = site.sources.filter((source) => isShut(backup, source, answers) && !isShut(master, source, answers));
    const port = portOf(new URL(site.url));
    return shut.length === 0 ? [] : [`${backup.name} cannot serve: its firewall blocks port ${port}${from(shut)}`];
  });
}

/**
 * If not even the master accepts any packet at its own address, its filter decides by the VIP, and this look proves
 * nothing.
 */
export function blindDoors(site: Site, master: Director, answers: ReadonlyMap<string, LookResult>): boolean {
  const outcomes = outcomesOf(answers);
  return site.sources.some((source) => !outcomes.has(doorOf(master, source)) || isShut(master, source, answers));
}

const SHUT = ["no_route", "timed_out", "forbidden", "rejected"];

function isShut(director: Director, source: string, answers: ReadonlyMap<string, LookResult>): boolean {
  return SHUT.includes(outcomesOf(answers).get(doorOf(director, source)) ?? "");
}

function doorOf({ name }: Director, source: string): string {
  return `${name} ${source === "" ? DEFAULT : source}`;
}

function outcomesOf(answers: ReadonlyMap<string, LookResult>): ReadonlyMap<string, string> {
  const said = answers.get("doors")?.output.out.split("\n") ?? [];
  return new Map(
    said.flatMap((line) => {
      const [name = "", source = "", outcome] = line.split(" ");
      return outcome === undefined ? [] : [[`${name} ${source}`, outcome] as const];
    }),
  );
}

/** A real server under its name in the inventory. */
export type NamedServer = RealServer & { readonly name: string };

/** What is wrong with the answers of real servers at their own addresses. No answer there is not wrong by itself. */
export function wrongPages(
  site: Site,
  servers: readonly NamedServer[],
  answers: ReadonlyMap<string, LookResult>,
): readonly string[] {
  return servers.flatMap((server) => {
    const reply = pageOf(site, server, answers);
    const why = reply === undefined || reply instanceof Blocked ? undefined : wrongPage(site, reply);
    return why === undefined || server.weight === 0 ? [] : [`${named(server)} ${why}`];
  });
}

/**
 * Real servers that nothing proves: they do not answer the client at their own address, and none of its served sources
 * is sent to them.
 */
export function unproven(
  site: Site,
  master: Director,
  servers: readonly NamedServer[],
  answers: ReadonlyMap<string, LookResult>,
): readonly string[] {
  const reached = reachedBy(master);
  return servers.flatMap((server) => {
    const reply = pageOf(site, server, answers);
    const why = reply === undefined ? "not asked" : reply instanceof Blocked ? reply.why : silence(reply);
    if (server.weight === 0 || why === undefined || reached.has(server.address)) return [];
    return [
      `${named(server)} is not proven: it does not serve the client at its own address (${why}), and none of the client's addresses is sent to it`,
    ];
  });
}

/** Real servers that no source of the client is sent to: it is not known whether they accept packets for the VIP. */
export function unasked(master: Director, servers: readonly NamedServer[]): readonly string[] {
  const reached = reachedBy(master);
  return servers.filter(({ address, weight }) => weight > 0 && !reached.has(address)).map(named);
}

function reachedBy({ sent }: Director): ReadonlySet<string> {
  return new Set(sent.map((line) => line.split(" ")[1] ?? ""));
}

function pageOf(
  site: Site,
  { address }: RealServer,
  answers: ReadonlyMap<string, LookResult>,
): Reply | Blocked | undefined {
  const answer = answers.get(`page ${address}`);
  return answer === undefined ? undefined : replyOf(answer, bodyOf(site));
}

export function named({ name, address }: NamedServer): string {
  return name === address ? address : `${name} (${address})`;
}

function silence({ outcome }: Reply): string | undefined {
  return outcome === "answered" ? undefined : outcome.replaceAll("_", " ");
}

function wrongPage(site: Site, { outcome, status = 0, found, page }: Reply): string | undefined {
  if (outcome !== "answered") return undefined;
  if (!isRight(site, status)) return `answers ${status}`;
  if (found !== false) return undefined;
  return `answers a wrong page: \`${brief(page)}\` does not contain \`${site.body ?? ""}\``;
}

function brief(page: string): string {
  return page.trim().split("\n")[0]?.slice(0, 60) ?? "";
}

export function isRight({ statuses }: Pick<Site, "statuses">, status: number): boolean {
  return statuses.length === 0 ? status >= 200 && status < 400 : statuses.includes(status);
}

function replyOf(answer: LookResult, body: Body): Reply | Blocked {
  return readReply(answer.output, body);
}

function from(sources: readonly string[]): string {
  const given = sources.filter((source) => source !== "");
  return given.length === 0 ? "" : ` (probed from ${given.join(", ")})`;
}

/** The expected real servers: the inventory's, otherwise those of the directors' own files. */
export function serversOf(site: Site, directors: readonly Director[]): readonly NamedServer[] {
  if (site.realServers !== undefined) return site.realServers;
  const all = directors.flatMap(({ realServers }) => realServers);
  return [...new Map(all.map((each) => [each.address, { ...each, name: each.address }])).values()];
}

export function holdersOf(directors: readonly Director[], address: string): readonly Director[] {
  return directors.filter((director) => holds(director, address));
}
