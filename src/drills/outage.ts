/** What a row of probes says about an outage. Pure; times are seconds on the client's clock. */

export interface Probe {
  /** The client's address that was asked from; `""`: the one that its routes choose. */
  readonly source: string;
  readonly sent: number;
  readonly ended: number;
  readonly good: boolean;
  /** First line of the answer, or what went wrong. */
  readonly said: string;
}

export interface Outage {
  readonly source: string;
  /** From the last good probe before the first failure to the first good one after it: both by when they were sent. */
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
  /** Still out when the probes ended. */
  readonly open: boolean;
}

export interface SourceReport {
  readonly total: number;
  readonly lost: number;
  readonly longest: number;
}

export interface ProbeReport {
  readonly total: number;
  readonly lost: number;
  /** Of each source for itself. */
  readonly outages: readonly Outage[];
  readonly longest: number;
  readonly sources: ReadonlyMap<string, SourceReport>;
  /** How often each node answered, before and after a moment. */
  readonly servedBefore: ReadonlyMap<string, number>;
  readonly servedAfter: ReadonlyMap<string, number>;
  /** What went wrong, and how often. */
  readonly reasons: ReadonlyMap<string, number>;
}

export function reportProbes(probes: readonly Probe[], moment: number): ProbeReport {
  const ordered = [...probes].sort((a, b) => a.sent - b.sent);
  const bad = ordered.filter((probe) => !probe.good);
  const bySource = grouped(ordered);
  const outages = [...bySource.values()].flatMap(outagesOf);
  return {
    total: ordered.length,
    lost: bad.length,
    outages,
    longest: longestOf(outages),
    sources: new Map([...bySource].map(([source, own]) => [source, sourceReport(own)])),
    servedBefore: count(ordered.filter((probe) => probe.good && probe.sent < moment)),
    servedAfter: count(ordered.filter((probe) => probe.good && probe.sent >= moment)),
    reasons: count(bad),
  };
}

function grouped(probes: readonly Probe[]): ReadonlyMap<string, readonly Probe[]> {
  const sources = [...new Set(probes.map(({ source }) => source))].sort();
  return new Map(sources.map((source) => [source, probes.filter((probe) => probe.source === source)]));
}

function sourceReport(probes: readonly Probe[]): SourceReport {
  const lost = probes.filter(({ good }) => !good).length;
  return { total: probes.length, lost, longest: longestOf(outagesOf(probes)) };
}

function longestOf(outages: readonly Outage[]): number {
  return Math.max(0, ...outages.map((outage) => outage.seconds));
}

function outagesOf(probes: readonly Probe[]): readonly Outage[] {
  const outages: Outage[] = [];
  let lastGood: Probe | undefined;
  let from: number | undefined;
  for (const probe of probes) {
    const { source } = probe;
    if (!probe.good) from ??= lastGood?.sent ?? probe.sent;
    if (!probe.good) continue;
    if (from !== undefined) outages.push({ source, from, to: probe.sent, seconds: probe.sent - from, open: false });
    from = undefined;
    lastGood = probe;
  }
  const last = probes.at(-1);
  if (from !== undefined && last !== undefined)
    outages.push({ source: last.source, from, to: last.ended, seconds: last.ended - from, open: true });
  return outages;
}

/** Sources without a good probe that was sent at or after a moment, and what they got instead. */
export function unserved(probes: readonly Probe[], sources: readonly string[], since: number): readonly string[] {
  return sources.flatMap((source) => {
    const own = probes.filter((probe) => probe.source === source && probe.sent >= since);
    if (own.some(({ good }) => good)) return [];
    return [
      `${source === "" ? "the client" : source} gets no service: ${countsText(count(own)) || "no probe was answered"}`,
    ];
  });
}

/** Seconds for which the source that has waited longest was not served, at the time of the last probe. */
export function longestWait(probes: readonly Probe[], sources: readonly string[]): number {
  const last = (which: readonly Probe[]): number => Math.max(...which.map(({ sent }) => sent));
  const now = last(probes);
  const waits = sources.map((source) => now - last(probes.filter((probe) => probe.good && probe.source === source)));
  return probes.length === 0 ? 0 : Math.max(...waits);
}

/** The longest time from one good probe of a source to its next, or to the last probe of all, since a moment. */
export function longestGap(probes: readonly Probe[], sources: readonly string[], since: number): number {
  const late = probes.filter(({ sent }) => sent >= since);
  const end = Math.max(since, ...late.map(({ sent }) => sent));
  const gaps = sources.flatMap((source) => {
    const good = late.filter((probe) => probe.good && probe.source === source).map(({ sent }) => sent);
    const times = [since, ...good.sort((a, b) => a - b), end];
    return times.slice(1).map((time, index) => time - (times[index] ?? time));
  });
  return Math.max(0, ...gaps);
}

export function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([word, times]) => `${word} × ${times}`).join(", ");
}

function count(probes: readonly Probe[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { said } of probes) counts.set(said, (counts.get(said) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
