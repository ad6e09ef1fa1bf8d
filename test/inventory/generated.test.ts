import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listing } from "../../src/inventory/listing.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { withProfile } from "./core-2.19.ts";
import { ansible, listOf, missing, readPythonJson } from "./oracle.ts";

const GROUPS = ["web", "db", "lb", "east", "west"] as const;
const group = fc.constantFrom(...GROUPS);
const host = fc.constantFrom("w1", "w2", "d1", "l[1:3]", "x[a:c].example.com", "n[08:12:2]", "10.0.0.1", "q:2222");
const name = fc.constantFrom("a", "b", "c", "ansible_host", "ansible_port");

/** Values as people write them in INI, in quotes where the shell's rules ask for it. */
const value = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map(String),
  fc.constantFrom(
    "yes",
    "True",
    "None",
    "0644",
    "1_000",
    "1e3",
    "1.10",
    "[1, 'a']",
    "{'k': [1, (2,)]}",
    "'q'",
    "a b",
    "",
  ),
  fc.constantFrom(
    "10.0.0.1",
    "0x1f",
    "-5",
    "+5",
    "1,",
    "'a' 'b'",
    "# c",
    "a#b",
    "x;y",
    "=",
    "{{ a }}",
    "r'\\d'",
    "'\\x41'",
  ),
  fc.stringMatching(/^[\w .,:'"()[\]{}+\-\\#=]{0,8}$/),
);

const quoted = (text: string): string => `"${text.replace(/(["\\])/g, "\\$1")}"`;
const assignment = fc.tuple(name, value).map(([key, text]) => `${key}=${quoted(text)}`);
const hostLine = fc.tuple(host, fc.array(assignment, { maxLength: 2 })).map(([h, vars]) => [h, ...vars].join(" "));

const section = fc.oneof(
  fc.tuple(group, fc.array(hostLine, { maxLength: 4 })).map(([g, lines]) => [`[${g}]`, ...lines]),
  fc
    .tuple(group, fc.array(fc.tuple(name, value), { maxLength: 3 }))
    .map(([g, vars]) => [`[${g}:vars]`, ...vars.map(([key, text]) => `${key} = ${text}`)]),
  // Children only among later groups: no circles.
  fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => {
    const [parent = "web", child = "west"] = [GROUPS[a], GROUPS[Math.max(a + 1, b + 1)]];
    return [`[${parent}:children]`, child];
  }),
);

const ini = fc
  .tuple(fc.array(hostLine, { maxLength: 3 }), fc.array(section, { maxLength: 8 }))
  .map(([first, sections]) => [...first, ...sections.flat(), ...GROUPS.map((each) => `[${each}]`), ""].join("\n"));

const scalar = fc.constantFrom(
  "1",
  "no",
  "0644",
  "1.10",
  "12:30:45",
  "text",
  "'1'",
  "~",
  "1.0",
  "[1, no]",
  "{x: {y: 1_0}}",
);
const yamlVars = fc
  .uniqueArray(fc.tuple(name, scalar), { maxLength: 3, selector: ([key]) => key })
  .map((vars) => `{${vars.map(([key, text]) => `${key}: ${text}`).join(", ")}}`);
const yamlGroup = fc
  .tuple(fc.uniqueArray(host, { maxLength: 3 }), yamlVars, yamlVars)
  .map(([hosts, own, vars]) => `{hosts: {${hosts.map((each) => `"${each}": ${own}`).join(", ")}}, vars: ${vars}}`);
const yaml = fc
  .uniqueArray(fc.tuple(group, yamlGroup), { minLength: 1, maxLength: 4, selector: ([g]) => g })
  .map((groups) => `${groups.map(([g, body]) => `${g}: ${body}`).join("\n")}\n`);
const varsFile = yamlVars.map((vars) => `${vars}\n`);

const files = fc.record(
  {
    "1": ini,
    "2.yml": yaml,
    "group_vars/all.yml": varsFile,
    "group_vars/web/x": varsFile,
    "group_vars/web/y.json": fc.constant('{"c": 1e2, "b": [1.0, null]}'),
    "group_vars/east.yaml": varsFile,
    "host_vars/w1.yml": varsFile,
    "host_vars/d1/a.yml": varsFile,
  },
  { requiredKeys: ["1"] },
);

describe("generated inventories", () => {
  const runs = Number(process.env["RUNS"] ?? 15);

  it.skipIf(missing !== undefined)(
    `mean what they mean to Ansible${missing === undefined ? "" : `: ${missing}`}`,
    { timeout: 600_000 },
    async () => {
      const root = mkdtempSync(join(tmpdir(), "dsrctl-generated-"));
      try {
        const samples = fc.sample(files, {
          numRuns: runs,
          ...(process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) }),
        });
        const directories = samples.map((sample, index) => put(join(root, String(index)), sample));
        const answers = await ansible(directories.map((cwd) => ({ cwd, args: ["-i", "inv", "--list"] })));
        for (const [index, cwd] of directories.entries()) {
          const answer = answers[index];
          if (answer === undefined) throw new Error("an answer is missing");
          // What Ansible cannot read or print it warns of, and prints half of it.
          if (answer.code !== 0 || /Failed to parse|Unable to parse/.test(answer.err)) continue;
          const inventory = await loadInventory("inv", cwd);
          const ours = readPythonJson(pythonJson(listing(inventory, { export: false })));
          expect(withProfile(ours), JSON.stringify(samples[index])).toEqual(listOf(answer));
        }
      } finally {
        rmSync(root, { recursive: true });
      }
    },
  );
});

function put(directory: string, sample: Readonly<Record<string, string | undefined>>): string {
  for (const [path, text] of Object.entries(sample)) {
    const file = join(directory, "inv", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text ?? "");
  }
  return directory;
}
