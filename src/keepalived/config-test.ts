/**
 * Tests a file with the host's own keepalived before it is written. The exit code of `keepalived --config-test` must be
 * read with care (main.c and lib/scheduler.h of 2.0.10, 2.1.5, 2.2.7 and 2.3.3, tried):
 *
 * - 0 for a correct file. Also for a file that is empty, missing, or not a regular file, and sometimes for an unknown
 *   keyword. Before 2.2.0 also for everything that is found only after reading. So only 0 without any output means
 *   correct.
 * - 5 (before 2.2.0: 4) for an error, a warning and a deprecation alike.
 * - 6 (before 2.2.0: 5) if scripts run as root without `enable_script_security`.
 * - 4 (before 2.2.0: 3) if it cannot decide, 2 for a keyword without its value, 139 for a crash.
 * - 143: 2.2.0 to 2.2.7 kill themselves because of scripts of other users than root (acassen/keepalived#2587). The test
 *   then runs once more, with root in place of these users.
 * - No end at all: 2.3.0 to 2.3.3 with an SMTP_CHECK with `host`.
 *
 * Every process reads the file, so each message comes three or four times.
 */
import { sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { isBefore } from "./version.ts";

/**
 * Messages of keepalived that a correct configuration may cause. keepalived says what it does instead, and that is what
 * the configuration means, or it has no effect.
 */
const HARMLESS = [
  "deprecated",
  "Please use global lvs_sync_daemon",
  "nopreempt will not work with initial state MASTER - clearing",
  "preempt delay will not work with initial state MASTER - clearing",
  "preempt_delay is incompatible with nopreempt mode - resetting",
  "nopreempt is incompatible with priority 255",
  "Truncating auth_pass to 8 characters",
  "this probably isn't what you want",
  "default user 'keepalived_script' for script execution does not exist",
  // A server that is drained by `weight 0`.
  "exceeds total weight of real servers",
  "exceeds number of real servers",
  "; setting hysteresis to ",
  "since own interface",
  "Rule has no preference specified",
  "protocol specified for fwmark - protocol will be ignored",
  "has port specified - clearing",
  "has port specified - port will be ignored",
  "matches sorry server, but inhibit setting differs",
  // Before 2.2.0; without any effect.
  "the first IPv6 VIP address must be link local",
  "No VIP specified; at least one is sensible",
];

const AS_ROOT = String.raw`s/^\( *script_user\) .*/\1 root/; s/^\( *user\) .*/\1 root/`;

/** Whether a release can test a file: 2.0.5 is the first. */
export function canTest(version: string): boolean {
  return !isBefore(version, "2.0.5");
}

export interface Asking {
  readonly version: string;
  /** Parts of further messages that are accepted. */
  readonly tolerated: readonly string[];
  /**
   * The numbers of lines with a secret, from 1: the text after the first word is not repeated. Negative: the first word
   * is not repeated either.
   */
  readonly hidden: readonly number[];
  /** The state of the file in place, for the error message. */
  readonly kept: string;
}

/** Seconds that keepalived may take. */
const SECONDS = 30;

/**
 * Shell that fails if keepalived refuses the file `$staged`, and prints each message once with its line. Messages are
 * accepted if each is harmless or contains one of `tolerated`; then they are printed as a note.
 */
export function configTest({ version, tolerated, hidden, kept }: Asking): Sh {
  const fine = [...HARMLESS, ...tolerated].join("\n");
  const codes = isBefore(version, "2.2.0") ? "0 4 5" : "0 5 6 143";
  return sh`code=0
said=$(timeout -k 5 ${SECONDS} keepalived --config-test -f "$staged" 2>&1) || code=$?
if [ $code = 143 ]; then
  code=0
  said=$(
    rooted=$(umask 077; mktemp "\${staged%.*}.XXXXXX")
    trap 'rm -f "$rooted"' EXIT
    sed ${AS_ROOT} "$staged" >"$rooted"
    timeout -k 5 ${SECONDS} keepalived --config-test -f "$rooted" 2>&1
  ) || code=$?
fi
if [ $code != 0 ] || [ -n "$said" ]; then
  printf '%s\n' "$said" | code=$code codes=${codes} fine=${fine} hidden=${hidden.join(" ")} kept=${kept} awk ${JUDGE} "$staged" - >&2
fi`;
}

/** Reads the file for the blocks around each line and the words that are secret, then the messages. */
const JUDGE = String.raw`
BEGIN {
  count = split(ENVIRON["hidden"], numbers, " ")
  for (i = 1; i <= count; i++) hidden[numbers[i] < 0 ? -numbers[i] : numbers[i] + 0] = numbers[i]
  patterns = split(ENVIRON["fine"], fine, "\n")
}
FNR == NR {
  text = $0
  sub(/^ +/, "", text)
  if (text == "}") depth--
  around[NR] = depth ? blocks[depth] : ""
  if (NR in hidden) {
    count = split(text, words, /[ "]+/)
    for (i = hidden[NR] < 0 ? 1 : 2; i <= count; i++) if (length(words[i]) > 2) masks[++many] = words[i]
    text = (hidden[NR] < 0 ? "" : words[1] " ") "••••" (text ~ / \{$/ ? " {" : "")
  }
  line[NR] = text
  if (sub(/ \{$/, "", text)) { depth++; blocks[depth] = (depth > 1 ? blocks[depth - 1] " > " : "") text }
  next
}
{ sub(/^\([^()]*: Line /, "(Line ") }
$0 == "" || seen[$0]++ { next }
{
  message = masked($0)
  if (harmless($0)) { notes = notes (notes == "" ? "" : "; ") message; next }
  bad = bad "  " told(message) "\n"
}
function harmless(message, i) {
  for (i = 1; i <= patterns; i++) if (index(message, fine[i])) return 1
  # Of a pattern, and not of a file that is named.
  return message ~ /Config files missing '[^']*[*?[][^']*'/
}
function masked(message, i, at, done) {
  for (i = 1; i <= many; i++) {
    done = ""
    while (at = index(message, masks[i])) {
      done = done substr(message, 1, at - 1) "••••"
      message = substr(message, at + length(masks[i]))
    }
    message = done message
  }
  return message
}
function told(message, number) {
  if (message !~ /^\(Line [0-9]+\) /) return message
  number = substr(message, 7) + 0
  sub(/^\(Line [0-9]+\) /, "", message)
  return "line " number (around[number] == "" ? "" : " in " around[number]) ": " line[number] "\n    " message
}
END {
  code = ENVIRON["code"] + 0
  known = index(" " ENVIRON["codes"] " ", " " code " ")
  if (known && bad == "") {
    if (code == 143) print "note: keepalived could not test all of it: it ended itself over the user of a script"
    if (notes != "") print "note: keepalived takes the file, and says: " notes
    exit 0
  }
  printf "keepalived does not take the new file (--config-test ended with %d)%s\n%s", code, ENVIRON["kept"], bad
  if (bad == "" && notes != "") print "  " notes
  if (code == 124 || code == 137) print "  keepalived did not come to an end over it"
  else if (code > 128) print "  keepalived itself crashed over it"
  exit 1
}`;
