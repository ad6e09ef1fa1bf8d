/** A new verb is one file: in a copy of the tree all else follows from it. */
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

const DUMMY = `import { EXIT } from "../../core/problem.ts";
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
`;

/** What does not belong to the sources. */
const LEFT_OUT = [".git", "node_modules", "dist", "coverage"];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "dsrctl-new-verb-"));
  for (const name of readdirSync(ROOT).filter((each) => !LEFT_OUT.includes(each)))
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "src/commands/verbs/dummy.ts"), DUMMY);
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
function byHand(readme: string): string {
  return readme.replace(/<!-- Verbs: generated.*<!-- End of the verbs\. -->/s, "");
}

it("is generated, typed, built, shown and run", { timeout: 240_000 }, () => {
  node("scripts/gen.mjs");
  node("scripts/gen.mjs", "--check");
  node("node_modules/typescript/bin/tsc");
  node("scripts/build.mjs");
  expect(node("bin/dsrctl.cjs", "dummy", "--help")).toContain("-x, --times N  how often (default: 1)");
  expect(node("bin/dsrctl.cjs", "dummy", "-x3", "hey")).toBe("heyheyhey\n");
  expect(node("bin/dsrctl.cjs", "__complete", "dum")).toBe("dummy\tsay a word\n");
  expect(() => node("bin/dsrctl.cjs", "dummy", "hey", "-x", "10")).toThrow(
    "`--times` takes a whole number from 1 to 9",
  );

  const others = filesIn(copy).filter((file) => !isSame(file));
  const generated = ["README.md", "docs/cli.md", "src/commands/verbs/index.ts"];
  expect(others.toSorted()).toEqual([...generated, "src/commands/verbs/dummy.ts"].toSorted());
  expect(byHand(textOf(copy, "README.md"))).toBe(byHand(textOf(ROOT, "README.md")));
  expect(textOf(copy, "README.md")).toContain("[`dsrctl dummy WORD [--times N]`](docs/cli.md#dummy)");
  expect(textOf(copy, "docs/cli.md")).toContain("how often (default: 1); a whole number from 1 to 9");
});
