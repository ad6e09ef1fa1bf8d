/** A pending change, on this or another host. */
export interface PendingChange {
  readonly host: string;
  readonly name: string;
  /** The kind of its task. */
  readonly kind: string;
  /** The label of its task. */
  readonly about: string;
}

/** What is notified, and what runs: of a bound task. */
interface Notifier {
  readonly notify: readonly { readonly key: string }[];
  readonly handler: { readonly key: string } | undefined;
  readonly hasMoreItems?: boolean;
}

/**
 * Which handlers of a host are notified, as far as the run knows; the host itself keeps the truth
 * (docs/decisions/0004). In a dry run it also holds the handlers that may be notified, each with the change that this
 * depends on.
 */
export class HandlerState {
  readonly #notified: Set<string>;
  readonly #possible: Map<string, PendingChange>;

  constructor(notified: Iterable<string> = [], possible: Iterable<readonly [string, PendingChange]> = []) {
    this.#notified = new Set(notified);
    this.#possible = new Map(possible);
  }

  /** Keys of the handlers that are notified. */
  get notified(): ReadonlySet<string> {
    return this.#notified;
  }

  /** A state of its own, to try out what a plan would do. */
  copy(): HandlerState {
    return new HandlerState(this.#notified, this.#possible);
  }

  isNotified({ key }: { readonly key: string }): boolean {
    return this.#notified.has(key);
  }

  mayBeNotified({ key }: { readonly key: string }): boolean {
    return this.#notified.has(key) || this.#possible.has(key);
  }

  /** A task always runs, a handler where it is or may be notified. */
  runs({ handler }: Notifier): boolean {
    return handler === undefined || this.mayBeNotified(handler);
  }

  /** The change that decides whether a handler is notified; none when it is for sure, or for a task. */
  dependsOn({ handler }: Notifier): PendingChange | undefined {
    return handler === undefined || this.isNotified(handler) ? undefined : this.#possible.get(handler.key);
  }

  learn(keys: Iterable<string>): void {
    for (const key of keys) this.#notified.add(key);
  }

  /** The task changes something. */
  notify({ notify }: Notifier): void {
    this.learn(notify.map(({ key }) => key));
  }

  /** The task may change something, which depends on `change`. */
  mayNotify(handlers: Notifier["notify"], change: PendingChange): void {
    for (const { key } of handlers) this.#possible.set(key, change);
  }

  /** The handler has run, or needs not run. Its loop may go on after it. */
  ran({ handler, hasMoreItems }: Notifier): void {
    if (handler !== undefined && hasMoreItems !== true) this.clear(handler);
  }

  /** @returns whether it was notified */
  clear({ key }: { readonly key: string }): boolean {
    this.#possible.delete(key);
    return this.#notified.delete(key);
  }
}
