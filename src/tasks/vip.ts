import { isIP, isIPv6 } from "../text/ip.ts";
import { integer, z } from "../core/schema.ts";
import { sh } from "../core/shell.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Output } from "../core/task-type.ts";
import { flag } from "./parts/flag.ts";

const addressAndPrefix = z.string({ error: "expected an IP address" }).refine(
  (value) => {
    const [address = "", prefix, ...more] = value.split("/");
    const longest = isIPv6(address) ? 128 : 32;
    return (
      isIP(address) !== 0 &&
      more.length === 0 &&
      (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest))
    );
  },
  { error: "expected an IP address, with or without a prefix length" },
);

const shape = z.strictObject({
  address: addressAndPrefix.describe(
    "The address, `10.0.0.5`; with a prefix length, `10.0.0.5/32`, that is judged, too.",
  ),
  owners: integer(0, 1000)
    .optional()
    .describe("On how many hosts of the play it must be, exactly. 1, when `held` is not given either."),
  held: flag.optional().describe("Whether this host must have it."),
  interface: z
    .string()
    .regex(/^[^\s/]{1,15}$/, "expected the name of a network interface")
    .optional()
    .describe("Where it must be. Left out: on any but `lo`."),
});

interface VipArgs {
  readonly address: string;
  readonly prefix: string | undefined;
  readonly interface: string | undefined;
  /** Exactly one of the two is given. */
  readonly owners: number | undefined;
  readonly held: boolean | undefined;
}

type VipState = Readonly<{
  held: boolean;
  /** Where the address is, as `10.0.0.5/24 on eth0`, also where it does not count. */
  at: readonly string[];
}>;

function vipArgs(raw: z.output<typeof shape>): VipArgs {
  const [address = "", prefix] = raw.address.split("/");
  const owners = raw.owners ?? (raw.held === undefined ? 1 : undefined);
  return { address, prefix, interface: raw.interface, owners, held: raw.held };
}

interface Place {
  readonly device: string;
  readonly cidr: string;
  /** Another host answered for it: duplicate address detection failed, the kernel does not use it (RFC 4862 5.4). */
  readonly duplicate: boolean;
}

function readPlaces(seen: Output): readonly Place[] {
  const words = seen.out.split("\n").map((line) => line.split(" "));
  return words.flatMap(([device, cidr, flag]) =>
    device === undefined || cidr === undefined ? [] : [{ device, cidr, duplicate: flag === "duplicate" }],
  );
}

function counts(place: Place, args: VipArgs): boolean {
  const device = args.interface === undefined ? place.device !== "lo" : place.device === args.interface;
  const prefix = place.cidr.split("/")[1] ?? (isIPv6(args.address) ? "128" : "32");
  return device && !place.duplicate && (args.prefix === undefined || args.prefix === prefix);
}

function placeText({ device, cidr, duplicate }: Place): string {
  return `${cidr} on ${device}${duplicate ? " (a duplicate, not used)" : ""}`;
}

/** What is to be there, for messages. */
function wantedText(args: VipArgs): string {
  const prefix = args.prefix === undefined ? "" : `/${args.prefix}`;
  return `${args.address}${prefix}${args.interface === undefined ? "" : ` on ${args.interface}`}`;
}

function alone(state: VipState | undefined, args: VipArgs): string {
  const at = state?.at ?? [];
  if (args.held === true) return `does not have ${wantedText(args)}${at.length === 0 ? "" : `, but ${at.join(", ")}`}`;
  return `has ${at.join(", ")}`;
}

const SPLIT = ": VRRP (protocol 112) does not get through from one to the other, or keepalived hangs on one of them";

