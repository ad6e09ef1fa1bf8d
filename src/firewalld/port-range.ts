/** Ranges of ports of one protocol. */

export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
}

/** `80/tcp` or `5000-5010/udp`; `undefined` where it is neither, or the range is empty or out of 1 to 65535. */
export function portRange(text: string): PortRange | undefined {
  const [, from, to, protocol] = /^(\d{1,5})(?:-(\d{1,5}))?\/([a-z]+)$/.exec(text) ?? [];
  if (from === undefined || protocol === undefined) return undefined;
  const range = { first: Number(from), last: Number(to ?? from), protocol };
  return range.first >= 1 && range.first <= range.last && range.last <= 65535 ? range : undefined;
}

/** `80` or `5000-5010`. */
export function portsText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

export function rangeText(range: PortRange): string {
  return `${portsText(range)}/${range.protocol}`;
}

export function overlap(a: PortRange, b: PortRange): boolean {
  return a.protocol === b.protocol && a.first <= b.last && b.first <= a.last;
}

/** What of `range` is not in any of `others`, in order. */
export function without(range: PortRange, others: readonly PortRange[]): readonly PortRange[] {
  return others.reduce<readonly PortRange[]>((rest, other) => rest.flatMap((each) => cut(each, other)), [range]);
}

function cut(range: PortRange, other: PortRange): readonly PortRange[] {
  if (!overlap(range, other)) return [range];
  const below = { ...range, last: other.first - 1 };
  const above = { ...range, first: other.last + 1 };
  return [below, above].filter(({ first, last }) => first <= last);
}
