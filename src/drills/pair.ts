/** The state of a pair of directors, as a drill needs to know it. */
import type { Answer } from "../session.ts";
import { sh } from "../sh.ts";
import type { Sh } from "../sh.ts";

export interface Director {
  readonly name: string;
  /** systemd's word for the keepalived unit: `active`, `inactive`, `failed`. */
  readonly keepalived: string;
  readonly holdsVip: boolean;
  /** The kernel's table, as `ipvsadm-save -n` prints it, in order. */
  readonly table: readonly string[];
}

export function directorLook(vip: string): Sh {
  return sh`need ipvsadm ipvsadm
systemctl show -p ActiveState keepalived
echo --vip
ip -o addr show to ${vip} | awk '{ print $2 }'
echo --table
ipvsadm-save -n | sort`;
}

export function readDirector(name: string, answer: Answer): Director {
  const [unit = "", vip = "", table = ""] = answer.output.out.split(/^--(?:vip|table)\n/m);
  return {
    name,
    keepalived: unit.trim().replace("ActiveState=", ""),
    holdsVip: vip.trim() !== "",
    table: table.split("\n").filter((line) => line !== ""),
  };
}

/** Everything that speaks against striking this pair; empty: it is healthy. */
export function ailments(pair: readonly Director[], vip: string): readonly string[] {
  const owners = pair.filter((director) => director.holdsVip).map((director) => director.name);
  const [first, ...others] = pair;
  return [
    ...(pair.length < 2 ? [`a failover takes two directors; there is ${pair.length === 1 ? "one" : "none"}`] : []),
    ...pair
      .filter((director) => director.keepalived !== "active")
      .map((director) => `keepalived is ${director.keepalived || "not there"} on ${director.name}`),
    ...(owners.length === 1 ? [] : [owned(owners, vip)]),
    ...pair
      .filter((director) => !director.table.some((line) => line.startsWith("-a ")))
      .map((director) => `the IPVS table of ${director.name} has no real server`),
    ...others
      .filter((director) => !sameTable(director, first))
      .map((director) => `the IPVS tables of ${first?.name ?? ""} and ${director.name} differ`),
  ];
}

function owned(owners: readonly string[], vip: string): string {
  return owners.length === 0 ? `no director holds ${vip}` : `${owners.join(" and ")} hold ${vip} at the same time`;
}

function sameTable(a: Director, b: Director | undefined): boolean {
  return a.table.join("\n") === (b?.table.join("\n") ?? "");
}
