/**
 * Divides the hosts of a play into batches, as Ansible does. Each entry takes its number (or share, at least one) of
 * the hosts; the last entry repeats. Without an entry all hosts are one batch.
 */
export function serialBatches<T>(
  hosts: readonly T[],
  serial: readonly (number | `${number}%`)[],
): readonly (readonly T[])[] {
  if (serial.length === 0) return hosts.length === 0 ? [] : [hosts];
  const batches: (readonly T[])[] = [];
  let rest = hosts;
  for (let turn = 0; rest.length > 0; turn++) {
    const size = sizeOf(serial[Math.min(turn, serial.length - 1)] ?? 1, hosts.length);
    batches.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return batches;
}

function sizeOf(entry: number | `${number}%`, total: number): number {
  if (typeof entry === "number") return entry;
  return Math.max(1, Math.floor((Number(entry.slice(0, -1)) * total) / 100));
}
