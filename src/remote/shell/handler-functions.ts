/**
 * Handler marks: notifications that are stored on the host. A run that dies between a change and its handler does not
 * lose the notification. A mark is a file that contains the time when the handler's unit was started, as systemd
 * reports it (`ActiveEnterTimestampMonotonic`, systemd.unit(5)). If the unit now has another start time, it has been
 * restarted since and has read its files. No clock is used, because a container's clock can differ from its host's.
 *
 * Root's marks are in a directory that a reboot empties, since a reboot starts every service with the new files anyway.
 * Another user's marks are in the home directory, or in `/dev/shm` if there is none.
 *
 * - `dsr_mark KEY UNIT` (UNIT may be empty): the handler is notified from now on.
 * - `dsr_due KEY UNIT` prints KEY and succeeds if the handler is notified; not if UNIT was started after the mark was
 *   made.
 * - `dsr_undue KEY`: the handler has run, or nothing was changed after all.
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
