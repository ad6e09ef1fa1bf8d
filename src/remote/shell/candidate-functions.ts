/**
 * Lets the host's own tools check new content before it is written. This is the only write that a look makes
 * (docs/security.md). `function-library.ts` sends it with the looks that name it, and only looks of a dry run do.
 *
 * - `candidate DEST SHA256 CONTENT [base64]` makes a directory under /run that only its owner can enter, and sets
 *   `$staged` to the file with the content. The file has the name of DEST. The directory contains a link to each file
 *   next to DEST, so that an include by a relative name is found. The directory is removed when the calling shell ends,
 *   by itself or by a signal. If the directory cannot be made, the function ends the shell with code 69 and prints the
 *   cause.
 * - The function also removes directories that a killed run left: the name of a directory contains its owner (`whose`,
 *   base-functions.ts).
 */
export const CANDIDATE = String.raw`
candidate() {
  candidates_left
  candidate=
  trap 'rm -rf "$candidate"' EXIT
  trap 'exit 1' INT TERM PIPE
  candidate=$(umask 077; whose $$ && mktemp -d "/run/dsrctl-test.$whom.XXXXXX" 2>/dev/null) || {
    echo '/run is not writable' >&2
    exit 69
  }
  staged=$candidate/\${1##*/}
  umask 077
  # What a look prints has a limit, and this is none of it.
  if (ulimit -S -f unlimited; fill "$3" "$4") 2>/dev/null && arrived "$2" "$3"; then :; else
    echo 'there is no room in /run' >&2
    exit 69
  fi
  # The file is there by now: no link takes its place.
  find "\${1%/*}/" -mindepth 1 -maxdepth 1 -exec sh -c 'ln -s "$@" "$0/"' "$candidate" {} + 2>/dev/null || :
}
candidates_left() {
  for candidate in /run/dsrctl-test.*; do
    [ -d "$candidate" ] || continue
    candidate_of=\${candidate#/run/dsrctl-test.}
    ! orphaned "$candidate" "\${candidate_of%.*}" || rm -rf "$candidate"
  done
}
`.replaceAll("\\${", "${");
