/**
 * What sysctl.d(5) sets at boot: the files that systemd-sysctl reads, their order, and which assignment of a key
 * counts.
 */
import { call, sh } from "../../core/shell.ts";
import type { Sh, ShFunction } from "../../core/shell.ts";

/**
 * A line that may decide on a key.
 *
 * - `set`: assigns it.
 * - `try`: assigns it, and ignores a failure (systemd 243 and later).
 * - `except`: keeps patterns from setting it.
 * - `glob`: assigns all keys of a pattern (systemd 247 and later).
 * - `unglob`: cancels earlier assignments of literally the same pattern.
 */
export interface SysctlLine {
  readonly is: "set" | "try" | "except" | "glob" | "unglob";
  readonly file: string;
  readonly line: number;
  /** As a path below /proc/sys. */
  readonly key: string;
  readonly value: string;
}

/** A key as a path below /proc/sys: if its first separator is a dot, dots and slashes change places. */
export function sysctlPath(key: string): string {
  const first = /[./]/.exec(key)?.[0];
  const swapped = first === "." ? key.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : ".")) : key;
  return swapped.replaceAll(/\/+/g, "/").replace(/^\//, "");
}

/** Values are equal when they differ in white space only: the kernel shows tabs where one writes blanks. */
export function sysctlValue(value: string): string {
  return value.trim().replaceAll(/\s+/g, " ");
}

/** Awk functions: `trim`; `parse` takes a line apart into `sign` (`-` or nothing), `key`, `assigns` and `value`. */
const PARSE = String.raw`
function trim(s) { gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", s); return s }
function path(s) {
  if (s ~ /^[^.\/]*\./) { gsub(/\./, "\n", s); gsub(/\//, ".", s); gsub(/\n/, "/", s) }
  gsub(/\/+/, "/", s)
  sub(/^\//, "", s)
  return s
}
function parse(line,  at) {
  line = trim(line); sign = key = value = ""; assigns = 0
  if (line == "" || line ~ /^[#;]/) return 0
  if (line ~ /^-/) { sign = "-"; line = substr(line, 2) }
  at = index(line, "=")
  if (at) { assigns = 1; value = trim(substr(line, at + 1)); line = substr(line, 1, at - 1) }
  else if (sign == "") return 0
  key = path(trim(line))
  return 1
}`;

/**
 * Prints what the kernel has for each key in $wanted. It reads the value at once: the kernel answers no second read,
 * and dash's `read` reads byte by byte. Then it prints the lines that may decide on the key, in the order in which they
 * apply. For several keys, each answer follows a line `asked KEY`. If files in several directories have the same name,
 * only the one in the first directory counts (also as a link to /dev/null). Files are ordered by their names.
 *
 * Of each line that assigns or excepts something it keeps `keys`, `ends` (the key's last part), `kinds` (a
 * `SysctlLine`'s) and `rows`.
 */
const DECIDING = String.raw`${PARSE}
function base(s) { sub(/.*\//, "", s); return s }
function tell(wanted,  i, odd, words) {
  if ((getline text < ("/proc/sys/" wanted)) > 0) print "now\t" text; else print "unreadable"
  for (i = 1; i <= m; i++)
  if (keys[i] == wanted || kinds[i] ~ /glob/ && (ends[i] == base(wanted) || ends[i] ~ /[*?[]/)) {
    print kinds[i] "\t" rows[i]
    if (kinds[i] != "set") odd = 1
  }
  if (odd && (version != "" || ("systemctl --version 2>/dev/null" | getline version) > 0)) { split(version, words, " "); print "systemd\t" words[2] }
}
BEGIN {
  for (i = 1; i < ARGC; i++) {
    name = base(ARGV[i])
    if (name in found) continue
    found[name] = ARGV[i]
    for (j = n++; j && order[j] > name; j--) order[j + 1] = order[j]
    order[j + 1] = name
  }
  for (i = 1; i <= n; i++) {
    file = found[order[i]]; number = 0
    while ((getline text < file) > 0) {
      number++
      if (!parse(text)) continue
      keys[++m] = key; ends[m] = base(key); rows[m] = file "\t" number "\t" key "\t" value
      kinds[m] = key ~ /[*?[]/ ? assigns ? "glob" : "unglob" : sign == "" ? "set" : assigns ? "try" : "except"
    }
    close(file)
  }
  count = split(ENVIRON["wanted"], all, " ")
  for (k = 1; k <= count; k++) { if (count > 1) print "asked " all[k]; tell(all[k]) }
}`;

