/** What cksum(1) says of nothing. */
export const EMPTY = "4294967295 0";

/**
 * The shell that runs acts, sent with the first batch that has steps.
 *
 * - `dsr_sweep`, once a shell, says in its directory whose that is, and removes those of shells that were killed.
 * - `dsr_script SECONDS FUNCTIONS SCRIPT` leaves its code in `dsr_acted`, the tag of its group (by whether the deadline ended
 *   it) in `dsr_tag`, and the seconds that are left in `dsr_left`. The script goes to its shell through a pipe: it may
 *   hold secrets, which lie in no file. `dsr_program SECONDS PROGRAM ARGUMENT …` does the same without a shell.
 * - `dsr_act`, before one of them, has what it prints in files of its own, since what an act leaves behind may go on
 *   printing: no more of them is sent than their sums were taken of.
 * - `dsr_unlike`, after `dsr_emit`: the look that it told of is not as it was before the act.
 * - `dsr_pause INDEX …` waits, if one of these steps has left something to be seen later.
 * - `dsr_recall TAG CODE NUMBER SECONDS SUM` goes back to what came of an act.
 */
export const ACTS = String.raw`
dsr_sweep() {
  owner $$ && printf '%s\n' "$owner" >"$dsr_dir/owner"
  for dsr_old in "\${dsr_dir%/*}"/dsrctl.????????; do
    [ -O "$dsr_old" ] || continue
    dsr_whose=-
    { read -r dsr_whose <"$dsr_old/owner"; } 2>/dev/null
    ! orphaned "$dsr_old" "$dsr_whose" || rm -rf "$dsr_old"
  done
}
dsr_act() {
  dsr_acts=$((dsr_acts + 1))
  "$@" >"$dsr_dir/act$dsr_acts.o" 2>"$dsr_dir/act$dsr_acts.e"
}
dsr_script() {
  read -r dsr_began dsr_rest </proc/uptime
  printf '%s\n{\n%s\n} </dev/null\n' "$2" "$3" | timeout -k 5 "$1" /bin/sh -e
  dsr_ended $? "$1"
}
dsr_program() {
  read -r dsr_began dsr_rest </proc/uptime
  timeout -k 5 "$@" </dev/null
  dsr_ended $? "$1"
}
dsr_ended() {
  dsr_acted=$1
  read -r dsr_left dsr_rest </proc/uptime
  dsr_left=$(($2 - \${dsr_left%.*} + \${dsr_began%.*}))
  dsr_tag=A
  case $dsr_acted in 124 | 137 | 143) [ $dsr_left -gt 0 ] || dsr_tag=T ;; esac
  [ $dsr_left -gt 0 ] || dsr_left=1
}
dsr_pause() { for dsr_one; do if [ -s "$dsr_dir/calm$dsr_one" ]; then sleep 0.5; return; fi; done; }
dsr_unlike() {
  if [ -n "$dsr_full" ]; then set -- $dsr_sums; shift 6; else set -- ${EMPTY}; fi
  [ "$dsr_code $1 $2" != "$dsr_seen" ]
}
dsr_recall() { dsr_tag=$1 dsr_acted=$2 dsr_acts=$3 dsr_left=$4; shift 4; dsr_seen=$*; }
`.replaceAll("\\${", "${");
