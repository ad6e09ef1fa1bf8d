/**
 * A batch as text: one compound command, so that nothing of it runs before its last byte has arrived. Looks are
 * shell functions (a look that several tasks share is sent and run once); a step is look, compare, act, look.
 *
 * What comes back is read by frames.ts and exchange.ts; all of it is described in docs/wire.md.
 */
import { quote } from "../sh.ts";
import type { Batch, Due, Step } from "../session.ts";
import { DUE } from "./due.ts";
import { PRELUDE } from "./prelude.ts";

/** Bytes that one look or act may bring back. More of a look ends the session; more of an act is left out. */
export const PART_LIMIT = 4 << 20;

/** A look may write no file longer than this, in blocks of 512 bytes: what it prints lies in memory. */
const FILE_BLOCKS = (64 << 20) / 512;

/** Where each look's function stands in the batch, by the id that the engine knows it by. */
export interface Script {
  readonly text: string;
  /** Look or step id → name of its function. */
  readonly functionOf: ReadonlyMap<string, string>;
}

/**
 * Sent once, before the first batch of a shell. `dsr_run NAME` runs a look into files of its own; `dsr_emit TAG NAME:CODE …`
 * sends a group: a header line, the sums of the files, the files. `dsr_act SECONDS SCRIPT` leaves its code in
 * `dsr_acted` and the tag of its group, by whether the deadline ended it, in `dsr_tag`.
 */
export function opening(nonce: string): string {
  return `{
umask 022
LC_ALL=C; LANG=C; export LC_ALL LANG
PATH="\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH
unset CDPATH ENV BASH_ENV
trap '' HUP
trap 'exit 1' PIPE TERM
dsr_lib=${quote(PRELUDE + DUE)}
eval "$dsr_lib"
dsr_room() { { printf . >"$dsr_dir/room" && printf '' >"$dsr_dir/room"; } 2>/dev/null; }
dsr_dir=
for dsr_in in /run /dev/shm "\${TMPDIR:-/tmp}"; do
  dsr_dir=$(umask 077; mktemp -d "$dsr_in/dsrctl.XXXXXXXX" 2>/dev/null) || { dsr_dir=; continue; }
  if dsr_room; then break; fi
  rm -rf "$dsr_dir"; dsr_dir=
done
[ -n "$dsr_dir" ] || { echo 'no room for a temporary directory in /run, /dev/shm or /tmp' >&2; exit 1; }
trap 'rm -rf "$dsr_dir"' EXIT
dsr_give_up() { printf 'dsrctl: %s\\n' "$1" >&2; exit 75; }
dsr_look() { { trap '' XFSZ; ulimit -f ${FILE_BLOCKS} 2>/dev/null; "$1"; } >"$dsr_dir/$1.o" 2>"$dsr_dir/$1.e" </dev/null; }
dsr_run() { (dsr_look "$1"); dsr_code=$?; dsr_roomy; }
dsr_roomy() { dsr_room || dsr_give_up "no room left in $dsr_dir for what looks print"; }
dsr_sum() { set -- "$1" $(cksum <"$dsr_dir/$1.o"); printf '%s\\n' "$dsr_code $2 $3"; }
dsr_emit() {
  dsr_head="${nonce} $*"
  shift
  dsr_files=
  for dsr_part in "$@"; do dsr_files="$dsr_files \${dsr_part%:*}.o \${dsr_part%:*}.e"; done
  [ -n "$dsr_files" ] || { printf '%s\\n' "$dsr_head"; return; }
  dsr_sums=$(cd "$dsr_dir" && cksum $dsr_files) || return
  dsr_small $dsr_sums
  printf '%s\\n%s\\n' "$dsr_head" "$dsr_sums" && (cd "$dsr_dir" && cat $dsr_files && rm -f $dsr_files)
}
dsr_small() { while [ $# -gt 2 ]; do [ "$2" -le ${PART_LIMIT} ] || dsr_give_up "a look printed $2 bytes, more than ${PART_LIMIT}"; shift 3; done; }
dsr_act() {
  read -r dsr_began dsr_rest </proc/uptime
  printf '%s\\n{\\n%s\\n} </dev/null\\n' "$dsr_lib" "$2" | timeout -k 5 "$1" /bin/sh -e >"$dsr_dir/act.out" 2>"$dsr_dir/act.err"
  dsr_acted=$?
  read -r dsr_ended dsr_rest </proc/uptime
  dsr_tag=A
  case $dsr_acted in 124 | 137 | 143) [ $((\${dsr_ended%.*} - \${dsr_began%.*})) -lt "$1" ] || dsr_tag=T ;; esac
  dsr_cut act.out act.o && dsr_cut act.err act.e
}
dsr_cut() { dd if="$dsr_dir/$1" of="$dsr_dir/$2" bs=${PART_LIMIT} count=1 2>/dev/null; rm -f "$dsr_dir/$1"; }
printf '%s\\n' "DSRCTL/1 ${nonce} $$ $dsr_dir"
}
`;
}

/** The batch as one compound command. */
export function script(batch: Batch): Script {
  const functionOf = new Map<string, string>();
  const bodies = new Map<string, string>();
  for (const { id, look, waits } of [...batch.steps, ...batch.looks]) {
    const text = look.text();
    const name = bodies.get(text) ?? `${waits === true ? WAITS : "l"}${bodies.size}`;
    bodies.set(text, name);
    functionOf.set(id, name);
  }
  const nameOf = ({ id }: { readonly id: string }): string => functionOf.get(id) ?? "";
  const functions = [...bodies].map(([text, name]) => `${name}() {\n:\n${text}\n}`);
  const undue = (batch.undue ?? []).map((key) => `dsr_undue ${quote(key)}`);
  const marks = (batch.marks ?? []).map((due) => `${marking(due)} || exit`);
  const steps = batch.steps.map((step, index) => stepText(step, index, nameOf(step)));
  const looks = batch.looks.map((look) => `dsr_later ${nameOf(look)}`);
  const beside = [...bodies.values()].some((name) => name.startsWith(WAITS));
  const [hear, deaf] = steps.length === 0 ? [[], []] : [[HEAR], [DEAF]];
  const body = [...functions, START, ...undue, ...marks, ...hear, ...steps, ...deaf, ...looks, finish(beside)];
  const text = ["{", ...body, "}", ""].join("\n");
  return { text, functionOf };
}

