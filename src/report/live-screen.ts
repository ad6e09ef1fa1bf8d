/** A terminal with a live area at the bottom: lines scroll by above it, the area is drawn anew in place. */
import { widthOf } from "./width.ts";
import { cut } from "./wrap.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const ESC = "\u001b";

export class LiveScreen {
  readonly #write: (text: string) => void;
  readonly #size: () => Size;
  #drawn: readonly string[] = [];

  constructor(write: (text: string) => void, size: () => Size) {
    this.#write = write;
    this.#size = size;
  }

  /** Rows that an area may have: the screen, less a line for the cursor. */
  get rows(): number {
    return Math.max(0, this.#size().rows - 1);
  }

  get columns(): number {
    return this.#size().columns;
  }

  /** Lines that stay, and the area under them. What looks as before is not written again. */
  show(above: readonly string[], area: readonly string[]): void {
    const { columns } = this.#size();
    const shown = area.slice(0, this.rows).map((line) => cut(line, columns - 1));
    const same = shown.length === this.#drawn.length && shown.every((line, index) => line === this.#drawn[index]);
    if (above.length === 0 && same) return;
    const up = this.#rowsDrawn(columns);
    const text = [...above, ...shown].map((line) => `${line}\n`).join("");
    // Lines are deleted, not erased: tmux takes an erased screen into its history, frame by frame.
    this.#write(`${up === 0 ? "" : `${ESC}[${up}A\r${ESC}[${up}M`}${text}`);
    this.#drawn = shown;
  }

  /** A terminal that became narrower has broken the drawn lines into more rows. */
  #rowsDrawn(columns: number): number {
    return this.#drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  }
}
