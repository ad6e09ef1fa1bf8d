/** The bench's own command line. */
import { parseArgs } from "node:util";

export const PHASES = ["check", "first", "second"] as const;
export type Phase = (typeof PHASES)[number];

export const SUBJECTS = [
  ...(["dsrctl", "floor", "floor3", "bare", "bare3", "ssh"] as const),
  ...(["mitogen", "ansible-tuned", "ansible"] as const),
] as const;
export type SubjectName = (typeof SUBJECTS)[number];

export const PARTS = ["hosts", "startup", "many", "inventory"] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  /** Numbers of hosts. */
  readonly hosts: readonly number[];
  /** Round-trip times in milliseconds. */
  readonly rtt: readonly number[];
  readonly rounds: number;
  /** Rounds in which Ansible and Mitogen take part, the first ones. */
  readonly peerRounds: number;
  /** Ansible as it comes is left out above this many hosts. */
  readonly ansibleUpTo: number;
  /** And the other peers above this many. */
  readonly peersUpTo: number;
  readonly only: readonly SubjectName[];
  readonly phases: readonly Phase[];
  readonly parts: readonly Part[];
  /** Connections of the part `many`. */
  readonly connections: number;
  /** Whether docs/performance.md gets the results. */
  readonly write: boolean;
  /** A directory for V8's CPU profiles of dsrctl. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [OPTION...]

  --hosts 4,20       numbers of hosts
  --rtt 0,40         round-trip times of the line, in milliseconds
  --rounds 5         rounds; in each every subject has its turn
  --peer-rounds 1    rounds in which Ansible and Mitogen take part
  --ansible-up-to 4  Ansible as it comes takes minutes: the greatest number of hosts it is asked for
  --peers-up-to 20   and for Mitogen and Ansible tuned
  --only LIST        of ${SUBJECTS.join(", ")}
  --phases LIST      of ${PHASES.join(", ")}
  --parts LIST       of ${PARTS.join(", ")}
  --connections 1000 how many connections the part \`many\` opens
  --profile DIRECTORY   have Node write a CPU profile of each run of dsrctl
  --write            put the results into docs/performance.md
  --quick            4 hosts, no delay, one round, the second run of dsrctl, the floors and bare ssh2
`;

const OPTIONS = {
  hosts: { type: "string" },
  rtt: { type: "string" },
  rounds: { type: "string" },
  "peer-rounds": { type: "string" },
  "ansible-up-to": { type: "string" },
  "peers-up-to": { type: "string" },
  only: { type: "string" },
  phases: { type: "string" },
  parts: { type: "string" },
  connections: { type: "string" },
  profile: { type: "string" },
  write: { type: "boolean" },
  quick: { type: "boolean" },
} as const;

const DEFAULTS = { hosts: "4,20", rtt: "0,40", rounds: "5", phases: PHASES.join(), only: SUBJECTS.join() };
const QUICK = { hosts: "4", rtt: "0", rounds: "1", phases: "second", only: "dsrctl,floor,floor3,bare,bare3" };

/** @throws RangeError or TypeError that says which option is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  const usual = values.quick === true ? QUICK : DEFAULTS;
  const parts = values.quick === true ? "hosts" : PARTS.join();
  return {
    hosts: numbers("hosts", values.hosts ?? usual.hosts, 1),
    rtt: numbers("rtt", values.rtt ?? usual.rtt, 0),
    rounds: number("rounds", values.rounds ?? usual.rounds, 1),
    peerRounds: number("peer-rounds", values["peer-rounds"] ?? "1", 0),
    ansibleUpTo: number("ansible-up-to", values["ansible-up-to"] ?? "4", 0),
    peersUpTo: number("peers-up-to", values["peers-up-to"] ?? "20", 0),
    only: words("only", values.only ?? usual.only, SUBJECTS),
    phases: words("phases", values.phases ?? usual.phases, PHASES),
    parts: words("parts", values.parts ?? parts, PARTS),
    connections: number("connections", values.connections ?? "1000", 1),
    write: values.write ?? false,
    profile: values.profile,
  };
}

function number(option: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least) return value;
  throw new RangeError(`--${option}: expected a whole number from ${least} on, not \`${text}\``);
}

function numbers(option: string, text: string, least: number): readonly number[] {
  return text.split(",").map((each) => number(option, each, least));
}

/** In the order of `known`, whatever the order they are given in. */
function words<Word extends string>(option: string, text: string, known: readonly Word[]): readonly Word[] {
  const given = text.split(",");
  const odd = given.find((each) => !known.some((word) => word === each));
  if (odd !== undefined) throw new RangeError(`--${option}: \`${odd}\` is none of ${known.join(", ")}`);
  return known.filter((word) => given.includes(word));
}
