import { expect, test } from "vitest";
import type { SubjectName } from "../../bench/args.ts";
import { reportRounds } from "../../bench/report.ts";
import type { Sample } from "../../bench/rounds.ts";

function sample(subject: SubjectName, round: number, wall: number, cpu: number): Sample {
  const counts = { hostCpu: 0.06, connections: 1, execs: 1, roundTrips: 11, kilobytes: 12.5 };
  const measured = { code: 0, out: "", err: "", wall, cpu, memory: 52, ...counts };
  return { hosts: 20, rtt: 40, phase: "second", subject, round, measured, changed: 0 };
}

const SAMPLES = [
  ...[sample("dsrctl", 0, 1.2, 0.5), sample("dsrctl", 1, 2.4, 0.5), sample("dsrctl", 2, 1.2, 0.5)],
  ...[sample("floor", 0, 1, 0.25), sample("floor", 1, 2, 0.25), sample("floor", 2, 1.1, 0.25)],
  ...[sample("bare", 0, 2, 0.25), sample("bare", 1, 4, 0.25), sample("bare", 2, 1.5, 0.25)],
  sample("mitogen", 1, 24, 20),
];

function cells(report: string, title: string): readonly string[] {
  const row = report.split("\n").find((line) => line.startsWith(`| ${title} `)) ?? "";
  return row.split("|").slice(1, -1).map((cell) => cell.trim()); // prettier-ignore
}

test("a row has its medians, its ratios round by round, and its ratio of the controller's CPU", () => {
  const report = reportRounds(SAMPLES);
  expect(report).toContain("#### 20 hosts, 40 ms, second run, nothing to do");
  expect(cells(report, "dsrctl").slice(1, 8)).toEqual([
    "1.20",
    "1.20–2.40",
    "1.20 (1.09–1.20)",
    "0.600 (0.600–0.800)",
    "1.00",
    "0.500",
    "1.00",
  ]);
});

test("a peer is compared in the rounds that it was in", () => {
  const row = cells(reportRounds(SAMPLES), "Mitogen");
  expect(row.slice(1, 8)).toEqual(["24.0", "24.0–24.0", "12.0", "6.00", "10.0", "20.0", "40.0"]);
});

test("who was not measured has no row and no bar", () => {
  expect(reportRounds(SAMPLES)).not.toContain("OpenSSH");
});

test("what was measured at different delays stands apart, the second run first", () => {
  const [first] = SAMPLES;
  const others = [{ ...first!, rtt: 0 }, { ...first!, phase: "check" } as const];
  const titles = reportRounds([...others, ...SAMPLES]).match(/^#### .*/gm);
  expect(titles).toEqual([
    "#### 20 hosts, 0 ms, second run, nothing to do",
    "#### 20 hosts, 40 ms, second run, nothing to do",
    "#### 20 hosts, 40 ms, dry run on fresh hosts",
  ]);
});
