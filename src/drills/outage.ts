/** What a row of probes says about an outage. Pure; times are seconds on the client's clock. */

export interface Probe {
  readonly sent: number;
  readonly ended: number;
  readonly good: boolean;
  /** First line of the answer, or what went wrong. */
  readonly said: string;
}

export interface Outage {
  /** From the last good probe before the first failure to the first good one after it: both by when they were sent. */
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
  /** Still out when the probes ended. */
  readonly open: boolean;
}

export interface ProbeReport {
  readonly total: number;
  readonly lost: number;
  readonly outages: readonly Outage[];
  readonly longest: number;
  /** How often each node answered, before and after a moment. */
  readonly servedBefore: ReadonlyMap<string, number>;
  readonly servedAfter: ReadonlyMap<string, number>;
  /** What went wrong, and how often. */
  readonly reasons: ReadonlyMap<string, number>;
}

export function reportProbes(probes: readonly Probe[], moment: number): ProbeReport {
  const ordered = [...probes].sort((a, b) => a.sent - b.sent);
  const bad = ordered.filter((probe) => !probe.good);
  const outages = outagesOf(ordered);
  return {
    total: ordered.length,
    lost: bad.length,
    outages,
    longest: Math.max(0, ...outages.map((outage) => outage.seconds)),
    servedBefore: count(ordered.filter((probe) => probe.good && probe.sent < moment)),
    servedAfter: count(ordered.filter((probe) => probe.good && probe.sent >= moment)),
    reasons: count(bad),
  };
}

function outagesOf(probes: readonly Probe[]): readonly Outage[] {
  const outages: Outage[] = [];
  let lastGood: Probe | undefined;
  let from: number | undefined;
  for (const probe of probes) {
    if (!probe.good) from ??= lastGood?.sent ?? probe.sent;
    if (!probe.good) continue;
    if (from !== undefined) outages.push({ from, to: probe.sent, seconds: probe.sent - from, open: false });
    from = undefined;
    lastGood = probe;
  }
  const end = probes.at(-1)?.ended;
  if (from !== undefined && end !== undefined) outages.push({ from, to: end, seconds: end - from, open: true });
  return outages;
}

function count(probes: readonly Probe[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { said } of probes) counts.set(said, (counts.get(said) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
