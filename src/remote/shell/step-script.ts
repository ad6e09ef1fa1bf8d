/**
 * Writes the steps of a batch as shell: look, compare, act, look. Consecutive steps with a stability check
 * (`Step.stabilityCheck`) run together: all act, and half a second after the last act all checks run. Then the looks
 * follow, and the reports in order.
 */
import { emptyScript, quote } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import type { HandlerRef, Step } from "../../core/batch.ts";
import { prefetchScript } from "./grouped-looks.ts";
import type { FunctionLibrary } from "./function-library.ts";

/** A step at its place in the batch, and the name of its look's function. */
interface Placed {
  readonly step: Step;
  readonly index: number;
  readonly name: string;
}

export function stepTexts(
  steps: readonly Step[],
  nameOf: (step: Step) => string,
  library: FunctionLibrary,
): readonly string[] {
  const placed = steps.map((step, index) => ({ step, index, name: nameOf(step) }));
  return rowsOf(placed).flatMap((row) =>
    isHeld(row) ? heldTexts(row, library) : row.flatMap((each) => stepText(each, library)),
  );
}

/** The functions of the library that run steps. */
export function stepWords(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => [
    "dsr_run",
    ...(step.expectedChecksum === undefined ? [] : [step.expectedOutput === undefined ? "dsr_sum" : "dsr_see"]),
    ...(step.act === undefined ? [] : [`${actor(step)} ${needsShell(step) ? "dsr_script" : "dsr_program"}`]),
    ...(step.mustChangeLook ? ["dsr_unlike"] : []),
    ...(step.stabilityCheck === undefined ? [] : ["dsr_pause dsr_recall dsr_script dsr_ahead dsr_forget"]),
    ...(step.onlyIfNotified === undefined ? [] : ["dsr_due"]),
  ]);
}

function needsShell({ act, notifies: due }: Step): boolean {
  return act?.isPlainCommand !== true || due.length > 0;
}

/** The output of an act with a stability check is continued by the check; such acts print little. */
export function isWordy({ act, unboundedOutput: wordy, stabilityCheck }: Step): boolean {
  return act !== undefined && wordy === true && stabilityCheck === undefined;
}

function actor(step: Step): string {
  return isWordy(step) ? "dsr_wordy" : "dsr_act";
}

export function markCommand({ key, unit }: HandlerRef): string {
  return `dsr_mark ${quote(key)} ${quote(unit ?? "")}`;
}

function isHeld([first]: readonly Placed[]): boolean {
  return first?.step.stabilityCheck !== undefined;
}

/**
 * Consecutive steps that share one wait. Two steps about the same subject do not: the second would disturb the first.
 */
function rowsOf(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const rows: Placed[][] = [];
  for (const each of placed) {
    const row = rows.at(-1);
    if (row !== undefined && isHeld(row) && isHeld([each]) && !row.some((other) => isAboutTheSame(other, each)))
      row.push(each);
    else rows.push([each]);
  }
  return rows;
}

function isAboutTheSame(one: Placed, other: Placed): boolean {
  const subjects = new Set(one.step.look.calls().map(({ subject }) => subject));
  return other.step.look.calls().some(({ subject }) => subject !== undefined && subjects.has(subject));
}

function stepText(placed: Placed, library: FunctionLibrary): readonly string[] {
  const { step, index, name } = placed;
  const ends: Ends = {
    unchanged: `dsr_emit G${index} || exit`,
    stale: `dsr_emit S${index} ${name}:$dsr_code || exit`,
  };
  if (step.act === undefined) return [begin(placed, ends.unchanged, ends)];
  const { text, line } = actText(step, step.act, library);
  return [...text, begin(placed, [line, failing(step), after(placed)].join("\n"), ends)];
}

function heldTexts(row: readonly Placed[], library: FunctionLibrary): readonly string[] {
  const { ask, forget } = prefetchScript(row.map(({ step }) => step.look));
  return [
    `: >"$dsr_dir/row"; dsr_note=$dsr_dir/note`,
    ...row.flatMap((each) => heldText(each, library)),
    "dsr_note=",
    `dsr_pause ${row.map(({ index }) => index).join(" ")}`,
    ...row.flatMap((each) => calmText(each, library)),
    `${ask}:`,
    ...row.map(tellText),
    `${forget}:`,
  ];
}

/**
 * The outcome of the step so far is kept in `dsr_heldINDEX`: nothing (not begun), `G`, `S`, or arguments of
 * `dsr_recall`.
 */
