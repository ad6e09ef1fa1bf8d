/** Rounds: every subject has its turn in each, the order moves on by one from round to round. */
import type { BenchOptions, Phase, SubjectName } from "./args.ts";
import { BenchError } from "./fault.ts";
import type { Ground } from "./ground.ts";
import { startHosts } from "./hosts.ts";
import type { Hosts } from "./hosts.ts";
import { measure } from "./measure.ts";
import type { Measured } from "./measure.ts";
import { ALL } from "./subjects.ts";
import type { Subject } from "./subjects.ts";

/** One subject, once. */
export interface Sample {
  readonly hosts: number;
  readonly rtt: number;
  readonly phase: Phase;
  readonly subject: SubjectName;
  readonly round: number;
  readonly measured: Measured;
  /** Changes it reported. */
  readonly changed: number;
}

export type Say = (text: string) => void;

export function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/** The subjects that are asked for and installed; says which are not. */
export function takingPart(options: BenchOptions, say: Say): readonly Subject[] {
  const asked = ALL.filter((subject) => options.only.includes(subject.name));
  return asked.filter((subject) => {
    const missing = subject.missing();
    if (missing !== undefined) say(`${subject.title} is left out: ${missing}`);
    return missing === undefined;
  });
}

/** Every number of hosts, every delay, every round. */
export async function runRounds(ground: Ground, options: BenchOptions, say: Say): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const subjects = takingPart(options, say);
  for (const count of options.hosts) {
    say(`${count} hosts`);
    const hosts = await startHosts(ground, count);
    for (let round = 0; round < options.rounds; round++) {
      for (const rtt of options.rtt) {
        for (const subject of rotate(subjects, round).filter((each) => hasTurn(each, count, round, options))) {
          samples.push(...(await turn(ground, hosts, subject, { ...options, rtt, round }, say)));
        }
      }
    }
    await hosts.end();
  }
  return samples;
}

function hasTurn(subject: Subject, hosts: number, round: number, options: BenchOptions): boolean {
  if (!subject.peer) return true;
  const most = subject.name === "ansible" ? options.ansibleUpTo : options.peersUpTo;
  return hosts <= most && round < options.peerRounds;
}

interface Turn {
  readonly rtt: number;
  readonly round: number;
  readonly phases: readonly Phase[];
  readonly profile: string | undefined;
}

/** A subject's phases, on fresh hosts where it begins with one that needs them. */
async function turn(
  ground: Ground,
  hosts: Hosts,
  subject: Subject,
  { rtt, round, phases, profile }: Turn,
  say: Say,
): Promise<readonly Sample[]> {
  const setting = { directory: ground.directory, hosts: hosts.all.length, profile };
  const samples: Sample[] = [];
  await prepare(ground, hosts, subject, phases);
  await ground.line.delay(rtt);
  for (const phase of phases) {
    const command = subject.command(phase, setting);
    if (command === undefined) continue;
    const measured = await measure(ground, hosts, command);
    const changed = subject.changed(measured);
    if (changed === undefined) throw new BenchError(`${subject.title}, ${phase}: it failed\n${told(measured)}`);
    say(
      `  round ${round + 1}, ${rtt} ms, ${phase}: ${subject.title} ${measured.wall.toFixed(2)} s${doubt(phase, changed)}`,
    );
    samples.push({ hosts: setting.hosts, rtt, phase, subject: subject.name, round, measured, changed });
  }
  return samples;
}

/** Whoever says nothing of the first run finds hosts that dsrctl has put right. */
async function prepare(ground: Ground, hosts: Hosts, subject: Subject, phases: readonly Phase[]): Promise<void> {
  const setting = { directory: ground.directory, hosts: hosts.all.length };
  const has = (phase: Phase): boolean => phases.includes(phase) && subject.command(phase, setting) !== undefined;
  if (has("first") || has("check")) await hosts.renew();
  if (has("first")) return;
  await ground.line.delay(0);
  const first = ALL[0]?.command("first", { ...setting, hosts: 50 });
  if (first === undefined) return;
  const done = await measure(ground, hosts, first);
  if (done.code !== 0) throw new BenchError(`putting the hosts right failed\n${told(done)}`);
}

function doubt(phase: Phase, changed: number): string {
  return phase === "second" && changed > 0 ? ` (CHANGED ${changed} things on a second run)` : "";
}

function told({ out, err }: Measured): string {
  return `${out}\n${err}`.trim().split("\n").slice(-15).join("\n");
}
