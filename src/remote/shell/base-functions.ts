/**
 * The shell functions that every look and act can call. The host needs: sh, mktemp, mkfifo, tee, cat, cksum, sha256sum,
 * stat, dd, mv -T, timeout (coreutils or busybox).
 *
 * - `need TOOL PACKAGE` ends with code 127 and a line that the engine understands when the tool is missing.
 * - `sha FILE` prints the SHA-256 of a file.
 * - `stage DEST SHA256 CONTENT [base64] [replace]` writes the content into a temporary file next to DEST and sets
 *   `$staged` to its name. It checks on the host that the content is complete: by its checksum, or without one by
 *   reading it back. DEST does not change. It refuses a DEST that is not a regular file; with `replace`, DEST may be a
 *   symbolic link.
 * - `beside DEST` makes a temporary file next to DEST that only its owner can read, and sets `$beside` to its name. It
 *   removes what a killed run left there. The name contains the owner: `.NAME.dsrctl.OWNER.` and six characters.
 * - `whose PID` sets `$whom` to what identifies a process: host name, start of the first process, number, its own start
 *   (proc_pid_stat(5), field 22). The first process of a host starts in the first seconds. A container has another
 *   first process, and numbers its processes itself. It fails if the process has ended.
 * - `begun_at PID` sets `$begun` to the start of the process, and fails in the same case.
 * - `orphaned FILE OWNER` is true if the owner process has ended. The owner can run on another host that shares the
 *   file system, where it cannot be checked. Then a file that is a day old counts as orphaned.
 * - `commit TEMP DEST MODE OWNER GROUP` gives the staged file its permissions, syncs it and renames it over DEST. An
 *   empty value means that of the replaced file, or 0644 and the connection's user. ACLs, extended attributes and the
 *   SELinux context are kept.
 * - `ours FILE …` is true if all files belong to the connection's user and group.
 * - `permit PATH MODE OWNER GROUP` sets the values that are not empty; the mode exactly, including set-id bits of
 *   directories.
 * - `symlink TARGET PATH` makes a symbolic link, or replaces the link or file at PATH in one operation.
 * - `relabel PATH` gives PATH the SELinux context that the policy has for it, on hosts with SELinux.
 * - `keep SOURCE DEST` copies a file with its attributes and times to DEST, completely or not at all, unless DEST
 *   exists.
 * - `learn KIND KEY LINE` stores an answer for a later `recall KIND KEY`, which puts it into `$recalled` or fails. The
 *   answer is in lines if a key comes several times in a row. Keys that are recalled in the order in which they were
 *   learnt are found at once. A search in one long text would take time quadratic in the number of keys.
 *   `learnt_KIND=0` forgets.
 * - `note_down LINE` passes a line from a look to the act after it, on descriptor 4. This works only where consecutive
 *   steps have one stability check (step-script.ts). The line is not part of the evaluated output.
 * - `by_line FUNCTION TEXT` calls the function for each line that is not empty; `$line` is the line.
 *
 * A connection that is lost while content is sent leaves DEST unchanged: a batch runs only after all of it has arrived.
 */
