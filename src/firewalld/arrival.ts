/** The ssh connection of a task, as the look saw it, and which parts of it a rule matches. */
import { isIP } from "../text/ip.ts";
import type { BusValue } from "./busctl.ts";
import type { Answers } from "./seen.ts";
import { canonicalNetwork } from "../tasks/parts/netaddr.ts";

/** Addresses are `undefined` if they are not known: the connection is no ssh, or nothing on the host shows it. */
export interface Arrival {
  readonly client: string | undefined;
  readonly server: string | undefined;
  /** 22 if it is not known. */
  readonly port: number;
  /** The interface that has the server's address. */
  readonly device: string | undefined;
  /** The zone of firewalld for new connections from that client. */
  readonly zone: string | undefined;
}

/** `maybe`: the answer depends on a host or a set that is not known here. */
export type Match = "yes" | "no" | "maybe";

/** `undefined`: the change cannot affect ssh. */
export function arrivalIn(answers: Answers): Arrival | undefined {
  const [client = "-", server = "-", port = "22"] = answers.words("came")?.split(" ") ?? [];
  if (answers.words("came") === undefined) return undefined;
  const known = (word: string | undefined): string | undefined => (word === "-" || word === "" ? undefined : word);
  const came = {
    client: known(client),
    server: known(server),
    port: Number(port),
    device: known(answers.words("device")),
  };
  return { ...came, zone: zoneOf(came, answers) };
}

/** Sources go before interfaces; the default zone applies to what is in no zone. */
function zoneOf({ client, device }: Pick<Arrival, "client" | "device">, answers: Answers): string | undefined {
  const zones = entries(answers.reply("active")?.[0]).map(([zone, bound]) => ({
    zone,
    bound: new Map(entries(bound)),
  }));
  const bySource = zones.find(({ bound }) =>
    texts(bound.get("sources")).some((source) => inNetwork(client, source) === "yes"),
  );
  const byDevice = zones.find(({ bound }) => device !== undefined && texts(bound.get("interfaces")).includes(device));
  const kept = answers.words("kept");
  return bySource?.zone ?? byDevice?.zone ?? (String(answers.reply("default")?.[0] ?? "") || kept);
}

function entries(value: BusValue | undefined): readonly (readonly [string, BusValue | undefined])[] {
  return (Array.isArray(value) ? (value as readonly BusValue[]) : []).flatMap((entry) => {
    const [key, held] = Array.isArray(entry) ? (entry as readonly BusValue[]) : [];
    return key === undefined ? [] : [[String(key), held] as const];
  });
}

function texts(value: BusValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Whether an address is in a network or is that address. */
export function inNetwork(address: string | undefined, network: string): Match {
  const [base = "", mask = ""] = network.split("/");
  if (isIP(base) === 0 || address === undefined) return "maybe";
  const plain = address.replace(/%.*$/, "");
  if (isIP(plain) !== isIP(base)) return "no";
  return canonicalNetwork(mask === "" ? plain : `${plain}/${mask}`) === canonicalNetwork(network) ? "yes" : "no";
}

export function not(match: Match): Match {
  return match === "maybe" ? "maybe" : match === "yes" ? "no" : "yes";
}

/** All of them hold. */
export function all(matches: readonly Match[]): Match {
  if (matches.includes("no")) return "no";
  return matches.includes("maybe") ? "maybe" : "yes";
}

/** For messages: `from 10.0.0.9 by port 22`. */
export function arrivalText({ client, port }: Arrival): string {
  return `this connection came in ${client === undefined ? "" : `from ${client} `}by port ${port}`;
}
