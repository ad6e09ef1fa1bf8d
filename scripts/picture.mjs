// @ts-check
/**
 * Draws a run of a program as an SVG: its command line and its output with colors. docs/run.svg of the README is made so.
 *
 *   node scripts/picture.mjs docs/run.svg "dsrctl play site.yml -i prod" -- node bin/dsrctl.cjs play playbooks/site.yml …
 *
 * The first argument is the file, the second the command line as the picture shows it, the rest the command that runs.
 * The command must print colors into a pipe (`--color`). Its exit code is the exit code of this script.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const COLUMN = 8.4;
const ROW = 18;
const MARGIN = 16;
/** By SGR code (ECMA-48, 8.3.117). */
const COLORS = new Map([
  [31, "#ff7b72"],
  [32, "#7ee787"],
  [33, "#e3b341"],
  [34, "#79c0ff"],
  [35, "#d2a8ff"],
  [36, "#76e3ea"],
  [90, "#8b949e"],
]);

const [file, shown, dashes, ...command] = process.argv.slice(2);
const [program, ...args] = command;
if (file === undefined || shown === undefined || dashes !== "--" || program === undefined) {
  process.stderr.write("usage: node scripts/picture.mjs FILE.svg SHOWN-COMMAND -- COMMAND…\n");
  process.exit(5);
}
const { stdout, status, error } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
if (error !== undefined) throw error;
const lines = [`\u001B[1m$ ${shown}\u001B[0m`, ...stdout.trimEnd().split("\n")];
writeFileSync(file, svg(lines.map(spans)));
process.exitCode = status ?? 1;

/** @typedef {{ text: string, style: string }} Span */

/** The pieces of a line that have one style.
 * @param {string} line @returns {readonly Span[]} */
function spans(line) {
  let codes = /** @type {readonly number[]} */ ([]);
  return line.split(/(\u001B\[[\d;]*m)/).flatMap((piece) => {
    const sgr = /^\u001B\[([\d;]*)m$/.exec(piece)?.[1];
    if (sgr === undefined) return piece === "" ? [] : [{ text: piece, style: styleOf(codes) }];
    codes = sgr.split(";").map(Number).reduce(applied, codes);
    return [];
  });
}

/** @param {readonly number[]} codes @param {number} code @returns {readonly number[]} */
function applied(codes, code) {
  if (code === 0) return [];
  if (code === 22) return codes.filter((each) => each !== 1 && each !== 2);
  if (code === 39) return codes.filter((each) => !COLORS.has(each));
  return [...codes, code];
}

/** @param {readonly number[]} codes */
function styleOf(codes) {
  const color = codes.map((code) => COLORS.get(code)).findLast((each) => each !== undefined);
  return [
    ...(color === undefined ? [] : [`fill="${color}"`]),
    ...(codes.includes(1) ? ['font-weight="bold"'] : []),
    ...(codes.includes(2) ? ['opacity="0.65"'] : []),
  ].join(" ");
}

/** @param {readonly (readonly Span[])[]} rows */
function svg(rows) {
  const columns = Math.max(...rows.map((row) => row.reduce((sum, { text }) => sum + text.length, 0)));
  const [width, height] = [Math.ceil(columns * COLUMN + 2 * MARGIN), rows.length * ROW + 2 * MARGIN];
  const texts = rows.map((row, index) => rowText(row, MARGIN + (index + 0.75) * ROW));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${texts.join("\n")}
</g>
</svg>
`;
}

/** Each piece has its own place and width, so that the columns align in every font.
 * @param {readonly Span[]} row @param {number} y */
function rowText(row, y) {
  let column = 0;
  const pieces = row.map(({ text, style }) => {
    const [x, length] = [MARGIN + column * COLUMN, text.length * COLUMN];
    column += text.length;
    const place = `x="${x.toFixed(1)}" textLength="${length.toFixed(1)}"`;
    return `<tspan ${place}${style === "" ? "" : ` ${style}`}>${escaped(text)}</tspan>`;
  });
  return `<text xml:space="preserve" y="${y}">${pieces.join("")}</text>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
