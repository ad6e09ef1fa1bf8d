/**
 * Writes a batch as text: one compound command, so that nothing of it runs before its last byte has arrived. Looks are
 * shell functions (a look that several tasks share is sent and run once); steps are in step-script.ts.
 *
 * frame-parser.ts and pending-batch.ts read the answer; docs/wire.md describes all of it.
 */
import { quote } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import type { Batch } from "../../core/batch.ts";
import { FunctionLibrary } from "./function-library.ts";
import { nameFor, lookText } from "./look-script.ts";
import { isWordy, markCommand, stepTexts, stepWords } from "./step-script.ts";

/** A batch as shell, and which function makes each look. */
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
 * `dsr_stop` is empty while the batch goes on. It is `stale` when a look was not as planned, `failed` when an act
 * failed or had no effect, and `halted` after a stop request. `dsr_names` collects the looks to make afterwards, each
 * once.
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
 * While there are steps, a listener waits for a line on standard input, where nothing else arrives before the end of
 * the batch. The line is a stop request: begin no further step (`HALT`). The end of input means the same, since the
 * connection is lost then. The shell itself may have read the line with the batch; there it is an empty line. The file
 * that the listener makes stays, because no steps follow a stop request.
 */
const HEAR = `{ (read -r dsr_line; : >"$dsr_dir/halt") <&3 >/dev/null 2>&1 & } 3<&0
dsr_ear=$!
dsr_over() { if [ -z "$dsr_stop" ] && [ -e "$dsr_dir/halt" ]; then dsr_stop=halted; fi; [ -n "$dsr_stop" ]; }`;

/**
 * Ends the listener before the last answer, after which the next batch may come. A listener that has read a line has
 * ended, and its process number may already belong to another process.
 */
const DEAF = `{ [ -e "$dsr_dir/halt" ] || kill -9 $dsr_ear; wait $dsr_ear; } 2>/dev/null`;

/** Sent again and again until the batch ends, since the shell itself may have read the first one. */
export const STOP_REQUEST = "\n";
