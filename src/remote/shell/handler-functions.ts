/**
 * Handlers that are due, kept on the host so that a run that dies between a change and its handler does not forget it
 * (design, promise 5). A mark is a file that holds when the handler's unit was started, as systemd tells it
 * (`ActiveEnterTimestampMonotonic`, systemd.unit(5)): a unit that has another start than that has been started since,
 * and has read its files. No clock is asked: that of a container need not be its host's.
 *
 * Root's marks lie in a directory that a reboot empties, since a reboot starts every service with the new files anyway;
 * another user's in the home directory, or where there is none in `/dev/shm`.
 *
 * - `dsr_mark KEY UNIT` (UNIT may be empty): the handler is due from now on.
 * - `dsr_due KEY UNIT` prints KEY and succeeds when it is due; not when UNIT was started after the mark was made.
 * - `dsr_undue KEY`: it has run, or nothing was changed after all.
 */
export const DUE = String.raw`
dsr_place() {
  [ -z "$dsr_marks" ] || return 0
  dsr_uid=$(id -u)
  if [ "$dsr_uid" = 0 ]; then dsr_marks=/run/dsrctl-due
  elif [ -n "$HOME" ] && [ -w "$HOME" ]; then dsr_marks=$HOME/.dsrctl-due
  else dsr_marks=/dev/shm/dsrctl-due.$dsr_uid; fi
}
dsr_start() { [ -z "$1" ] || systemctl show -p ActiveEnterTimestampMonotonic "$1" 2>/dev/null || :; }
dsr_mark() {
  dsr_place
  mkdir -p "$dsr_marks" && [ -O "$dsr_marks" ] && dsr_start "$2" >"$dsr_marks/$1" && return
  echo "the handler could not be marked as due in $dsr_marks; nothing was done" >&2
  return 1
}
dsr_undue() { dsr_place; rm -f "$dsr_marks/$1"; rmdir "$dsr_marks" 2>/dev/null || :; }
dsr_due() {
  dsr_place
  [ -O "$dsr_marks" ] && [ -e "$dsr_marks/$1" ] || return 1
  [ -z "$2" ] || [ "$(dsr_start "$2")" = "$(cat "$dsr_marks/$1")" ] || return 1
  printf '%s\n' "$1"
}
`;
