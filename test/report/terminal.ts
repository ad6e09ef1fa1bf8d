/**
 * As much of a terminal as a live area needs: lines that scroll into a history, cursor up, delete line. Anything else
 * it is told to do is an error.
 */
export class Terminal {
  columns: number;
  rows: number;
  readonly #history: string[] = [];
  #lines: string[] = [""];
  /** How often the cursor should have gone above the screen: what stood there can not be drawn anew. */
  lost = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    for (const [piece] of text.matchAll(/\u001b\[\d*[A-Za-z]|\u001b|\r|\n|[^\u001b\r\n]+/g)) this.#take(piece);
  }

  /** Lines that no longer fit are broken. */
  resize(columns: number): void {
    this.columns = columns;
    this.#lines = this.#lines.flatMap((line) =>
      line === "" ? [""] : (line.match(new RegExp(`.{1,${columns}}`, "gu")) ?? []),
    );
    this.#row = undefined;
    this.#scroll();
  }

  screen(): string {
    return this.#lines.join("\n").trimEnd();
  }

  everything(): string {
    return [...this.#history, ...this.#lines].join("\n").trimEnd();
  }

  #row: number | undefined;

  #take(piece: string): void {
    const row = this.#row ?? this.#lines.length - 1;
    const [, count = "", command = ""] = /^\u001b\[(\d*)([A-Za-z])$/.exec(piece) ?? [];
    if (piece === "\r" || command === "m") return;
    if (piece === "\n") return this.#down(row);
    if (command === "A") return this.#up(row, Number(count));
    if (command === "M")
      return void this.#lines.splice(row, Number(count), ...(this.#lines.length - row <= Number(count) ? [""] : []));
    if (piece.startsWith("\u001b")) throw new Error(`not understood: ${JSON.stringify(piece)}`);
    this.#lines[row] = (this.#lines[row] ?? "") + piece;
  }

  #down(row: number): void {
    if (row === this.#lines.length - 1) this.#lines.push("");
    this.#row = row + 1;
    this.#scroll();
  }

  #up(row: number, count: number): void {
    if (count > row) this.lost += 1;
    this.#row = Math.max(0, row - count);
  }

  #scroll(): void {
    while (this.#lines.length > this.rows) {
      this.#history.push(this.#lines.shift() ?? "");
      if (this.#row !== undefined) this.#row -= 1;
    }
    this.#row = Math.min(this.#row ?? this.#lines.length - 1, this.#lines.length - 1);
  }
}
