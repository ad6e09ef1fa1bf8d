/** Counts occurrences by key. */
export class Count {
  readonly #counts = new Map<string, number>();

  of(id: string): number {
    return this.#counts.get(id) ?? 0;
  }

  /** @returns how often by now. */
  add(id: string): number {
    const count = this.of(id) + 1;
    this.#counts.set(id, count);
    return count;
  }
}
