/** `dsrctl lint`. */
import { COLOR } from "../args/options.ts";
import { verb } from "../args/verb.ts";

export const lint = verb({
  name: "lint",
  order: 6,
  usage: "FILE..",
  summary: "find mistakes in keepalived.conf",
  page: "docs/lint.md",
  positionals: {
    files: {
      ...{
        name: "FILE",
        describe: "a file on this machine, or `-` for standard input",
        missing: "missing argument: FILE",
      },
      ...{ many: true, complete: "file" },
    },
  },
  options: {
    keepalived: {
      release: {
        ...{ type: "string", value: "VERSION" },
        describe: "the release of keepalived that will read it, such as 2.2.7 (default: any)",
      },
      "config-id": {
        ...{ type: "string", value: "ID" },
        describe: "the value for conditions (`@ID`); keepalived takes the name of the host",
      },
    },
    Output: {
      strict: { type: "boolean", describe: "treat warnings as errors" },
      json: { type: "boolean", describe: "print one JSON object per finding" },
      color: COLOR,
    },
  },
  examples: [
    ["dsrctl lint /etc/keepalived/keepalived.conf", "find mistakes in a file"],
    ["ssh lb1 cat /etc/keepalived/keepalived.conf | dsrctl lint -", "find mistakes in the file of a host"],
  ],
  reachesHosts: false,
  run: async (args, terminal) => (await import("../run/lint.ts")).runLint(args, terminal),
});