/**
 * `dsr_stop` is empty while the batch goes on, `surprise` when a look was not as planned, `failed` when an act
 * failed or had no effect, `halted` when we were told to begin nothing more. Looks that are to be made afterwards gather in
 * `dsr_names`, each once.
 */
const START = `dsr_stop= dsr_names=
dsr_later() { case " $dsr_names " in *" $1 "*) ;; *) dsr_names="$dsr_names $1" ;; esac; }`;

/** How the names of looks begin that wait for others than the host. */
const WAITS = "w";

/** Looks that wait for others may be made at once; more of them wait for their turn. */
const SIDE_BY_SIDE = 32;

/** The looks; those that wait for others are begun first, and heard at the end. */
function finish(beside: boolean): string {
  const look = beside ? LOOK_BESIDE : `dsr_run $dsr_name; dsr_parts="$dsr_parts $dsr_name:$dsr_code"`;
  const [first, last] = beside ? [BEGIN_BESIDE, `dsr_hear\n`] : ["", ""];
  return `case $dsr_stop in
failed) dsr_emit X || exit ;;
halted) dsr_emit H || exit ;;
*) dsr_parts=
${first}for dsr_name in $dsr_names; do ${look}; done
${last}dsr_emit L $dsr_parts || exit ;;
esac`;
}

const LOOK_BESIDE = `case $dsr_name in ${WAITS}*) ;; *) dsr_run $dsr_name; dsr_parts="$dsr_parts $dsr_name:$dsr_code" ;; esac`;

const BEGIN_BESIDE = `dsr_beside= dsr_count=0
dsr_hear() {
for dsr_one in $dsr_beside; do wait \${dsr_one#*:}; dsr_parts="$dsr_parts \${dsr_one%:*}:$?"; done
dsr_beside= dsr_count=0
dsr_roomy
}
for dsr_name in $dsr_names; do case $dsr_name in ${WAITS}*)
[ $dsr_count -lt ${SIDE_BY_SIDE} ] || dsr_hear
dsr_look $dsr_name & dsr_beside="$dsr_beside $dsr_name:$!"; dsr_count=$((dsr_count + 1)) ;;
esac; done
`;

/**
 * While there are steps to make, an ear waits for a line on standard input, where nothing else comes before the end of
 * the batch: it says to begin no further step (`HALT`), and so does the end of input, since then we are gone. To the shell
 * itself, which may have read it together with the batch, the line is empty. The mark stays: whoever halts sends no steps.
 */
const HEAR = `{ (read -r dsr_line; : >"$dsr_dir/halt") <&3 >/dev/null 2>&1 & } 3<&0
dsr_ear=$!
dsr_over() { if [ -z "$dsr_stop" ] && [ -e "$dsr_dir/halt" ]; then dsr_stop=halted; fi; [ -n "$dsr_stop" ]; }`;

/**
 * Before the last answer, after which the next batch may come. An ear that has heard is gone, and its number may be that
 * of another process by now.
 */
const DEAF = `{ [ -e "$dsr_dir/halt" ] || kill -9 $dsr_ear; wait $dsr_ear; } 2>/dev/null`;

/** Sent again and again until the batch ends, since the shell may have taken the first of them for its own. */
export const HALT = "\n";

function stepText(step: Step, index: number, name: string): string {
  const body = step.act === undefined ? `dsr_emit G${index} || exit` : actText(step, step.act.text(), index, name);
  const guarded = step.planned === undefined ? body : guard(body, step.planned, index, name);
  const conditional = step.whenDue === undefined ? guarded : whenDue(guarded, step.whenDue, index);
  return `if dsr_over; then dsr_later ${name}; else\n${conditional}\nfi`;
}

function guard(body: string, planned: string, index: number, name: string): string {
  return `dsr_run ${name}; dsr_seen=$(dsr_sum ${name})
if [ "$dsr_seen" != ${quote(planned)} ]; then dsr_stop=surprise; dsr_emit S${index} ${name}:$dsr_code || exit
else
${body}
fi`;
}

function whenDue(body: string, { key, unit }: Due, index: number): string {
  return `if dsr_due ${quote(key)} ${quote(unit ?? "")} >/dev/null; then
${body}
else dsr_emit G${index} || exit
fi`;
}

function marking({ key, unit }: Due): string {
  return `dsr_mark ${quote(key)} ${quote(unit ?? "")}`;
}

/** The marks are part of the act: where one cannot be made, nothing is done. */
function actText(step: Step, act: string, index: number, name: string): string {
  const failed = step.tolerate ? ":" : "dsr_stop=failed";
  const noEffect = step.effect ? `\n[ "$dsr_acted" != 0 ] || [ "$(dsr_sum ${name})" != "$dsr_seen" ] || ${failed}` : "";
  return [
    `dsr_act ${step.seconds} ${quote([...step.due.map(marking), act].join("\n"))}`,
    `[ "$dsr_acted" = 0 ] || ${failed}`,
    `dsr_run ${name}${noEffect}`,
    `dsr_emit \${dsr_tag}${index} act:$dsr_acted ${name}:$dsr_code || exit`,
  ].join("\n");
}
