/** What the rounds come to, as Markdown. */
import type { Phase, SubjectName } from "./args.ts";
import type { Measured } from "./measure.ts";
import type { Sample } from "./rounds.ts";
import { median, ratio, spread } from "./statistics.ts";
import type { ByRound, Spread } from "./statistics.ts";
import { ALL } from "./subjects.ts";
import { bars, digits, table } from "./table.ts";

/** Hosts, delay and phase: what one table is about. */
interface Matter {
  readonly hosts: number;
  readonly rtt: number;
  readonly phase: Phase;
}

const PHASE_TITLE: Readonly<Record<Phase, string>> = {
  check: "dry run on fresh hosts",
  first: "first run on fresh hosts",
  second: "second run, nothing to do",
};

/** The floors of a phase: looking once is all that a dry run and a second run need. */
const FLOORS: Readonly<Record<Phase, readonly [floor: SubjectName, bare: SubjectName, Phase]>> = {
  check: ["floor", "bare", "second"],
  first: ["floor3", "bare3", "first"],
  second: ["floor", "bare", "second"],
};

const HEAD = [
  ...["", "wall s", "least–most", "× its floor", "× bare ssh2", "wall ÷ dsrctl's", "CPU s", "CPU ÷ dsrctl's", "MB"],
  ...["host CPU s", "connections", "execs", "round trips", "kB"],
];

/** All tables, each with bars of the walls. */
export function reportRounds(samples: readonly Sample[]): string {
  const matters = distinct(samples);
  return matters.map((matter) => section(samples, matter)).join("\n\n");
}

function distinct(samples: readonly Sample[]): readonly Matter[] {
  const found = new Map<string, Matter>();
  for (const { hosts, rtt, phase } of samples) found.set(`${hosts} ${rtt} ${phase}`, { hosts, rtt, phase });
  const order: readonly Phase[] = ["second", "first", "check"];
  return [...found.values()].sort(
    (a, b) => order.indexOf(a.phase) - order.indexOf(b.phase) || a.hosts - b.hosts || a.rtt - b.rtt,
  );
}

function section(samples: readonly Sample[], matter: Matter): string {
  const names = ALL.map(({ name }) => name).filter((name) => of(samples, matter, name).length > 0);
  const walls = names.map((name) => {
    const value = median(of(samples, matter, name).map(({ measured }) => measured.wall));
    return { name: titleOf(name), value, shown: `${digits(value)} s` };
  });
  return [
    `#### ${matter.hosts} hosts, ${matter.rtt} ms, ${PHASE_TITLE[matter.phase]}`,
    table(
      HEAD,
      names.map((name) => row(samples, matter, name)),
    ),
    bars(walls),
  ].join("\n\n");
}

function of(samples: readonly Sample[], { hosts, rtt, phase }: Matter, subject: SubjectName): readonly Sample[] {
  return samples.filter(
    (each) => each.hosts === hosts && each.rtt === rtt && each.phase === phase && each.subject === subject,
  );
}

function titleOf(name: SubjectName): string {
  return ALL.find((subject) => subject.name === name)?.title ?? name;
}

function byRound(samples: readonly Sample[], key: "wall" | "cpu"): ByRound {
  return new Map(samples.map(({ round, measured }) => [round, measured[key]]));
}

function row(samples: readonly Sample[], matter: Matter, name: SubjectName): readonly string[] {
  const own = of(samples, matter, name);
  const ours = of(samples, matter, "dsrctl");
  const [floor, bare, phase] = FLOORS[matter.phase];
  const over = (low: SubjectName): string => times(own, of(samples, { ...matter, phase }, low), "wall");
  const wall = spread(own.map(({ measured }) => measured.wall));
  const middle = (key: keyof Measured): string => digits(median(own.map(({ measured }) => Number(measured[key]))));
  return [
    ...[titleOf(name), digits(wall.median), `${digits(wall.least)}–${digits(wall.most)}`],
    ...[over(floor), over(bare), times(own, ours, "wall")],
    ...[middle("cpu"), times(own, ours, "cpu"), middle("memory"), middle("hostCpu"), middle("connections")],
    ...[middle("execs"), middle("roundTrips"), middle("kilobytes")],
  ];
}

function times(own: readonly Sample[], theirs: readonly Sample[], key: "wall" | "cpu"): string {
  return shown(ratio(byRound(own, key), byRound(theirs, key)));
}

function shown(found: Spread | undefined): string {
  if (found === undefined) return "";
  if (found.least === found.most) return digits(found.median);
  return `${digits(found.median)} (${digits(found.least)}–${digits(found.most)})`;
}