/**
 * Prints a file without the lines that set the key in $wanted, with the line in $assignment in place of the first of
 * them. A dot follows at the end.
 */
const EDITED = String.raw`${PARSE}
parse($0) && key == ENVIRON["wanted"] { if (ENVIRON["assignment"] != "" && !done++) print ENVIRON["assignment"]; next }
{ print }
END { if (ENVIRON["assignment"] != "" && !done) print ENVIRON["assignment"]; printf "." }`;

/**
 * `sysctl_look KEY` prints `none`, `unreadable` or `now` with the kernel's value, then the lines that `readLines`
 * understands.
 */
const SYSCTL: ShFunction = {
  name: "sysctl_look",
  prefetch: "sysctl",
  leavesShellUnchanged: true,
  text: sh`sysctl_ask() {
  wanted=$*
  export wanted
  set --
  for place in /etc /run /usr/local/lib /usr/lib /lib; do set -- "$@" $place/sysctl.d/*.conf; done
  exec awk ${DECIDING} "$@"
}
learn_sysctl() { case $line in 'asked '*) name=\${line#asked } ;; *) learn sysctl "$name" "$line" ;; esac; }
ahead_sysctl() { by_line learn_sysctl "$(sysctl_ask "$@")"; }
sysctl_look() {
  need awk gawk
  [ -e "/proc/sys/$1" ] || echo none
  if recall sysctl "$1"; then printf '%s\n' "$recalled"; else (sysctl_ask "$1"); fi
}`.text(),
};

/** Looks at a key, now and after a boot; the files are read once for all keys of a prefetch. */
export function lookAtSysctl(path: string): Sh {
  return call(SYSCTL, [path], path);
}

/** Writes one assignment of a key into a file and removes all others; an empty assignment removes all. */
export function editFile(file: string, path: string, assignment: string): Sh {
  return sh`file=${file}
source=$file
[ -f "$file" ] || source=/dev/null
[ -d "\${file%/*}" ] || mkdir -p "\${file%/*}"
edited=$(wanted=${path} assignment=${assignment} LC_ALL=C awk ${EDITED} "$source")
edited=\${edited%.}
case $edited in
*[!"
"]*)
  stage "$file" '' "$edited"
  commit "$staged" "$file" '' '' '' ;;
*) rm -f "$file" ;;
esac`;
}

/** The first systemd version that knows a kind of line. */
const SINCE = { set: 0, try: 243, except: 247, glob: 247, unglob: 247 } as const;

/** Parses the lines that `lookAtSysctl` printed, for the installed systemd. */
export function readLines(printed: readonly string[]): readonly SysctlLine[] {
  const fields = printed.map((line) => line.split("\t"));
  const version = Number(fields.find(([word]) => word === "systemd")?.[1] ?? Number.NaN);
  return fields.flatMap(([is = "", file = "", line = "", key = "", ...value]) => {
    if (!isKind(is) || version < SINCE[is]) return [];
    return [{ is, file, line: Number(line), key, value: sysctlValue(value.join("\t")) }];
  });
}

function isKind(word: string): word is SysctlLine["is"] {
  return Object.hasOwn(SINCE, word);
}

/**
 * The line that decides what a key is after a boot; `undefined` if none does. A line for the key itself overrides any
 * pattern, no matter where it is; of several lines the last counts.
 */
export function deciding(all: readonly SysctlLine[], path: string): SysctlLine | undefined {
  const own = all.findLast((line) => line.is !== "glob" && line.is !== "unglob");
  return own ?? patterns(all).findLast((line) => line.is === "glob" && globMatches(line.key, path));
}

/** A pattern that occurs again with another value counts at its last place; with the same value, at its first. */
function patterns(all: readonly SysctlLine[]): readonly SysctlLine[] {
  const kept = new Map<string, SysctlLine>();
  for (const line of all) {
    const before = kept.get(line.key);
    if (before?.is === line.is && before.value === line.value) continue;
    kept.delete(line.key);
    kept.set(line.key, line);
  }
  return [...kept.values()];
}

/** glob(7): `*` and `?` do not match a slash. */
function globMatches(pattern: string, path: string): boolean {
  const source = pattern.replaceAll(/\[(!?)([^\]]+)\]|[\s\S]/g, (one, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replaceAll(/[\\^]/g, "\\$&")}]`;
    if (one === "*") return "[^/]*";
    return one === "?" ? "[^/]" : one.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${source}$`).test(path);
}
