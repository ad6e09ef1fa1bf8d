/**
 * The shell that stands in front of every look and act. Needs of the far side: sh, mktemp, cat, cksum, sha256sum,
 * dd, mv -T, timeout (coreutils or busybox).
 *
 * - `need TOOL PACKAGE` ends with code 127 and a line that the engine understands when the tool is missing.
 * - `sha FILE` prints the SHA-256 of a file.
 * - `stage DEST SHA256` reads content from standard input into a temporary file beside DEST, checks on the host that
 *   it arrived whole, and prints its name. Nothing at DEST changes.
 * - `commit TEMP DEST MODE OWNER GROUP` gives the staged file its permissions (empty: those of the file it replaces,
 *   or 0644 root), keeps the SELinux context, syncs it and renames it over DEST.
 *
 * A connection cut while content is on its way leaves DEST as it was: end of input never counts as complete.
 */
export const PRELUDE = String.raw`
need() { command -v "$1" >/dev/null 2>&1 || { printf 'dsrctl: need %s %s\n' "$1" "$2" >&2; exit 127; }; }
sha() { sha256sum <"$1" | cut -d ' ' -f 1; }
stage() {
  stage_name=$(dirname "$1")/.$(basename "$1").dsrctl
  rm -f "$stage_name".??????
  stage_temp=$(umask 077; mktemp "$stage_name.XXXXXX") || return 1
  if cat >"$stage_temp" && [ "$(sha "$stage_temp")" = "$2" ]; then printf '%s\n' "$stage_temp"; return 0; fi
  rm -f "$stage_temp"
  printf 'the content of %s did not arrive whole on the host (is the disk full?); the file was not touched\n' "$1" >&2
  return 1
}
commit() {
  if [ -e "$2" ]; then
    commit_mode=$(stat -c %a "$2") commit_owner=$(stat -c %U "$2") commit_group=$(stat -c %G "$2")
    if [ -e /sys/fs/selinux/enforce ]; then chcon --reference="$2" "$1" 2>/dev/null || :; fi
  else
    commit_mode=0644 commit_owner= commit_group=
  fi
  chown "\${4:-$commit_owner}:\${5:-$commit_group}" "$1" && chmod "\${3:-$commit_mode}" "$1" &&
    dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null && mv -fT "$1" "$2" && commit_done=1 || commit_done=0
  if [ "$commit_done" = 0 ]; then rm -f "$1"; return 1; fi
  if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon "$2" 2>/dev/null || :; fi
}
`.replaceAll("\\${", "${");
