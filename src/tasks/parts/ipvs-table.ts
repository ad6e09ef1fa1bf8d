/** The kernel's IPVS table as `ipvsadm -S -n` prints it (ipvsadm(8)); it has no counters in it. */
import { endpoint } from "../../text/ip.ts";
import { canonicalNetwork } from "./netaddr.ts";

export type Method = "DR" | "NAT" | "TUN";

export type RealServer = {
  readonly method: Method;
  /** 0: no new connections. */
  readonly weight: number;
};

export type VirtualService = {
  readonly scheduler: string;
  /** Seconds; null: not persistent. */
  readonly persistence: number | null;
  /** Netmask, or for IPv6 prefix length, of the clients that count as one; null: each address by itself. */
  readonly mask: string | null;
  /** Flags of the scheduler, and `ops` (one-packet scheduling); sorted. */
  readonly flags: readonly string[];
  /** By `10.0.0.3:80`. */
  readonly real: Readonly<Record<string, RealServer>>;
};

/** By `tcp 10.0.0.5:80`, `udp [2001:db8::5]:53`, `fwmark 7`, `fwmark 7 inet6`. */
export type Table = Readonly<Record<string, VirtualService>>;

export interface SyncDaemon {
  readonly state: "master" | "backup";
  readonly interface: string;
  readonly id: number;
}

/** In one spelling: `10.0.0.5:80`, `[2001:db8::5]:80`. */
export function endpointOf(address: string, port: number): string {
  return endpoint(canonicalNetwork(address), port);
}

const PROTOCOLS: Readonly<Record<string, string>> = { "-t": "tcp", "-u": "udp", "--sctp-service": "sctp" };
const METHODS: Readonly<Record<string, Method>> = { "-g": "DR", "-m": "NAT", "-i": "TUN" };

/** Parses the lines of `ipvsadm -S -n`; other lines are skipped. */
export function readTable(out: string): Table {
  const table: Record<string, VirtualService> = {};
  for (const line of out.split("\n")) {
    const [command, ...words] = line.trim().split(/\s+/);
    const options = optionsOf(words);
    if (command === "-A") table[keyOf(options)] = serviceOf(options);
    if (command === "-a") addTo(table, options);
  }
  return table;
}

type Options = ReadonlyMap<string, string>;

/** Every option with the word after it, which is `""` for an option without a value. */
function optionsOf(words: readonly string[]): Options {
  return new Map(
    words.flatMap((word, index) => {
      const next = words[index + 1] ?? "-";
      return word.startsWith("-") ? [[word, next.startsWith("-") ? "" : next] as const] : [];
    }),
  );
}

function keyOf(options: Options): string {
  const mark = options.get("-f");
  if (mark !== undefined) return `fwmark ${mark}${options.has("-6") ? " inet6" : ""}`;
  const [option = "-t", protocol = "tcp"] = Object.entries(PROTOCOLS).find(([each]) => options.has(each)) ?? [];
  return `${protocol} ${canonicalEndpoint(options.get(option) ?? "")}`;
}

function canonicalEndpoint(text: string): string {
  const at = text.lastIndexOf(":");
  return endpointOf(text.slice(0, at).replace(/^\[|\]$/g, ""), Number(text.slice(at + 1)));
}

function serviceOf(options: Options): VirtualService {
  const flags = (options.get("-b") ?? "").split(",").filter((flag) => flag !== "");
  const seconds = options.get("-p");
  return {
    scheduler: options.get("-s") ?? "wlc",
    persistence: seconds === undefined ? null : Number(seconds === "" ? 300 : seconds),
    mask: plainMask(options.get("-M")),
    flags: [...flags, ...(options.has("-o") ? ["ops"] : [])].sort(),
    real: {},
  };
}

/** null for the default mask. */
export function plainMask(mask: string | undefined): string | null {
  return mask === undefined || mask === "255.255.255.255" || mask === "128" ? null : mask;
}

function addTo(table: Record<string, VirtualService>, options: Options): void {
  const key = keyOf(options);
  const service = table[key];
  if (service === undefined) return;
  const [, method = "DR"] = Object.entries(METHODS).find(([option]) => options.has(option)) ?? [];
  const server: RealServer = { method, weight: Number(options.get("-w") ?? 1) };
  table[key] = { ...service, real: { ...service.real, [canonicalEndpoint(options.get("-r") ?? "")]: server } };
}

/** Parses `ipvsadm -L --daemon`; at most one of each state. */
export function readSyncDaemons(out: string): readonly SyncDaemon[] {
  return [...out.matchAll(/^(master|backup) sync daemon \(mcast=([^,)]+), syncid=(\d+)/gm)].map(
    ([, state, device = "", id]) => ({
      state: state === "master" ? "master" : "backup",
      interface: device,
      id: Number(id),
    }),
  );
}