function heldText(placed: Placed, library: FunctionLibrary): readonly string[] {
  const { step, index } = placed;
  const held = `dsr_held${index}`;
  const ends: Ends = { unchanged: `${held}=G`, stale: `${held}=S` };
  if (step.act === undefined) return [`${held}=`, begin(placed, ends.unchanged, ends)];
  const { text, line } = actText(step, step.act, library);
  const body = [`${line} 3>"$dsr_dir/calm${index}" 4<"$dsr_dir/note"`, hold(index), failing(step)].join("\n");
  return [...text, `${held}=; : >"$dsr_note"`, begin(placed, body, ends)];
}

function hold(index: number): string {
  return `dsr_held${index}="$dsr_tag $dsr_acted $dsr_acts $dsr_left $dsr_seen"`;
}

/** Checks whether a successful act has lasted, within the seconds that are left. Its output counts as the act's. */
function calmText({ step, index }: Placed, library: FunctionLibrary): readonly string[] {
  const { stabilityCheck = emptyScript } = step;
  if (stabilityCheck.text() === "") return [];
  const { text, word } = library.keep(stabilityCheck, []);
  const ask = `dsr_script $dsr_left ${word} ${quote(stabilityCheck.text())} 3<"$dsr_dir/calm${index}" 4<>"$dsr_dir/row"`;
  const into = `>>"$dsr_dir/act$dsr_acts.o" 2>>"$dsr_dir/act$dsr_acts.e"`;
  const body = [`dsr_recall $dsr_held${index}`, `${ask} ${into}`, hold(index), failing(step)].join("\n");
  return [...text, `case $dsr_held${index} in A' 0 '*)\n${body} ;;\nesac`];
}

/** No stale step is reported after a failure. */
function tellText(placed: Placed): string {
  const { index, name } = placed;
  return `case $dsr_held${index} in
'') ;;
G) dsr_emit G${index} || exit ;;
S) [ "$dsr_stop" = failed ] || { dsr_run ${name}; dsr_emit S${index} ${name}:$dsr_code || exit; } ;;
*) dsr_recall $dsr_held${index}
${after(placed)} ;;
esac`;
}

/** What the script does if the step is unchanged, and if it is stale. */
interface Ends {
  readonly unchanged: string;
  readonly stale: string;
}

function begin({ step, name }: Placed, body: string, ends: Ends): string {
  const guarded =
    step.expectedChecksum === undefined ? body : guard(body, { ...step, planned: step.expectedChecksum }, name, ends);
  const conditional = step.onlyIfNotified === undefined ? guarded : whenDue(guarded, step.onlyIfNotified, ends);
  return `if dsr_over; then dsr_later ${name}; else\n${conditional}\nfi`;
}

type Guard = Pick<Step, "expectedOutput"> & { readonly planned: string };

function guard(body: string, { planned, expectedOutput: printed }: Guard, name: string, { stale }: Ends): string {
  const see =
    printed === undefined
      ? `dsr_sum ${name}; dsr_seen=$dsr_now`
      : `dsr_see ${name} ${quote(planned)} ${quote(printed)}`;
  return `dsr_run ${name}; ${see}
if [ "$dsr_seen" != ${quote(planned)} ]; then dsr_stop=stale; ${stale}
else
${body}
fi`;
}

function whenDue(body: string, { key, unit }: HandlerRef, { unchanged }: Ends): string {
  return `if dsr_due ${quote(key)} ${quote(unit ?? "")} >/dev/null; then
${body}
else ${unchanged}
fi`;
}

/** `text` comes before the step. */
interface ActText {
  readonly text: readonly string[];
  readonly line: string;
}

/** The handler marks are part of the act: if one cannot be made, the act does not run. */
function actText(step: Step, act: Sh, library: FunctionLibrary): ActText {
  const marks = step.notifies.map(markCommand);
  const how = actor(step);
  if (!needsShell(step)) return { text: [], line: `${how} dsr_program ${step.timeoutSeconds} ${act.text()}` };
  const { text, word } = library.keep(act, marks);
  return { text, line: `${how} dsr_script ${step.timeoutSeconds} ${word} ${quote([...marks, act.text()].join("\n"))}` };
}

function failing(step: Step): string {
  return `[ "$dsr_acted" = 0 ] || ${failed(step)}`;
}

function failed({ ignoreFailure: tolerate }: Step): string {
  return tolerate ? ":" : "dsr_stop=failed";
}

/** The look after the act, the answer, and whether the act took effect. */
function after({ step, index, name }: Placed): string {
  const effect = step.mustChangeLook ? `\n[ "$dsr_acted" != 0 ] || dsr_unlike || ${failed(step)}` : "";
  return `dsr_run ${name}\ndsr_emit \${dsr_tag}${index} act:$dsr_acted ${name}:$dsr_code || exit${effect}`;
}
