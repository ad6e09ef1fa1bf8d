/** `dsrctl explain var NAME --host H`: the value that wins, and each that lost, with their places. */
import { unlessStopped } from "../../system/abort.ts";
import { EXIT, InputError } from "../../core/problem.ts";
import type { ExitCode, Problem } from "../../core/problem.ts";
import type { Layer } from "../../engine/variables/variables.ts";
import { pythonText } from "../../inventory/listing.ts";
import type { Host, Variable } from "../../inventory/types.ts";
import { didYouMean, listNames } from "../../text/suggest.ts";
import { showPlace } from "../../core/source.ts";
import type { Place } from "../../core/source.ts";
import { loadPlaybook } from "../../playbook/load.ts";
import { isTemplate, whenReady } from "../../jinja/templates.ts";
import type { VarEntry } from "../../playbook/types.ts";
import { colors as makeColors } from "../../report/colors.ts";
import type { Colors } from "../../report/colors.ts";
import { brief, visible } from "../../report/escape.ts";
import { secretsOf } from "../../report/redact-excerpt.ts";
import { REDACTED, Secret, redact } from "../../core/secret.ts";
import { taskTypes } from "../../tasks/index.ts";
import { hostNamed, tellWarnings } from "./inventory.ts";
import type { InventoryOptions, OutputOptions, TemplateOptions } from "../args/types.ts";
import { loadInventoryFor } from "../input/load-play.ts";
import type { LoadedInventory } from "../input/load-play.ts";
import type { Terminal } from "../../core/terminal.ts";

interface ExplainArgs extends InventoryOptions, TemplateOptions, OutputOptions {
  readonly variable: string;
  readonly host: string;
  readonly playbook: string | undefined;
}

/** One value that a variable was given. */
interface Given {
  readonly from: string;
  readonly place: Place | undefined;
  readonly shown: string;
  /** A template, as it is written. */
  readonly template: boolean;
}

export async function runExplain(line: ExplainArgs, terminal: Terminal): Promise<ExitCode> {
  const loaded = await unlessStopped(terminal.stop, loadInventoryFor(line, terminal));
  const plays = await unlessStopped(terminal.stop, playVariables(line, loaded, terminal));
  await tellWarnings(loaded.inventory, line, terminal);
  const host = hostNamed(loaded, line.host);
  const given = [...inInventory(host, line.variable), ...inPlays(plays, line.variable), ...inExtra(loaded, line)];
  if (given.length === 0) throw new InputError([unknown(line, host, loaded)]);
  const written = given.at(-1)?.template === true;
  const becomes = written ? await whenReady(() => rendered(line.variable, host, plays, loaded)) : undefined;
  if (line.json) terminal.out(`${jsonOf(line, host, given, becomes)}\n`);
  else terminal.out(redact(textOf(line, host, given, becomes, makeColors(line.color ?? terminal.color))));
  return EXIT.fine;
}

/** The weakest first. */
function inInventory(host: Host, name: string): readonly Given[] {
  return host.layers.flatMap(({ from, variables }) => {
    const chain: Given[] = [];
    for (let each = variables.get(name); each !== undefined; each = each.overrides) chain.unshift(givenOf(each, from));
    return chain;
  });
}

function givenOf({ node, place, name }: Variable, from: string): Given {
  const text = pythonText(node);
  const template = node.kind === "scalar" ? !node.unsafe && isTemplate(text) : isTemplate(text);
  return { from, place, shown: maskedValue(name, text), template };
}

/** An unencrypted password in an inventory is not repeated on the screen. */
function maskedValue(name: string, text: string): string {
  const line = `${name}: ${text.split("\n", 1)[0] ?? ""}`;
  return secretsOf([line], 0) === undefined ? text : REDACTED;
}

/** Variables of a play, or of a file it names; `from` says which. */
interface PlayVariables {
  readonly from: string;
  readonly vars: readonly VarEntry[];
}

