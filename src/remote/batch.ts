/**
 * A batch as text: one compound command, so that nothing of it runs before its last byte has arrived. Looks are
 * shell functions (a look that several tasks share is sent and run once); a step is look, compare, act, look.
 *
 * What comes back is read by frames.ts; both are described in docs/wire.md.
 */
import { quote } from "../sh.ts";
import type { Batch, Look, Step } from "../session.ts";
import { DUE } from "./due.ts";
import { PRELUDE } from "./prelude.ts";

/** Where each look's function stands in the batch, by the id that the engine knows it by. */
export interface Script {
  readonly text: string;
  /** Look or step id → name of its function. */
  readonly functionOf: ReadonlyMap<string, string>;
}

/**
 * Sent once, before the first batch of a shell. `dsr_run NAME` runs a look into files of its own; `dsr_emit TAG NAME:CODE …`
 * sends a group: a header line, the sums of the files, the files.
 */
export function opening(nonce: string): string {
  return `{
umask 022
LC_ALL=C; LANG=C; export LC_ALL LANG
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH
unset CDPATH ENV BASH_ENV
trap '' HUP
trap 'exit 1' PIPE TERM
dsr_lib=${quote(PRELUDE + DUE)}
eval "$dsr_lib"
dsr_dir=$(umask 077; mktemp -d /run/dsrctl.XXXXXXXX 2>/dev/null || mktemp -d /dev/shm/dsrctl.XXXXXXXX 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$dsr_dir"' EXIT
dsr_run() { ("$1") >"$dsr_dir/$1.o" 2>"$dsr_dir/$1.e" </dev/null; dsr_code=$?; }
dsr_sum() { set -- "$1" $(cksum <"$dsr_dir/$1.o"); printf '%s\\n' "$dsr_code $2 $3"; }
dsr_emit() {
  printf '${nonce} %s\\n' "$*"
  shift
  dsr_files=
  for dsr_part in "$@"; do dsr_files="$dsr_files \${dsr_part%:*}.o \${dsr_part%:*}.e"; done
  [ -z "$dsr_files" ] || (cd "$dsr_dir" && cksum $dsr_files && cat $dsr_files && rm -f $dsr_files)
}
dsr_act() {
  printf '%s\\n{\\n%s\\n} </dev/null\\n' "$dsr_lib" "$2" | timeout -k 5 "$1" /bin/sh -e >"$dsr_dir/act.o" 2>"$dsr_dir/act.e"
  dsr_code=$?
}
printf '%s\\n' "DSRCTL/1 ${nonce} $$ $dsr_dir"
}
`;
}

/** The batch as one compound command. */
export function script(batch: Batch): Script {
  const functionOf = new Map<string, string>();
  const bodies = new Map<string, string>();
  for (const { id, look } of [...batch.steps, ...batch.looks]) {
    const text = look.text();
    const name = bodies.get(text) ?? `l${bodies.size}`;
    bodies.set(text, name);
    functionOf.set(id, name);
  }
  const functions = [...bodies].map(([text, name]) => `${name}() {\n:\n${text}\n}`);
  const steps = batch.steps.map((step, index) => stepText(step, index, functionOf.get(step.id) ?? ""));
  const looks = batch.looks.map((look: Look) => `dsr_later ${functionOf.get(look.id) ?? ""}`);
  const text = ["{", ...functions, START, ...steps, ...looks, FINISH, "}", ""].join("\n");
  return { text, functionOf };
}

/**
 * `dsr_stop` is empty while the batch goes on, `surprise` when a look was not as planned, `failed` when an act
 * failed or had no effect. Looks that are to be made afterwards gather in `dsr_names`, each once.
 */
const START = `dsr_stop= dsr_names=
dsr_later() { case " $dsr_names " in *" $1 "*) ;; *) dsr_names="$dsr_names $1" ;; esac; }`;

const FINISH = `if [ "$dsr_stop" = failed ]; then dsr_emit X || exit; else
dsr_parts=
for dsr_name in $dsr_names; do dsr_run $dsr_name; dsr_parts="$dsr_parts $dsr_name:$dsr_code"; done
dsr_emit L $dsr_parts || exit
fi`;

function stepText(step: Step, index: number, name: string): string {
  const body = step.act === undefined ? `dsr_emit G${index} || exit` : actText(step, step.act.text(), index, name);
  const guarded =
    step.planned === undefined
      ? body
      : `dsr_run ${name}; dsr_seen=$(dsr_sum ${name})
if [ "$dsr_seen" != ${quote(step.planned)} ]; then dsr_stop=surprise; dsr_emit S${index} ${name}:$dsr_code || exit
else
${body}
fi`;
  const due = step.whenDue;
  const conditional =
    due === undefined
      ? guarded
      : `if dsr_due ${quote(due.key)} ${quote(due.unit ?? "")} >/dev/null; then
${guarded}
else dsr_emit G${index} || exit
fi`;
  return `if [ -n "$dsr_stop" ]; then dsr_later ${name}; else
${conditional}
fi`;
}

function actText(step: Step, act: string, index: number, name: string): string {
  const marks = step.due.map((key) => `dsr_mark ${quote(key)} || exit`);
  const failed = step.tolerate ? ":" : "dsr_stop=failed";
  const noEffect = step.effect ? `\n[ "$dsr_acted" != 0 ] || [ "$(dsr_sum ${name})" != "$dsr_seen" ] || ${failed}` : "";
  return [
    ...marks,
    `dsr_act ${step.seconds} ${quote(act)}; dsr_acted=$dsr_code`,
    `[ "$dsr_acted" = 0 ] || ${failed}`,
    `dsr_run ${name}${noEffect}`,
    `dsr_emit A${index} act:$dsr_acted ${name}:$dsr_code || exit`,
  ].join("\n");
}
