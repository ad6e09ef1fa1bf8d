/** The exit codes and their meanings, for the help and the docs. */
export const EXIT_CODES: Readonly<Record<string, string>> = {
  0: "all hosts are as wanted",
  1: "wrong input; nothing was touched",
  2: "a host failed",
  4: "a host was unreachable, or it is unknown what became of it",
  5: "the command line is wrong",
  99: "interrupted, stopped in order (130: ended at once)",
  250: "a bug in dsrctl",
};
