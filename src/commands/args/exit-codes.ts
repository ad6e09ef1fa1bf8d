/** The exit codes and their meanings, for the help and the docs. */
export const EXIT_CODES: Readonly<Record<string, string>> = {
  0: "all hosts are in the desired state",
  1: "wrong input; no host was changed",
  2: "a host failed",
  4: "a host was unreachable, or its final state is unknown",
  5: "the command line is wrong",
  99: "interrupted, stopped cleanly (130: quit immediately)",
  250: "a bug in dsrctl",
};
