/**
 * A batch as text: one compound command, so that nothing of it runs before its last byte has arrived. Looks are
 * shell functions (a look that several tasks share is sent and run once); steps are in steps.ts.
 *
 * What comes back is read by frames.ts and exchange.ts; all of it is described in docs/wire.md.
 */
import { quote } from "../sh.ts";
import type { Sh } from "../sh.ts";
import type { Batch } from "../session.ts";
import { EMPTY } from "./acts.ts";
import { askedAhead } from "./ahead.ts";
import type { Ahead } from "./ahead.ts";
import { Library } from "./library.ts";
import { marking, stepTexts, stepWords } from "./steps.ts";

/** Bytes that one look or act may bring back. More of a look ends the session; more of an act is left out. */
export const PART_LIMIT = 4 << 20;

/** A look may write no file longer than this, in blocks of 512 bytes: what it prints lies in memory. */
const FILE_BLOCKS = (64 << 20) / 512;

/** How the names of looks begin that bring back nothing: no process is made for them. */
const NOTHING = "n";

/** Where each look's function stands in the batch, by the id that the engine knows it by. */
export interface Script {
  readonly text: string;
  /** Look or step id → name of its function. */
  readonly functionOf: ReadonlyMap<string, string>;
}

/**
 * Sent once, before the first batch of a shell. `dsr_run NAME` runs a look into files of its own; `dsr_emit TAG NAME:CODE …`
 * sends a group: a header line, the sums of the files, the files; `act` stands for those of the act that is being told of.
 */
export function opening(nonce: string): string {
  return `{
umask 022
LC_ALL=C; LANG=C; export LC_ALL LANG
PATH="\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; export PATH
unset CDPATH ENV BASH_ENV
trap '' HUP
trap 'exit 1' PIPE TERM
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
dsr_run() { case $1 in ${NOTHING}*) : >"$dsr_dir/$1.o" 2>"$dsr_dir/$1.e"; dsr_code=0 ;; *) (dsr_look "$1"); dsr_code=$?; dsr_roomy ;; esac; }
dsr_roomy() { dsr_room || dsr_give_up "no room left in $dsr_dir for what looks print"; }
dsr_sum() { set -- $(cksum <"$dsr_dir/$1.o"); dsr_now="$dsr_code $1 $2"; }
dsr_emit() {
  dsr_head="${nonce} $*"
  shift
  dsr_files= dsr_full=
  for dsr_part in "$@"; do
    dsr_part=\${dsr_part%:*}
    [ "$dsr_part" != act ] || dsr_part=act$dsr_acts
    dsr_files="$dsr_files $dsr_part.o $dsr_part.e"
    if [ -s "$dsr_dir/$dsr_part.o" ] || [ -s "$dsr_dir/$dsr_part.e" ]; then dsr_full=1; fi
  done
  if [ -z "$dsr_full" ]; then
    printf '%s\\n' "$dsr_head"
    for dsr_part in $dsr_files; do echo '${EMPTY} -'; done
    return
  fi
  dsr_sums=$(cd "$dsr_dir" && cksum $dsr_files) || return
  dsr_send $dsr_sums || return
  for dsr_part in $dsr_files; do : >"$dsr_dir/$dsr_part"; done
}
dsr_send() {
  printf '%s\\n' "$dsr_head"
  dsr_whole= dsr_first=
  while [ $# -gt 2 ]; do
    dsr_size=$2
    case $dsr_size:$3 in 0:*) ;; *:act*)
      [ $dsr_size -le ${PART_LIMIT} ] || dsr_size=${PART_LIMIT}
      dsr_first="$dsr_first $dsr_size:$3" ;;
    *)
      [ $dsr_size -le ${PART_LIMIT} ] || dsr_give_up "a look printed $dsr_size bytes, more than ${PART_LIMIT}"
      dsr_whole="$dsr_whole $3" ;;
    esac
    printf '%s\\n' "$1 $dsr_size $3"
    shift 3
  done
  for dsr_part in $dsr_first; do dd if="$dsr_dir/\${dsr_part#*:}" bs=\${dsr_part%%:*} count=1 2>/dev/null || return; done
  [ -z "$dsr_whole" ] || (cd "$dsr_dir" && cat $dsr_whole)
}
printf '%s\\n' "DSRCTL/1 ${nonce} $$ $dsr_dir"
}
`;
}

/** The batch as one compound command, for a shell that has been sent this library. */
export function script(batch: Batch, library = new Library()): Script {
  const functionOf = new Map<string, string>();
  const bodies = new Map<string, { readonly name: string; readonly look: Sh }>();
  for (const { id, look, waits } of [...batch.steps, ...batch.looks]) {
    const text = look.text();
    const { name } = bodies.get(text) ?? { name: `${initial(text, waits)}${bodies.size}` };
    bodies.set(text, { name, look });
    functionOf.set(id, name);
  }
  const nameOf = ({ id }: { readonly id: string }): string => functionOf.get(id) ?? "";
  const functions = [...bodies]
    .filter(([text]) => text.trim() !== "")
    .map(([text, { name }]) => `${name}() {\n${text}\n}`);
  const undue = (batch.undue ?? []).map((key) => `dsr_undue ${quote(key)}`);
  const marks = (batch.marks ?? []).map((due) => `${marking(due)} || exit`);
  const steps = stepTexts(batch.steps, nameOf, library);
  const looks = batch.looks.map((look) => `dsr_later ${nameOf(look)}`);
  const beside = [...functionOf.values()].some((name) => name.startsWith(WAITS));
  const [hear, deaf] = steps.length === 0 ? [[], []] : [[HEAR], [DEAF]];
  const fragments = [...bodies.values()].map(({ look }) => look);
  const definitions = library.define(fragments, [...undue, ...marks, ...stepWords(batch.steps)]);
  const before = [...definitions, ...functions, START, ...undue, ...marks];
  const body = [...before, ...hear, ...steps, ...deaf, ...looks, finish(beside, askedAhead(batch.looks))];
  const text = ["{", ...body, "}", ""].join("\n");
  return { text, functionOf };
}

function initial(text: string, waits: boolean | undefined): string {
  if (text.trim() === "") return NOTHING;
  return waits === true ? WAITS : "l";
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
function finish(beside: boolean, { ask, forget }: Ahead): string {
  const look = beside ? LOOK_BESIDE : `dsr_run $dsr_name; dsr_parts="$dsr_parts $dsr_name:$dsr_code"`;
  const [first, last] = beside ? [BEGIN_BESIDE, `dsr_hear\n`] : ["", ""];
  return `case $dsr_stop in
failed) dsr_emit X || exit ;;
halted) dsr_emit H || exit ;;
*) dsr_parts=
${first}${ask}for dsr_name in $dsr_names; do ${look}; done
${forget}${last}dsr_emit L $dsr_parts || exit ;;
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
