/**
 * A matrix: cases that are too many for `npm test`, a row each of a table that is committed with the commit and the day of the run.
 * Rows of the present commit are kept: what was broken off goes on, and what failed is tried again; `--again` tries all.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { announce, captured, run } from "./ready.mjs";

/**
 * @param table the file: `title`, what `about` says (with the commit and the day after it), and a column each of `columns`,
 *   of `measured` and the outcome
 * @param cases an array of `{ key: one text a column, tried: () => "passed" or what went wrong }`. With `measured`, `tried`
 *   returns `{ cells: one text a measured column, outcome }`. A case that is `informational` may go wrong.
 */
export async function matrix({ table, title, about, columns, measured = [] }, cases) {
  const commit = captured("git", ["rev-parse", "--short=12", "HEAD"]) + (changed() ? "+" : "");
  const rows = process.argv.includes("--again") ? new Map() : kept(table, commit, columns.length);
  let [passed, failed] = [0, 0];
  for (const { key, tried, informational } of cases) {
    const row = `| ${key.join(" | ")} |`;
    if (rows.get(row)?.endsWith("| passed |") !== true) rows.set(row, rowOf(row, await tried()));
    announce(rows.get(row));
    const head = `# ${title}\n\n${about} Commit ${commit}, ${new Date().toISOString().slice(0, 10)}.\n`;
    const names = [...columns, ...measured, "outcome"];
    const heads = [names, names.map(() => "---")];
    write(table, [head, ...heads.map((each) => `| ${each.join(" | ")} |`), ...rows.values()]);
    if (rows.get(row).endsWith("| passed |")) passed += 1;
    else if (!informational) failed += 1;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function changed() {
  return captured("git", ["status", "--porcelain", "--", "src", "bin", "test"]) !== "";
}

function rowOf(row, result) {
  const { cells = [], outcome } = typeof result === "string" ? { outcome: result } : result;
  return `${row} ${[...cells, outcome].map(cell).join(" | ")} |`;
}

/** The rows of the table by their keys, if they are of this commit. */
function kept(table, commit, keys) {
  const text = existsSync(table) ? readFileSync(table, "utf8") : "";
  if (!text.includes(`Commit ${commit}, `)) return new Map();
  const rows = text.split("\n").filter((each) => each.startsWith("| "));
  return new Map(
    rows.slice(2).map((each) => {
      const cells = each
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((text) => text.trim());
      const whole = `| ${cells.join(" | ")} |`;
      return [`| ${cells.slice(0, keys).join(" | ")} |`, whole];
    }),
  );
}

function cell(text) {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 200);
}

function write(table, lines) {
  writeFileSync(table, `${lines.join("\n")}\n`);
  run(process.execPath, ["node_modules/prettier/bin/prettier.cjs", "--log-level=warn", "--write", table]);
}
