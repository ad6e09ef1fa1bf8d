/** A command line that cannot be understood: one message, and how to get help. */
export class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help = "see `dsrctl --help`") {
    super(message);
    this.name = "UsageError";
    this.help = help;
  }
}
