/** Places the outcome of a task in columns: the hosts, the status, the title. Further lines are under the title. */
import { compactHosts } from "./compact-hosts.ts";
import { STATUS_WORD } from "./status.ts";
import { widthOf } from "./width.ts";
import { hang, wrap, wrapCut } from "./wrap.ts";

/** The shown parts of a result. */
export interface Entry {
  readonly word: string;
  readonly paint: (text: string) => string;
  readonly title: string;
  /** The task without its label, which may differ by host. */
  readonly name: string;
  /** The title for this many more labels. */
  readonly titleOfMany: (more: number) => string;
  /** The title is not cut. */
  readonly whole: boolean;
  readonly details: readonly string[];
}

const STATUS_WIDTH = Math.max(...Object.values(STATUS_WORD).map((word) => word.length), "unreachable".length);
/** The status and the space around it. */
const BESIDE = STATUS_WIDTH + 4;
/** Columns that a title needs; with fewer, it goes under its hosts. */
const LEAST_TITLE = 24;
const UNDER_HOSTS = 4;
/** Rows of a title that may be cut. */
const MOST_ROWS = 3;
/**
 * Columns for the names of several hosts, at most a quarter of the terminal; longer names push the status to the right.
 */
const SOME_NAMES = 24;

export class Layout {
  readonly #columns: () => number;
  #names = 0;

  /** @param columns the width of the terminal; infinite for a pipe, where lines are neither broken nor cut */
  constructor(columns: () => number) {
    this.#columns = columns;
  }

  get columns(): number {
    return this.#columns();
  }

  /** @param folded the hosts share lines */
  setHosts(hosts: readonly string[], folded: boolean): void {
    const longest = Math.max(...hosts.map(widthOf), 0);
    // Most results are those of all hosts, or of all but one.
    const most = [hosts, hosts.filter((_, index) => index !== Math.floor(hosts.length / 2))];
    const several = Math.max(...most.map((each) => widthOf(compactHosts(each))));
    const list = Math.min(several, SOME_NAMES, Math.floor(this.columns / 4));
    this.#names = folded ? Math.max(longest, list) : longest;
  }

  entry(hosts: readonly string[], { word, paint, title, whole, details }: Entry): readonly string[] {
    const names = compactHosts(hosts, Math.max(Math.floor(this.columns / 2), LEAST_TITLE));
    const shown = names + " ".repeat(Math.max(0, this.#names - widthOf(names)));
    const head = `${shown}  ${paint(word.padEnd(STATUS_WIDTH))}`;
    const at = widthOf(shown) + BESIDE;
    const room = this.columns - at;
    if (room < LEAST_TITLE) return [head.trimEnd(), ...this.#under([title, ...details], UNDER_HOSTS)];
    const [first = "", ...rest] = whole ? wrap(title, room) : wrapCut(title, room, MOST_ROWS);
    return [`${head}  ${first}`, ...this.#under([...rest, ...details], at)];
  }

  /** A line that begins at the left edge, or has its own indentation. */
  line(text: string): readonly string[] {
    const indent = /^ */.exec(text)?.[0].length ?? 0;
    return hang(text, this.columns, indent + 2);
  }

  #under(texts: readonly string[], indent: number): readonly string[] {
    const lead = " ".repeat(indent);
    return texts.flatMap((text) => wrap(text, this.columns - indent)).map((row) => (lead + row).trimEnd());
  }
}
