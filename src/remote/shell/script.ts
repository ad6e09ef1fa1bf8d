/**
 * A batch as text: one compound command, so that nothing of it runs before its last byte has arrived. Looks are
 * shell functions (a look that several tasks share is sent and run once); steps are in steps.ts.
 *
 * What comes back is read by frames.ts and exchange.ts; all of it is described in docs/wire.md.
 */
import { quote } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import type { Batch } from "../../core/batch.ts";
import { FunctionLibrary } from "./function-library.ts";
import { nameFor, lookText } from "./look-script.ts";
import { isWordy, markCommand, stepTexts, stepWords } from "./step-script.ts";

/** Where each look's function stands in the batch, by the id that the engine knows it by. */
export interface Script {
  readonly text: string;
  /** Look or step id → name of its function. */
  readonly functionOf: ReadonlyMap<string, string>;
}

/** Sent once, before the first batch of a shell. */
export function setupScript(nonce: string): string {
  return `{
umask 022
LC_ALL=C; LANG=C; export LC_ALL LANG
PATH="\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH
unset CDPATH ENV BASH_ENV
trap '' HUP
trap 'exit 1' PIPE TERM
dsr_room() { { printf "%\${1-1}s" . >"$dsr_dir/room" && : >"$dsr_dir/room"; } 2>/dev/null; }
dsr_dir=
for dsr_in in /run /dev/shm "\${TMPDIR:-/tmp}"; do
  dsr_dir=$(umask 077; mktemp -d "$dsr_in/dsrctl.XXXXXXXX" 2>/dev/null) || { dsr_dir=; continue; }
  if dsr_room 99999; then break; fi
  rm -rf "$dsr_dir"; dsr_dir=
done
[ -n "$dsr_dir" ] || { dsr_dir=$(mktemp -d "$dsr_in/dsrctl.XXXXXXXX" 2>&1) && rmdir "$dsr_dir" && dsr_dir=full; echo "no temporary directory can be made in /run, /dev/shm or $dsr_in: $dsr_dir" >&2; exit 1; }
trap 'rm -rf "$dsr_dir"' EXIT
dsr_give_up() { printf 'dsrctl: %s\\n' "$1" >&2; exit 75; }
dsr_nonce=${nonce} dsr_asked= dsr_note=
printf '%s\\n' "DSRCTL/1 $dsr_nonce $$ $dsr_dir"
}
`;
}

/** The batch as one compound command, for a shell that has been sent this library. */
export function batchScript(batch: Batch, library = new FunctionLibrary()): Script {
  const functionOf = new Map<string, string>();
  const bodies = new Map<string, { readonly name: string; readonly look: Sh }>();
  for (const { id, look, waitsForNetwork: waits } of [...batch.steps, ...batch.looks]) {
    const text = look.text();
    const { name } = bodies.get(text) ?? { name: `${nameFor(look, waits)}${bodies.size}` };
    bodies.set(text, { name, look });
    functionOf.set(id, name);
  }
  const nameOf = ({ id }: { readonly id: string }): string => functionOf.get(id) ?? "";
  const functions = [...bodies]
    .filter(([text]) => text.trim() !== "")
    .map(([text, { name }]) => `${name}() {\n${text}\n}`);
  const undue = (batch.clearNotifications ?? []).map((key) => `dsr_undue ${quote(key)}`);
  const marks = (batch.notifications ?? []).map((due) => `${markCommand(due)} || exit`);
  const steps = stepTexts(batch.steps, nameOf, library);
  const open = new Map(batch.steps.map((step) => [nameOf(step), step.look]));
  const last = new Map(batch.looks.map((look) => [nameOf(look), look.look]));
  const again = [...last.keys()].filter((name) => open.has(name));
  for (const name of again) last.delete(name);
  const looks = lookText(last, open);
  const later = again.length === 0 ? [] : [`dsr_later ${again.join(" ")}`];
  const [hear, end] =
    steps.length === 0
      ? [[], [looks]]
      : [
          [START, ...(batch.steps.some(isWordy) ? [DRAIN] : []), HEAR],
          [DEAF, ...later, finish(looks)],
        ];
  const fragments = [...bodies.values()].map(({ look }) => look);
  const definitions = library.define(fragments, [...undue, ...marks, ...stepWords(batch.steps), ...hear, ...end]);
  const body = [...definitions, ...functions, ...undue, ...marks, ...hear, ...steps, ...end];
  const text = ["{", ...body, "}", ""].join("\n");
  return { text, functionOf };
}

/**
 * `dsr_stop` is empty while the batch goes on, `stale` when a look was not as planned, `failed` when an act failed or
 * had no effect, `halted` when we were told to begin nothing more. Looks that are to be made afterwards gather in
 * `dsr_names`, each once.
 */
const START = `[ -e "$dsr_dir/owner" ] || dsr_sweep
dsr_stop= dsr_names= dsr_told=dsr_tell dsr_fit=dsr_fit_act dsr_heads=dsr_begins
dsr_later() { for dsr_name; do case " $dsr_names " in *" $dsr_name "*) ;; *) dsr_names="$dsr_names $dsr_name" ;; esac; done; }`;

/** Where there are acts that may print without end. */
const DRAIN = "dsr_drain=dsr_drained";

/** What a batch with steps ends with. */
function finish(looks: string): string {
  return `case $dsr_stop in
failed) dsr_emit X || exit ;;
halted) dsr_emit H || exit ;;
*)
${looks} ;;
esac`;
}

/**
 * While there are steps to make, an ear waits for a line on standard input, where nothing else comes before the end of
 * the batch: it says to begin no further step (`HALT`), and so does the end of input, since then we are gone. To the
 * shell itself, which may have read it together with the batch, the line is empty. The mark stays: whoever halts sends
 * no steps.
 */
const HEAR = `{ (read -r dsr_line; : >"$dsr_dir/halt") <&3 >/dev/null 2>&1 & } 3<&0
dsr_ear=$!
dsr_over() { if [ -z "$dsr_stop" ] && [ -e "$dsr_dir/halt" ]; then dsr_stop=halted; fi; [ -n "$dsr_stop" ]; }`;

/**
 * Before the last answer, after which the next batch may come. An ear that has heard is gone, and its number may be
 * that of another process by now.
 */
const DEAF = `{ [ -e "$dsr_dir/halt" ] || kill -9 $dsr_ear; wait $dsr_ear; } 2>/dev/null`;

/** Sent again and again until the batch ends, since the shell may have taken the first of them for its own. */
export const STOP_REQUEST = "\n";
