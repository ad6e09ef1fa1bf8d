import { EMPTY, FILE_BLOCKS, PART_LIMIT } from "./act-functions.ts";

/** Prefix of the names of looks that print nothing: no process is started for them. */
export const NOTHING = "n";

/**
 * The shell functions that make looks and send answers. A batch sends those that it needs.
 *
 * - `dsr_run NAME` makes a look in a shell of its own, with files of its own, and sets `dsr_code` to its code.
 * - `dsr_share NAME …` makes looks one after another in one shell, and adds them to `dsr_parts`. If a look ends the
 *   shell, the rest are made in another shell. It has two parts: `dsr_each NAME …` runs in that shell; its file
 *   descriptor 3 is a file FIRST-NAME.c for the codes. `dsr_heard CODE NAME …` follows with the code that the shell
 *   ended with.
 * - `dsr_ahead KIND SUBJECT …` prefetches answers; `dsr_forget` forgets all of them.
 * - `dsr_sum NAME` sets `dsr_now` to code, checksum and length of a look. `dsr_see NAME SUM TEXT` sets `dsr_seen` to
 *   the given checksum if the look printed that text, otherwise to the look's own.
 * - `dsr_emit TAG NAME:CODE …` sends a group: a header line, the checksums of the files, the files. The name `act`
 *   means the files of the act that is being reported.
 */
export const ANSWERS = `
dsr_look() { { trap '' XFSZ; ulimit -S -f ${FILE_BLOCKS} 2>/dev/null; "$1"; } >"$dsr_dir/$1.o" 2>"$dsr_dir/$1.e" </dev/null; }
dsr_run() { case $1 in ${NOTHING}*) : >"$dsr_dir/$1.o" 2>"$dsr_dir/$1.e"; dsr_code=0 ;; *) (dsr_look "$1"); dsr_code=$?; dsr_roomy ;; esac; }
dsr_each() {
  trap '' XFSZ; ulimit -S -f ${FILE_BLOCKS} 2>/dev/null
  for dsr_name; do "$dsr_name" >"$dsr_dir/$dsr_name.o" 2>"$dsr_dir/$dsr_name.e" </dev/null; printf '%s ' $? >&3; dsr_roomy; done
}
dsr_share() { [ $# = 0 ] || { (dsr_each "$@") 3>"$dsr_dir/$1.c"; dsr_heard $? "$@"; }; }
dsr_heard() {
  dsr_code=$1; shift
  [ $dsr_code != 75 ] || exit 75
  read -r dsr_codes <"$dsr_dir/$1.c"
  for dsr_one in $dsr_codes; do dsr_parts="$dsr_parts $1:$dsr_one"; shift; done
  [ $# = 0 ] || { dsr_parts="$dsr_parts $1:$dsr_code"; shift; dsr_share "$@"; }
}
dsr_ahead() { dsr_asked="$dsr_asked learnt_$1=0"; "ahead_$@" </dev/null 2>/dev/null; }
dsr_forget() { eval "$dsr_asked"; dsr_asked=; }
dsr_roomy() { dsr_room || dsr_give_up "no room left in $dsr_dir for what looks print"; }
dsr_sum() { set -- $(cksum <"$dsr_dir/$1.o"); dsr_now="$dsr_code $1 $2"; }
dsr_see() {
  dsr_text=
  while IFS= read -r dsr_line && [ \${#dsr_text} -le 256 ]; do dsr_text="$dsr_text$dsr_line
"; done <"$dsr_dir/$1.o"
  if [ "$dsr_code $dsr_text$dsr_line" = "\${2%% *} $3" ]; then dsr_seen=$2; else dsr_sum "$1"; dsr_seen=$dsr_now; fi
}
dsr_emit() {
  dsr_head="$dsr_nonce $*"
  shift
  dsr_files= dsr_full=
  for dsr_part in "$@"; do
    dsr_part=\${dsr_part%:*}
    [ "$dsr_part" != act ] || $dsr_told
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
  dsr_whole=
  while [ $# -gt 2 ]; do
    dsr_size=$2 dsr_more=
    \${dsr_fit:-dsr_fit} "$3"
    printf '%s\\n' "$1 $dsr_size $3$dsr_more"
    shift 3
  done
  $dsr_heads
  [ -z "$dsr_whole" ] || (cd "$dsr_dir" && cat $dsr_whole)
}
dsr_fit() {
  [ $dsr_size -le ${PART_LIMIT} ] || dsr_give_up "a look printed ${PART_LIMIT} bytes and more"
  [ $dsr_size = 0 ] || dsr_whole="$dsr_whole $1"
}
`;
