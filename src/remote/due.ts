/**
 * Handlers that are due, kept on the host so that a run that dies between a change and its handler does not forget
 * it (design, promise 5). A mark is a file that holds the host's uptime at the moment of the change; it lies in a
 * directory that a reboot empties, since a reboot starts every service with the new files anyway.
 *
 * - `dsr_mark KEY`: the handler is due from now on.
 * - `dsr_due KEY UNIT` prints KEY and succeeds when it is due; not when UNIT (may be empty) was started after the mark.
 * - `dsr_undue KEY`: it has run.
 */
export const DUE = String.raw`
if [ "$(id -u)" = 0 ]; then dsr_marks=/run/dsrctl-due; else dsr_marks=$HOME/.dsrctl-due; fi
dsr_mark() {
  read -r dsr_uptime dsr_rest </proc/uptime
  mkdir -p "$dsr_marks" && printf '%s\n' "$dsr_uptime" >"$dsr_marks/$1"
}
dsr_undue() { rm -f "$dsr_marks/$1"; rmdir "$dsr_marks" 2>/dev/null || :; }
dsr_due() {
  [ -e "$dsr_marks/$1" ] || return 1
  if [ -n "$2" ]; then
    read -r dsr_uptime <"$dsr_marks/$1"
    systemctl show -p ActiveEnterTimestampMonotonic "$2" 2>/dev/null |
      awk -F= -v mark="$dsr_uptime" '$2 / 1000000 > mark { later = 1 } END { exit !later }' && return 1
  fi
  printf '%s\n' "$1"
}
`;