export const PRELUDE = String.raw`
need() { command -v "$1" >/dev/null 2>&1 || { printf 'dsrctl: need %s %s\n' "$1" "$2" >&2; exit 127; }; }
by_line() {
  IFS='
'
  set -f
  for line in $2; do $1; done
  set +f
  unset IFS
}
note_down() { [ -z "$dsr_note" ] || printf '%s\n' "$1" >>"$dsr_note"; }
learn() {
  eval "n=\$((learnt_$1))"
  eval "key=\$key_$1_$n"
  if [ "$key" = "$2" ]; then eval "value_$1_$n=\"\$value_$1_$n
\$3\""
  else
    n=$((n + 1))
    eval "learnt_$1=$n key_$1_$n=\$2 value_$1_$n=\$3"
  fi
}
recall() {
  eval "n=\$((learnt_$1)) at=\$((at_$1))"
  left=$n
  while [ $left -gt 0 ]; do
    left=$((left - 1)) at=$((at % n + 1))
    eval "key=\$key_$1_$at"
    if [ "$key" = "$2" ]; then eval "recalled=\$value_$1_$at at_$1=$at"; return 0; fi
  done
  return 1
}
sha() { sha_line=$(sha256sum <"$1") && printf '%s\n' "\${sha_line%% *}"; }
stage() {
  if [ -L "$1" ]; then
    case "$4 $5" in *replace*) ;; *) printf '%s is a symbolic link to %s; it was not touched\n' "$1" "$(readlink "$1")" >&2; return 1 ;; esac
  elif [ -e "$1" ] && [ ! -f "$1" ]; then
    printf '%s is there and is not a regular file; it was not touched\n' "$1" >&2; return 1
  fi
  if beside "$1"; then
    staged=$beside
    if fill "$3" "$4" && arrived "$2" "$3"; then return 0; fi
    rm -f "$staged"
  fi
  printf 'the content of %s did not arrive whole on the host; the file was not touched\n' "$1" >&2
  stage_dir=\${1%/*}/
  [ ! -d "$stage_dir" ] || printf 'free where %s is: %s kB, %s inodes\n' "$1" "$(room_at -k "$stage_dir")" "$(room_at -i "$stage_dir")" >&2
  return 1
}
fill() {
  if [ "$2" = base64 ]; then printf %s "$1" | base64 -d >"$staged"
  else printf %s "$1" 2>/dev/null >"$staged" || printf %s "$1" | cat >"$staged"; fi
}
arrived() {
  if [ -z "$1" ]; then [ "$(cat "$staged" && echo .)" = "$2." ]
  else arrived_sum=$(sha256sum <"$staged") && [ "\${arrived_sum%% *}" = "$1" ]; fi
}
beside() {
  beside=\${1##*/}
  [ \${#beside} -le 140 ] || beside=$(printf %.140s "$beside")
  beside=\${1%/*}/.$beside.dsrctl
  for beside_old in "$beside".?????? "$beside".*-*-*.??????; do
    if [ -e "$beside_old" ] || [ -L "$beside_old" ]; then
      beside_whose=\${beside_old#"$beside".}
      ! orphaned "$beside_old" "\${beside_whose%.*}" || rm -f "$beside_old"
    fi
  done
  whose $$ && beside=$(mktemp "$beside.$whom.XXXXXX")
}
whose() {
  whom= whom_at=
  read -r whom_at </proc/sys/kernel/hostname || return
  if ! begun_at 1 || [ "$begun" -lt 1000 ]; then begun=0; fi
  whom_at=\${whom_at%%/*}-$begun-$1
  begun_at "$1" && whom=$whom_at-$begun
}
begun_at() {
  { read -r begun <"/proc/$1/stat"; } 2>/dev/null || return
  begun=\${begun##*) }
  case $begun in [ZX]*) return 1 ;; esac
  begun_field=3
  while [ $begun_field -lt 22 ]; do begun_field=$((begun_field + 1)) begun=\${begun#* }; done
  begun=\${begun%% *}
}
orphaned() {
  orphaned=\${2%-*}
  whose "\${orphaned##*-}" || :
  case $2 in
  "$whom") return 1 ;;
  "$whom_at"-*) ;;
  *) [ -n "$(find "$1" -prune -ctime +0 2>/dev/null)" ] ;;
  esac
}
room_at() { df -P "$1" "$2" 2>/dev/null | { read -r room_1; read -r room_1 room_2 room_3 room_free room_1; printf '%s\n' "\${room_free:-?}"; }; }
flush() { dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null || { printf '%s could not be written to disk\n' "$1" >&2; return 1; }; }
commit() {
  if commit_at "$@"; then return 0; fi
  rm -f "$1"
  printf '%s could not be replaced; it is as it was\n' "$2" >&2
  return 1
}
commit_at() {
  flush "$1" || return 1
  if [ -f "$2" ] && [ ! -L "$2" ]; then
    commit_new=
    commit_was=$(stat -c '%u:%g %h' "$2") || return 1
    { [ -n "$4" ] && [ -n "$5" ]; } || ours "$1" "$2" || chown "\${commit_was% *}" "$1" || return 1
    alike "$2" "$1" || return 1
    commit_links=\${commit_was#* }
    [ "$commit_links" -lt 2 ] || printf 'note: %s had %s hard links; the other names keep the old content\n' "$2" "$commit_links" >&2
  else
    commit_new=1
    [ -n "$3" ] || chmod 0644 "$1" || return 1
  fi
  permit "$1" "$3" "$4" "$5" || return 1
  if ! commit_why=$(mv -fT "$1" "$2" 2>&1); then
    printf '%s\n' "$commit_why" >&2
    case $commit_why in *' busy') echo 'something is mounted over it (as over files of a container); only what is mounted can be changed' >&2 ;; esac
    return 1
  fi
  sync "\${2%/*}/" 2>/dev/null || :
  [ -z "$commit_new" ] || relabel "$2"
}
ours() { for ours; do [ -O "$ours" ] && [ -G "$ours" ] || return 1; done; }
relabel() { if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon "$1" 2>/dev/null || :; fi; }
alike() {
  cp --attributes-only --preserve=mode,xattr "$1" "$2" 2>/dev/null || chmod "$(stat -c %a "$1")" "$2" || return 1
  if [ -e /sys/fs/selinux/enforce ]; then chcon --reference="$1" "$2" 2>/dev/null || :; fi
}
permit() {
  case $3:$4 in :) ;; *:) chown -h "$3" "$1" ;; :*) chgrp -h "$4" "$1" ;; *) chown -h "$3:$4" "$1" ;; esac || return 1
  if [ -n "$2" ]; then chmod "0$2" "$1" || return 1; fi
}
symlink() {
  if beside "$2"; then
    if ln -sf "$1" "$beside" && mv -fT "$beside" "$2"; then relabel "$2"; return 0; fi
    rm -f "$beside"
  fi
  printf 'the link %s could not be made; what was there is as it was\n' "$2" >&2
  return 1
}
keep() {
  if [ -e "$2" ] || [ -L "$2" ]; then return 0; fi
  if beside "$2"; then
    if cat "$1" >"$beside" && flush "$beside" && [ "$(sha "$1")" = "$(sha "$beside")" ] &&
      chown "$(stat -c %u:%g "$1")" "$beside" && alike "$1" "$beside" && touch -r "$1" "$beside" && mv -fT "$beside" "$2"; then return 0; fi
    rm -f "$beside"
  fi
  printf '%s could not be kept as %s; it was not touched\n' "$1" "$2" >&2
  return 1
}
`.replaceAll("\\${", "${");
