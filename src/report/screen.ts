/** A terminal with a live area at the bottom: lines scroll by above it, the area is drawn anew in place. */
import { widthOf } from "./width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const ESC = "\u001b";

export class LiveScreen {
  readonly #write: (text: string) => void;
  readonly #size: () => Size;
  #drawn = 0;

  constructor(write: (text: string) => void, size: () => Size) {
    this.#write = write;
    this.#size = size;
  }

  /** Rows that an area may have: the screen, less a line for the cursor. */
  get rows(): number {
    return Math.max(1, this.#size().rows - 1);
  }

  /** Lines that stay, and the area under them. */
  show(above: readonly string[], area: readonly string[]): void {
    const shown = area.slice(0, this.rows).map((line) => cut(line, this.#size().columns - 1));
    const up = this.#drawn === 0 ? "" : `${ESC}[${this.#drawn}A`;
    const text = [...above, ...shown].map((line) => `${line}\n`).join("");
    this.#write(`${up}\r${ESC}[J${text}`);
    this.#drawn = shown.length;
  }
}

/** Cuts a line to a width in columns; colours count for nothing and are closed. */
function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let kept = "";
  let width = 0;
  for (const [piece] of line.matchAll(/\u001b\[[0-9;]*m|[^]/gu)) {
    const next = piece.startsWith(ESC) ? 0 : widthOf(piece);
    if (width + next > columns - 1) break;
    kept += piece;
    width += next;
  }
  return `${kept}…${ESC}[0m`;
}
