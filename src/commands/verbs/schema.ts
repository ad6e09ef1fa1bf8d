/** `dsrctl schema`. */
import { EXIT } from "../../core/problem.ts";
import { verb } from "../args/verb.ts";

export const schema = verb({
  name: "schema",
  order: 9,
  usage: "WHAT",
  summary: "print the JSON Schema of playbooks or descriptions of sites, for editors",
  positionals: {
    what: {
      ...{ name: "WHAT", describe: "the kind of file", missing: "missing argument: WHAT" },
      choices: { playbook: "playbooks and their tasks", site: "group_vars and host_vars that describe a site" },
    },
  },
  options: {},
  examples: [
    ["dsrctl schema playbook > playbook.schema.json", "write it to a file"],
    ["# yaml-language-server: $schema=playbook.schema.json", "write this as the first line of a playbook"],
    ["dsrctl schema site > site.schema.json", "the variables `site` and `site_host`"],
  ],
  reachesHosts: false,
  run: async ({ what }, terminal) => {
    const schema = what === "site" ? await ofSites() : await ofPlaybooks();
    terminal.out(`${JSON.stringify(schema, undefined, 2)}\n`);
    return EXIT.fine;
  },
});

async function ofSites(): Promise<unknown> {
  const { siteJsonSchema } = await import("../../site/json-schema.ts");
  return siteJsonSchema();
}

async function ofPlaybooks(): Promise<unknown> {
  const { playbookSchema } = await import("../../playbook/json-schema.ts");
  const { taskTypes } = await import("../../tasks/index.ts");
  return playbookSchema(await Promise.all([...taskTypes.values()].map((load) => load())));
}
