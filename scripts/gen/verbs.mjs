// @ts-check
/** What follows from the verbs: the registry `src/commands/verbs/index.ts`, the page docs/cli.md, the table in README.md. */
import { HEAD } from "./marked.mjs";
import { MARK } from "./page.mjs";
import { imports } from "./siblings.mjs";

/**
 * @typedef {{ describe: string, type: string, default?: number, range?: readonly [number, number], whole?: boolean, only?: readonly string[] }} Option
 * @typedef {{ name: string, describe: string, choices?: Readonly<Record<string, string>> }} Positional
 * @typedef {object} Verb
 * @property {string} name
 * @property {number} order
 * @property {string} usage
 * @property {string} summary
 * @property {string} [page]
 * @property {Readonly<Record<string, Positional>>} positionals
 * @property {Readonly<Record<string, Readonly<Record<string, Option>>>>} options
 * @property {readonly (readonly [string, string])[]} examples
 *
 * @typedef {{ file: string, name: string, verb: Verb }} FoundVerb  `name` is that of the export
 * @typedef {(options: Readonly<Record<string, Option>>) => Readonly<Record<string, string>>} OptionWords
 */

/** @param {readonly FoundVerb[]} all @returns {readonly FoundVerb[]} */
export function inOrder(all) {
  return [...all].sort((a, b) => a.verb.order - b.verb.order || (a.verb.name < b.verb.name ? -1 : 1));
}

/** @param {readonly FoundVerb[]} all @returns {string} */
export function verbRegistry(all) {
  return `${HEAD}
import type { Verb } from "../args/verb.ts";
${imports(all)}

/** Every verb, in the order of the help. What a verb does is loaded when it runs. */
export const VERBS: readonly Verb[] = [${all.map(({ name }) => name).join(", ")}];
`;
}

/** @param {Verb} verb */
function callOf({ name, usage }) {
  return `dsrctl ${name} ${usage}`.trimEnd();
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll("|", "\\|");
}

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const lines = rows.map((row) => `| ${row.map(cell).join(" | ")} |`);
  return [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...lines].join("\n");
}

/** @param {readonly Verb[]} verbs @param {string} docs the way from the page to docs/ @param {string} link what a verb links to */
function verbTable(verbs, docs, link) {
  const rows = verbs.map((verb) => [
    `[\`${callOf(verb)}\`](${link}#${verb.name})`,
    verb.page === undefined ? verb.summary : `${verb.summary} ([${verb.page}](${verb.page.replace("docs/", docs)}))`,
  ]);
  return table(["verb", ""], rows);
}

/** For the README.
 * @param {readonly Verb[]} verbs @returns {string} */
export function readmeVerbs(verbs) {
  return verbTable(verbs, "docs/", "docs/cli.md");
}

/** @param {readonly Verb[]} verbs @param {Readonly<Record<string, string>>} exitCodes @param {OptionWords} words @returns {string} */
export function cliPage(verbs, exitCodes, words) {
  const codes = Object.entries(exitCodes);
  return `# The command line

${MARK}

${verbTable(verbs, "", "")}

\`dsrctl VERB --help\` shows the options of a verb in the terminal, \`dsrctl --version\` the version.

${verbs.map((verb) => verbSection(verb, words)).join("\n\n")}

## Exit codes

${table(["code", "meaning"], codes)}
`;
}

/** @param {Verb} verb @param {OptionWords} words */
function verbSection(verb, words) {
  const positionals = Object.values(verb.positionals);
  const sections = [
    `## ${verb.name}`,
    `${verb.summary.charAt(0).toUpperCase()}${verb.summary.slice(1)}.`,
    fence(callOf(verb)),
    ...(positionals.length === 0 ? [] : [table(["argument", "meaning"], positionals.flatMap(argumentRows))]),
    ...Object.entries(verb.options).map(([title, options]) =>
      table([title, "meaning"], optionRows(options, words(options))),
    ),
    ...(verb.examples.length === 0 ? [] : [fence(exampleLines(verb).join("\n"))]),
  ];
  return sections.join("\n\n");
}

/** @param {Verb} verb */
function exampleLines({ examples }) {
  const width = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, what]) => `$ ${line.padEnd(width)}  # ${what}`);
}

/** @param {Positional} positional @returns {readonly (readonly string[])[]} */
function argumentRows({ name, describe, choices }) {
  if (choices === undefined) return [[`\`${name}\``, describe]];
  return Object.entries(choices).map(([choice, what]) => [`${name}: \`${choice}\``, what]);
}

/** @param {Readonly<Record<string, Option>>} options @param {Readonly<Record<string, string>>} words */
function optionRows(options, words) {
  return Object.entries(words).map(([flag, meaning]) => {
    const name = /--(?:\[no-\])?([\w-]+)/.exec(flag)?.[1] ?? "";
    return [`\`${flag.trim()}\``, `${meaning}${rangeOf(options[name])}`];
  });
}

/** @param {Option | undefined} option */
function rangeOf(option) {
  if (option?.range === undefined) return "";
  const [min, max] = option.range;
  return `; a ${option.whole === true ? "whole " : ""}number from ${min} to ${max}`;
}

/** @param {string} text */
function fence(text) {
  return `\`\`\`\n${text}\n\`\`\``;
}
