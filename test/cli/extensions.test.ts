/** A verb, a fault, a drill and a filter are one file each: in a copy of the tree everything else follows from them. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One file per extension, by its path. */
const ADDED = {
  "src/commands/verbs/dummy.ts": `import { EXIT } from "../../core/problem.ts";
import { verb } from "../args/verb.ts";

export const dummy = verb({
  name: "dummy",
  order: 99,
  usage: "WORD [--times N]",
  summary: "say a word",
  positionals: { word: { name: "WORD", describe: "what to say", missing: "which word?" } },
  options: {
    Voice: {
      times: { short: "x", type: "number", value: "N", default: 1, range: [1, 9], whole: true, describe: "how often" },
    },
  },
  examples: [["dsrctl dummy hello", "hello"]],
  reachesHosts: false,
  run: ({ word, times }, terminal) => {
    terminal.out(\`\${word.repeat(times)}\\n\`);
    return Promise.resolve(EXIT.fine);
  },
});
`,
  "src/drills/faults/dummy.ts": `import { sh } from "../../core/shell.ts";
import { freshUntil, strikeLook, surprise } from "../hosts/director.ts";
import type { Fault } from "./fault.ts";

/** keepalived stops to run, as if its host were frozen. */
export const dummy: Fault = {
  name: "dummy",
  guard: (seen, vip, planned) => ({ look: strikeLook(vip, freshUntil(seen)), planned }),
  refused: surprise,
  inject: sh\`pkill -STOP keepalived\`,
  undo: sh\`pkill -CONT keepalived\`,
  healsItself: false,
  words: {
    injected: "keepalived frozen",
    undone: "keepalived thawed",
    left: "keepalived is frozen there and could not be thawed",
    notUndone: (host) => \`keepalived could not be thawed on \${host}\`,
  },
};
`,
  "src/drills/definitions/freeze.ts": `import type { DrillDefinition } from "./definition.ts";

export const freeze: DrillDefinition = {
  name: "freeze",
  summary: "freeze keepalived",
  fault: "dummy",
  target: "master",
  expects: ["takeover", "restored"],
};
`,
  "src/jinja/filters/dummy.ts": `import { filterFamily, native } from "../values/native.ts";

/** A filter that doubles a text. */
export const dummy = filterFamily({
  twice: native("value", (args) => args.string("value").repeat(2)),
});
`,
};

/** What follows from them. */
const GENERATED = [
  "README.md",
  "docs/cli.md",
  "docs/templates.md",
  "src/commands/verbs/index.ts",
  "src/drills/definitions/index.ts",
  "src/drills/faults/index.ts",
  "src/jinja/filters/index.ts",
];

const PLAY = `- hosts: all
  tasks:
    - debug: { msg: "{{ 'hey' | twice }}" }
`;

/** What does not belong to the sources. */
const LEFT_OUT = [".git", "node_modules", "dist", "coverage"];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "dsrctl-extensions-"));
  for (const name of readdirSync(ROOT).filter((each) => !LEFT_OUT.includes(each)))
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const [file, text] of Object.entries(ADDED)) writeFileSync(join(copy, file), text);
});
afterAll(() => rmSync(copy, { recursive: true }));

function node(...argv: readonly string[]): string {
  return execFileSync(process.execPath, argv, { cwd: copy, encoding: "utf8", stdio: "pipe" });
}

function filesIn(root: string): readonly string[] {
  const entries = readdirSync(root, { withFileTypes: true }).filter(({ name }) => !LEFT_OUT.includes(name));
  return entries.flatMap((entry) => {
    const below = entry.isDirectory()
      ? readdirSync(join(root, entry.name), { recursive: true, encoding: "utf8" })
      : [""];
    return below.map((name) => join(entry.name, name)).filter((name) => lstatSync(join(root, name)).isFile());
  });
}

function isSame(file: string): boolean {
  const original = join(ROOT, file);
  return existsSync(original) && readFileSync(original).equals(readFileSync(join(copy, file)));
}

const textOf = (root: string, file: string): string => readFileSync(join(root, file), "utf8");

/** Without what is generated in it. */
function byHand(page: string): string {
  return page.replaceAll(/<!-- (?:Verbs|Filters): generated.*?<!-- End of the /gs, "");
}

it("are generated, checked, built, shown and run", { timeout: 240_000 }, () => {
  const added = Object.keys(ADDED);
  node("scripts/gen.mjs");
  node("scripts/gen.mjs", "--check");
  node("node_modules/prettier/bin/prettier.cjs", "--check", ...added, ...GENERATED);
  node("node_modules/eslint/bin/eslint.js", ...added);
  node("node_modules/typescript/bin/tsc");
  node("node_modules/knip/bin/knip.js");
  node("scripts/prose.mjs");

  const others = filesIn(copy).filter((file) => !isSame(file));
  expect(others.toSorted()).toEqual([...GENERATED, ...added].toSorted());
  for (const page of ["README.md", "docs/templates.md"])
    expect(byHand(textOf(copy, page))).toBe(byHand(textOf(ROOT, page)));
  expect(textOf(copy, "README.md")).toContain("[`dsrctl dummy WORD [--times N]`](docs/cli.md#dummy)");
  expect(textOf(copy, "docs/cli.md")).toContain("how often (default: 1); a whole number from 1 to 9");
  expect(textOf(copy, "docs/templates.md")).toContain("`twice`");

  node("scripts/build.mjs");
  expect(node("bin/dsrctl.cjs", "dummy", "--help")).toContain("-x, --times N  how often (default: 1)");
  expect(node("bin/dsrctl.cjs", "dummy", "-x3", "hey")).toBe("heyheyhey\n");
  expect(node("bin/dsrctl.cjs", "__complete", "dum")).toBe("dummy\tsay a word\n");
  expect(() => node("bin/dsrctl.cjs", "dummy", "hey", "-x", "10")).toThrow(
    "`--times` takes a whole number from 1 to 9",
  );
  expect(node("bin/dsrctl.cjs", "drill", "--help")).toMatch(/failover .*\n(?:.*\n)*? *freeze +freeze keepalived/);
  writeFileSync(join(copy, "play.yml"), PLAY);
  expect(node("bin/dsrctl.cjs", "play", "play.yml", "-i", "localhost,", "-e", "ansible_connection=local")).toContain(
    "heyhey",
  );
});
