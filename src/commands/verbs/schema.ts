/** `dsrctl schema`. */
import { EXIT } from "../../core/problem.ts";
import { verb } from "../args/verb.ts";

export const schema = verb({
  name: "schema",
  order: 8,
  usage: "WHAT",
  summary: "print the JSON Schema of playbooks, for editors",
  positionals: {
    what: {
      ...{ name: "WHAT", describe: "the kind of file", missing: "missing argument: WHAT" },
      choices: { playbook: "playbooks and their tasks" },
    },
  },
  options: {},
  examples: [
    ["dsrctl schema playbook > playbook.schema.json", "write it to a file"],
    ["# yaml-language-server: $schema=playbook.schema.json", "write this as the first line of a playbook"],
  ],
  reachesHosts: false,
  run: async (_args, terminal) => {
    const { playbookSchema } = await import("../../playbook/json-schema.ts");
    const { taskTypes } = await import("../../tasks/index.ts");
    const types = await Promise.all([...taskTypes.values()].map((load) => load()));
    terminal.out(`${JSON.stringify(playbookSchema(types), undefined, 2)}\n`);
    return EXIT.fine;
  },
});
