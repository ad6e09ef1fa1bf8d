/**
 * Where what would be written is shown to the host's own tools before anything is: the only write that a look makes
 * (docs/security.md). `library.ts` sends it where a look names it, which only those of a dry run do.
 *
 * - `candidate DEST SHA256 CONTENT [base64]` makes a directory under /run that only we may enter, with the content in
 *   it under the name that DEST has, and a link to everything that stands beside DEST: what the content includes by a
 *   relative name is found. The file is `$staged`. The directory goes when the shell that calls it ends, by itself or
 *   by a signal. It ends that shell with code 69, and says why, where it cannot be made.
 * - What a run that was killed left there is removed: by its name a directory tells which shell it is of (`whose`,
 *   prelude.ts).
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
