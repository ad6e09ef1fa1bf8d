/**
 * Asking the host's own keepalived about a file before it is put in place. What `keepalived --config-test` answers must be
 * read with care (2.2.7, main.c and lib/scheduler.h, tried):
 *
 * - 0 for a file that is right, but also for one that is empty, not there, or not a regular file, and now and then with
 *   an unknown keyword: only 0 without a word means right;
 * - 5 for an error, a warning and a deprecation alike;
 * - 6 where scripts run as root without `enable_script_security`;
 * - 4 when it cannot tell, 2 for a keyword without its value, 139 when it crashed;
 * - 143: 2.2.0 to 2.2.7 kill themselves on scripts of other users than root (acassen/keepalived#2587); it is asked once
 *   more with root in their place;
 * - every process reads the file, so each message comes three or four times.
 */
import { sh } from "../sh.ts";
import type { Sh } from "../sh.ts";
import { isBefore } from "./version.ts";

/** Messages of keepalived's that a configuration may have and still be what was meant. */
const HARMLESS = [
  "deprecated",
  "Please use global lvs_sync_daemon",
  "nopreempt will not work with initial state MASTER - clearing",
  "Truncating auth_pass to 8 characters",
  "this probably isn't what you want",
  "default user 'keepalived_script' for script execution does not exist",
];

const AS_ROOT = String.raw`s/^\( *script_user\) .*/\1 root/; s/^\( *user\) .*/\1 root/`;

/** Whether a release can test a file: 2.0.5 is the first. */
export function canTest(version: string): boolean {
  return !isBefore(version, "2.0.5");
}

/**
 * Shell that ends with an error, and each message once with the line it is about, unless keepalived takes the file
 * `$staged`, or says nothing but what is harmless or contains one of `tolerated`.
 */
export function configTest(tolerated: readonly string[]): Sh {
  const fine = [...HARMLESS, ...tolerated].join("\n");
  return sh`code=0
said=$(keepalived --config-test -f "$staged" 2>&1) || code=$?
if [ $code = 143 ]; then
  code=0
  rooted=$(umask 077; mktemp "\${staged%.*}.XXXXXX")
  trap 'rm -f "$staged" "$rooted"' EXIT
  sed ${AS_ROOT} "$staged" >"$rooted"
  said=$(keepalived --config-test -f "$rooted" 2>&1) || code=$?
  rm -f "$rooted"
fi
if [ $code != 0 ] || [ -n "$said" ]; then
  printf '%s\n' "$said" | code=$code fine=${fine} awk ${JUDGE} "$staged" - >&2
fi`;
}

/** Reads the file for the blocks around each line, then the messages. */
const JUDGE = String.raw`
FNR == NR {
  text = $0
  sub(/^ +/, "", text)
  if (text == "}") depth--
  around[NR] = depth ? blocks[depth] : ""
  line[NR] = text
  if (sub(/ \{$/, "", text)) { depth++; blocks[depth] = (depth > 1 ? blocks[depth - 1] " > " : "") text }
  next
}
{ sub(/^\([^()]*: Line /, "(Line ") }
$0 == "" || seen[$0]++ { next }
{
  count = split(ENVIRON["fine"], fine, "\n")
  for (i = 1; i <= count; i++) if (index($0, fine[i])) { notes = notes "  " $0 "\n"; next }
  bad = bad "  " told($0) "\n"
}
function told(message, number, where) {
  if (message !~ /^\(Line [0-9]+\) /) return message
  number = substr(message, 7) + 0
  sub(/^\(Line [0-9]+\) /, "", message)
  where = line[number]
  if (where ~ /^(auth_pass|password|key) /) sub(/ .*/, " ••••", where)
  return "line " number (around[number] == "" ? "" : " in " around[number]) ": " where "\n    " message
}
END {
  code = ENVIRON["code"] + 0
  known = code == 0 || code == 5 || code == 6 || code == 143
  if (known && bad == "") {
    if (code == 143) print "keepalived could not test all of it: it ended itself over the user of a script"
    if (notes != "") printf "keepalived takes the file, and says:\n%s", notes
    exit 0
  }
  printf "keepalived does not take the new file (--config-test ended with %d); the file in place was not touched\n%s", code, bad
  if (code > 128) print "  keepalived itself crashed over it"
  exit 1
}`;