function among(
  states: ReadonlyMap<string, VipState | undefined>,
  args: VipArgs,
  owners: number,
  some: boolean,
): string | undefined {
  const all = [...states].map(([host, state]) => ({ host, held: state?.held === true, at: state?.at ?? [] }));
  const holders = all.filter(({ held }) => held);
  if (holders.length === owners || (some && holders.length < owners)) return undefined;
  const wanted = wantedText(args);
  const named = (list: typeof all): string => list.map(({ host, at }) => `${host} (${at.join(", ")})`).join(" and ");
  const elsewhere = all.filter(({ held, at }) => !held && at.length > 0);
  const besides = elsewhere.length === 0 ? "" : `; not in the desired state: ${named(elsewhere)}`;
  if (holders.length === 0) return `none of ${all.map(({ host }) => host).join(", ")} has ${wanted}${besides}`;
  const split = owners === 1 ? SPLIT : "";
  return `${wanted} is on ${holders.length} hosts rather than ${owners}: ${named(holders)}${besides}${split}`;
}

export const vip = taskType<VipArgs, VipState>({
  kind: "vip",
  summary: "Asserts which hosts have a virtual IP address.",
  notes: `With \`owners\` all hosts of the play are looked at (with \`serial\`, those of the batch), and exactly that
many must have the address. With \`held\` each host is evaluated by itself. When \`--limit\` leaves hosts of the play
out, they may have it: then more owners than wanted fail, and anything else is skipped, not known. Two owners are split
brain: each director believes that the other is dead, most often because VRRP (IP protocol 112) is rejected by a
firewall.

Where \`tcpdump -ni IF proto 112\` shows the adverts on both, keepalived hangs on one of them. Its log there ends with
the state it had (\`journalctl -u keepalived\`): restart it there. With \`lvs_sync_daemon\` the hang results from becoming
MASTER and BACKUP again at once. Two directors that start in the same moment may do so. The kernel does not answer when
its sync thread is ended before its first turn. keepalived waits for that answer without end. Seen with keepalived 2.2.7
and Linux 6.1 on one CPU. Start the directors one after the other (\`serial: 1\`).

Read is \`ip addr\` (iproute2, as old as that of RHEL 7). An address on \`lo\` does not count unless \`interface: lo\`
says so. A web node that takes DSR packets by an address on \`lo\` is not an owner. An IPv6 address that failed
duplicate address detection does not count, either.

After keepalived has started it takes some seconds until one of the directors has the address: give the task \`retries\` and \`delay\`.
Both kinds of the task look the same, so that asking twice costs nothing.`,
  examples: [
    `- name: exactly one director has the VIP
  vip: { address: 10.0.0.5, owners: 1 }
  retries: 10
  delay: 1
`,
    `- name: the web node takes packets for the VIP on lo
  vip: { address: 10.0.0.5/32, held: true, interface: lo }
`,
    `- vip: 10.0.0.5
`,
  ],
  args: shape
    .superRefine((raw, ctx) => {
      if (raw.owners !== undefined && raw.held !== undefined) {
        ctx.addIssue({
          code: "custom",
          path: ["held"],
          message: "give `owners` (all hosts) or `held` (this host), not both",
        });
      }
    })
    .transform(vipArgs),
  positionalArg: "address",

  label: (args) => {
    if (args.held !== undefined) return `${wantedText(args)} is ${args.held ? "" : "not "}here`;
    return `${wantedText(args)} has ${args.owners === 1 ? "one owner" : `${args.owners} owners`}`;
  },
  look: ({ address }) => sh`need ip iproute2
seen=$(ip -o ${isIPv6(address) ? "-6" : "-4"} addr show to ${address}) || exit
printf '%s\n' "$seen" | while read -r number device family cidr rest; do
case $rest in *dadfailed*) echo "$device $cidr duplicate" ;; *) [ -z "$device" ] || echo "$device $cidr" ;; esac
done`,
  // VRRP moves it.
  affectedByOtherHosts: () => true,
  read: (seen, args) => {
    if (seen.code !== 0) return new Blocked(seen.err.trim() || `ip ended with ${seen.code}`);
    const places = readPlaces(seen);
    return { held: places.some((place) => counts(place, args)), at: places.map(placeText) };
  },
  want: (args) => (args.held === undefined ? {} : { held: args.held }),
  explainFailure: (delta, args) => alone(delta.before, args),
  evaluateAcrossHosts: (args) => {
    const { owners } = args;
    return owners === undefined ? undefined : (states, some) => among(states, args, owners, some);
  },
});