/** The variables of every play: a task sees those of its own play. */
async function playVariables(
  { playbook }: ExplainArgs,
  { templates, vault }: LoadedInventory,
  { cwd }: Terminal,
): Promise<readonly PlayVariables[]> {
  if (playbook === undefined) return [];
  const { plays } = await loadPlaybook(playbook, taskTypes, { cwd, templates, vault });
  return plays.flatMap(({ name, vars, varsFiles }) => [
    { from: `play \`${name}\``, vars },
    ...varsFiles.map((file) => ({ from: `vars_files of play \`${name}\``, vars: file.vars })),
  ]);
}

function inPlays(plays: readonly PlayVariables[], name: string): readonly Given[] {
  return plays.flatMap(({ from, vars }) =>
    vars.filter((each) => each.name === name).map((each) => plainGiven(each, from)),
  );
}

function plainGiven({ name, value, place, untrusted }: VarEntry, from: string): Given {
  const text = shownValue(value);
  const template = untrusted !== true && typeof value === "string" && isTemplate(value);
  return { from, place, shown: maskedValue(name, text), template };
}

function inExtra({ extra }: LoadedInventory, { variable }: ExplainArgs): readonly Given[] {
  const found = extra.get(variable);
  return found === undefined ? [] : [givenOf(found, "-e")];
}

function shownValue(value: unknown): string {
  if (value instanceof Secret) return REDACTED;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value of a template, or why it has none. */
interface Becomes {
  readonly value?: string;
  readonly problem?: Problem;
}

function rendered(name: string, host: Host, plays: readonly PlayVariables[], { scope }: LoadedInventory): Becomes {
  const layers = plays.map(({ vars }): Layer => new Map(vars.map((each) => [each.name, each])));
  try {
    return { value: maskedValue(name, shownValue(scope(host, layers).get(name))) };
  } catch (error) {
    const problem = error instanceof InputError ? error.problems[0] : undefined;
    if (problem === undefined) throw error;
    return { problem };
  }
}

function textOf(
  { variable }: ExplainArgs,
  host: Host,
  given: readonly Given[],
  becomes: Becomes | undefined,
  colors: Colors,
): string {
  const [winner, ...losers] = given.toReversed();
  if (winner === undefined) return "";
  const lines = [`${colors.bold(visible(variable))} of ${visible(host.name)} is ${colors.green(short(winner.shown))}`];
  if (becomes !== undefined) lines.push(becomesText(becomes, colors));
  lines.push(`  ${colors.green("wins")}  ${where(winner)}`);
  for (const each of losers) lines.push(`  ${colors.yellow("lost")}  ${where(each)}  ${colors.dim(short(each.shown))}`);
  return `${lines.join("\n")}\n`;
}

function becomesText({ value, problem }: Becomes, colors: Colors): string {
  if (problem === undefined) return `  ${colors.dim("which is")} ${short(value ?? "")}`;
  const at = problem.place === undefined ? "" : ` (${showPlace(problem.place)})`;
  return `  ${colors.dim("cannot render it here:")} ${visible(problem.message + at)}`;
}

function short(text: string): string {
  return brief(text, 80);
}

function where({ place, from }: Given): string {
  return place === undefined || place.end === 0 ? visible(from) : `${visible(showPlace(place))}  (${visible(from)})`;
}

function jsonOf({ variable }: ExplainArgs, host: Host, given: readonly Given[], becomes: Becomes | undefined): string {
  const values = given.toReversed().map(({ from, place, shown }, index) => ({
    wins: index === 0,
    from,
    ...(place === undefined ? {} : { place: showPlace(place) }),
    value: redact(shown),
  }));
  return JSON.stringify({
    variable,
    host: host.name,
    ...(becomes?.value === undefined ? {} : { becomes: redact(becomes.value) }),
    ...(becomes?.problem === undefined ? {} : { unrendered: redact(becomes.problem.message) }),
    values,
  });
}

function unknown({ variable }: ExplainArgs, host: Host, { extra }: LoadedInventory): Problem {
  const names = [...host.variables.keys(), ...extra.keys()];
  const label = didYouMean(variable, names);
  return {
    severity: "error",
    code: "undefined-variable",
    message: `host \`${host.name}\` has no variable \`${variable}\``,
    place: { source: { file: "NAME", text: variable }, start: 0, end: variable.length },
    ...(label === undefined ? {} : { label }),
    help: names.length === 0 ? "it has no variables" : `it has ${listNames([...names].sort())}`,
  };
}
