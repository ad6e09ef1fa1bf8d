/** The output of cksum(1) for empty input. */
export const EMPTY = "4294967295 0";

/** Bytes that one look or act may return. A look that prints more ends the session; of an act, the rest is dropped. */
export const PART_LIMIT = 4 << 20;

/**
 * The output of looks and acts is stored in files in memory. No such file gets longer than this many blocks of 512
 * bytes, which is more than is sent.
 */
export const FILE_BLOCKS = PART_LIMIT / 512 + 1;

/**
 * The shell functions that run acts. The first batch with steps sends them.
 *
 * - `dsr_sweep` runs once per shell. It writes the shell's owner into its directory, and removes the directories of
 *   shells that were killed.
 * - `dsr_script SECONDS FUNCTIONS SCRIPT` runs a script. It sets `dsr_acted` to the exit code and `dsr_left` to the
 *   seconds that are left. `dsr_tag` is the tag of its group, which depends on whether the deadline ended the script.
 *   The script goes to its shell through a pipe, because it can contain secrets, and a secret is in no file.
 * - `dsr_program SECONDS PROGRAM ARGUMENT …` does the same without a shell.
 * - `dsr_act`, before one of these, collects the output in files of its own. A process that the act started can go on
 *   printing: dsrctl sends only the bytes that the checksums cover.
 * - `dsr_wordy` does the same for output without a known limit. A program reads it from a pipe, writes to the file what
 *   fits, and reads on, so that the act is never blocked.
 * - `dsr_drained` waits, before the files are read, until these programs have read everything. There are three cases.
 *   The program has ended. It still sleeps after a pause (proc_pid_stat(5)), because a process that the act started
 *   holds the pipe. Or that process prints without end. `dsr_cut` is not empty if output was dropped.
 * - `dsr_tell` finds the files of an act before the act is reported. `dsr_begins` sends the first bytes of the files in
 *   `dsr_first`; `dsr_fit_act` decides how many, for an act or a look.
 * - `dsr_unlike`, after `dsr_emit`: the reported look differs from the look before the act.
 * - `dsr_pause INDEX …` waits if one of these steps has left something to check for stability.
 * - `dsr_recall TAG CODE NUMBER SECONDS SUM` restores the outcome of an act.
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
