/** What ssh says on standard error, without its debugging, and with what a host said in place of a version. */

import { bothEnds } from "../../text/shorten.ts";

/** As much as is kept, in characters. */
const KEPT = 8192;

export class SshMessages {
  #kept = "";
  /** The beginning of a line. */
  #rest = "";
  readonly #onLine: ((line: string) => void) | undefined;

  /** @param onLine gets each line, its debugging too */
  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() ?? "").slice(-KEPT);
    for (const line of lines) this.#keep(line);
  }

  get text(): string {
    return this.#kept + this.#rest;
  }

  #keep(line: string): void {
    this.#onLine?.(line);
    const [, banner] = /^debug1: kex_exchange_identification: banner line \d+: (.*)/.exec(line) ?? [];
    const own = /^debug\d: /.test(line) ? banner : line;
    if (own !== undefined) this.#kept = bothEnds(`${this.#kept}${own}\n`, KEPT);
  }
}
