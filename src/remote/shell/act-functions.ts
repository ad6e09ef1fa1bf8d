/** What cksum(1) says of nothing. */
export const EMPTY = "4294967295 0";

/** Bytes that one look or act may bring back. More of a look ends the session; more of an act is left out. */
export const PART_LIMIT = 4 << 20;

/**
 * What they print lies in memory: no file of theirs gets longer than this, in blocks of 512 bytes, which is more than
 * is sent.
 */
export const FILE_BLOCKS = PART_LIMIT / 512 + 1;

/**
 * The shell that runs acts, sent with the first batch that has steps.
 *
 * - `dsr_sweep`, once a shell, says in its directory whose that is, and removes those of shells that were killed.
 * - `dsr_script SECONDS FUNCTIONS SCRIPT` leaves its code in `dsr_acted`, the tag of its group (by whether the deadline
 *   ended it) in `dsr_tag`, and the seconds that are left in `dsr_left`. The script goes to its shell through a pipe:
 *   it may hold secrets, which lie in no file. `dsr_program SECONDS PROGRAM ARGUMENT …` does the same without a shell.
 * - `dsr_act`, before one of them, has what it prints in files of its own, since what an act leaves behind may go on
 *   printing: no more of them is sent than their sums were taken of.
 * - `dsr_wordy` does the same where that may be without end: a program takes it from a pipe, writes as much into the
 *   file as has room there, and reads on, so that nobody is held up. `dsr_drained`, before the files are looked at,
 *   waits until these programs have taken what there was. They have ended; or, asked again after a pause, they sleep
 *   still (proc_pid_stat(5)), because what the act left behind holds the pipe; or that prints without end. `dsr_cut` is
 *   not empty then where the rest was thrown away.
 * - `dsr_tell`, before an act is told of, finds its files. `dsr_begins` sends the first bytes of the files in
 *   `dsr_first`; `dsr_fit_act`, of an act or a look, decides how many.
 * - `dsr_unlike`, after `dsr_emit`: the look that it told of is not as it was before the act.
 * - `dsr_pause INDEX …` waits, if one of these steps has left something to be seen later.
 * - `dsr_recall TAG CODE NUMBER SECONDS SUM` goes back to what came of an act.
 */
export const ACTS = String.raw`
dsr_sweep() {
  whose $$ && printf '%s\n' "$whom" >"$dsr_dir/owner"
  for dsr_old in "\${dsr_dir%/*}"/dsrctl.????????; do
    [ -O "$dsr_old" ] || continue
    if { read -r dsr_whose <"$dsr_old/owner"; } 2>/dev/null; then ! orphaned "$dsr_old" "$dsr_whose" || rm -rf "$dsr_old"
    else set -- "$@" "$dsr_old"; fi
  done
  # Of sessions that ended before they acted nothing tells whose they were: they go once there are many, in one process.
  [ $# -lt 100 ] || find "$@" -prune -ctime +0 -exec rm -rf {} + 2>/dev/null || :
}
dsr_act() {
  dsr_acts=$((dsr_acts + 1)) dsr_cut=
  "$@" >"$dsr_dir/act$dsr_acts.o" 2>"$dsr_dir/act$dsr_acts.e"
}
dsr_wordy() {
  if [ ! -p "$dsr_dir/pe" ] && ! mkfifo -m 600 "$dsr_dir/po" "$dsr_dir/pe"; then dsr_act "$@"; return; fi
  dsr_acts=$((dsr_acts + 1)) dsr_tees=
  for dsr_one in o e; do
    (trap '' XFSZ; ulimit -f ${FILE_BLOCKS}; exec tee "$dsr_dir/act$dsr_acts.$dsr_one" <"$dsr_dir/p$dsr_one") >/dev/null 2>&1 &
    dsr_tees="$dsr_tees $!"
  done
  "$@" >"$dsr_dir/po" 2>"$dsr_dir/pe"
}
dsr_drained() {
  [ -n "$dsr_tees" ] || return 0
  dsr_cut= dsr_count=0
  for dsr_one in $dsr_tees; do
    while { read -r dsr_stat <"/proc/$dsr_one/stat"; } 2>/dev/null; do
      case $dsr_stat in
      *') Z '*) break ;;
      *') S '*) [ $dsr_count -gt 5000 ] || dsr_count=5009 ;;
      esac
      [ $dsr_count -lt 5010 ] || { rm -f "$dsr_dir"/p[oe]; continue 2; }
      [ $dsr_count -lt 5000 ] || sleep 0.1
      dsr_count=$((dsr_count + 1))
    done
    wait $dsr_one || dsr_cut=+
  done
  dsr_tees=
  dsr_room || for dsr_one in "$dsr_dir/act$dsr_acts".[oe]; do
    dsr_cut=+ dsr_half=$(($(wc -c <"$dsr_one") / 2))
    [ $dsr_half = 0 ] || dd if=/dev/null of="$dsr_one" bs=$dsr_half seek=1 2>/dev/null
  done
}
dsr_tell() { $dsr_drain; dsr_part=act$dsr_acts dsr_full=$dsr_cut dsr_first=; }
dsr_fit_act() {
  case $1 in act*) ;; *) dsr_fit "$1"; return ;; esac
  dsr_more=$dsr_cut
  [ $dsr_size -le ${PART_LIMIT} ] || dsr_size=${PART_LIMIT} dsr_more=+
  [ $dsr_size = 0 ] || dsr_first="$dsr_first $dsr_size:$1"
}
dsr_begins() { for dsr_part in $dsr_first; do dd if="$dsr_dir/\${dsr_part#*:}" bs=\${dsr_part%%:*} count=1 2>/dev/null || exit; done; dsr_first=; }
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
