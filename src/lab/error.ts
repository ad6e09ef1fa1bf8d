/**
 * Something the lab could not do. `message` says what failed and shows the last lines of what the tool said; `hint`
 * says what to do.
 */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
