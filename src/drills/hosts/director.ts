/**
 * Reads the state of a director by a look that writes nothing. Whether keepalived's VRRP process lives is read from its
 * raw sockets for protocol 112, not by its dump signal. The dump is a file on the host whose name and form differ by
 * release.
 */
import { readConfig } from "../../keepalived/read.ts";
import type { LookResult } from "../../core/batch.ts";
import { sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import { canonical, hasCheckers, instancesOf, realServersOf } from "./vrrp.ts";
import type { Instance, RealServer } from "./vrrp.ts";

/** One of keepalived's own processes: the parent, or one of its children (VRRP, checkers, BFD). */
export interface Process {
  readonly pid: string;
  readonly parent: boolean;
  /** proc(5), /proc/PID/stat, field 3. */
  readonly state: string;
  /** When it began, in ticks since the boot: with the pid it names one process. */
  readonly began: string;
  /** How often it has gone to sleep by itself. A process that hangs does not. */
  readonly sleeps: number;
  /** Raw sockets for protocol 112 (VRRP): only the VRRP process has any. */
  readonly sockets: number;
  /** Those sockets that had unread advertisements at every look. */
  readonly unread: number;
}

export interface Director {
  readonly name: string;
  /** Why the look failed; then the rest is unknown. */
  readonly problem: string | undefined;
  /** Seconds since the host booted. */
  readonly clock: number;
  /** systemd's word for the keepalived unit: `active`, `inactive`, `failed`. */
  readonly keepalived: string;
  readonly processes: readonly Process[];
  /** All its addresses, without prefix length, by interface. */
  readonly addresses: readonly { readonly device: string; readonly address: string }[];
  /** The kernel's table, as `ipvsadm-save -n` prints it, in order. */
  readonly table: readonly string[];
  /** Where the kernel has sent connections: `SOURCE REAL-SERVER`, for the requested sources. */
  readonly sent: readonly string[];
  readonly instances: readonly Instance[];
  readonly realServers: readonly RealServer[];
  readonly checks: boolean;
}

/**
 * `active`: systemd's word for the unit; `main`: its main process; `family`: the main process and its children, one
 * `PID STATE BEGAN` per line.
 */
const FAMILY = sh`for each in $(systemctl show -p ActiveState -p MainPID keepalived); do
  case $each in ActiveState=*) active=\${each#*=} ;; MainPID=*) main=\${each#*=} ;; esac
done
family=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v main="$main" '{
  pid = $1
  sub(/^[0-9]+ \(.*\) /, "")
  if (main > 0 && (pid == main || $2 == main)) print pid, $1, $20
}')`;

/**
 * A process has unread advertisements if one of its sockets has unread data at all three looks. keepalived before 2.0
 * also has such a socket for sending. It is too small for what arrives, always full, and counts what it drops.
 */
const PROCESSES = sh`sample() {
  { printf '%s\n' "$family"; grep -s '^voluntary_ctxt_switches:' $statuses /dev/null; ls -l $directories 2>/dev/null
    cat /proc/$last/net/raw /proc/$last/net/raw6 2>/dev/null; } | awk '
    /^[0-9]+ [A-Za-z] [0-9]+$/ { pids[++count] = $1; line[$1] = $0; next }
    /^\/proc\/[0-9]+\/status:/ { split($1, path, "/"); sleeps[path[3]] = $NF; next }
    /^\/proc\/[0-9]+\/fd:$/ { split($1, path, "/"); here = path[3]; next }
    / socket:\[[0-9]+\]$/ { inode = $NF; gsub(/[^0-9]/, "", inode); owner[inode] = here; next }
    $2 ~ /:0070$/ && ($10 in owner) {
      sockets[owner[$10]]++
      if ($5 !~ /:00000000$/ && !($13 > 0 && $5 ~ /:00000...$/)) unread[owner[$10]]++
    }
    END { for (i = 1; i <= count; i++) { pid = pids[i]; if (pid in sleeps) print line[pid], sleeps[pid], sockets[pid] + 0, unread[pid] + 0 } }'
}
statuses= directories= last=$main
set -- $family
while [ $# -gt 2 ]; do
  last=$1 statuses="$statuses /proc/$1/status" directories="$directories /proc/$1/fd"
  shift 3
done
for again in 1 2 3; do
  [ -n "$family" ] || break
  seen=$(sample)
  printf '%s\n' "$seen" | awk '$6 > 0 { found = 1 } END { exit !found }' || break
  sleep 0.1
done
[ -z "$family" ] || printf '%s\n' "$seen"`;

/** The file with its includes; passwords stay on the host. */
const CONFIG = sh`word_of() {
  printf '%s\n' "$words" | awk -v short="-$1" -v long="--$2" '
    take { print; exit }
    $0 == short || $0 == long { take = 1; next }
    index($0, long "=") == 1 { print substr($0, length(long) + 2); exit }
    index($0, short) == 1 { print substr($0, 3); exit }'
}
expand() {
  [ -r "$1" ] && [ "$2" -lt 9 ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case \${line#"\${line%%[![:space:]]*}"} in
    include[[:space:]]*|include[a-z][[:space:]]*) (
      depth=$(($2 + 1))
      cd "\${1%/*}/" || exit
      set -- $line
      shift
      for each; do
        case $each in '#'*|'!'*) break ;; /*) ;; *) each=$PWD/$each ;; esac
        [ ! -f "$each" ] || expand "$each" $depth
      done ) </dev/null ;;
    *) printf '%s\n' "$line" ;;
    esac
  done <"$1"
}
words=$(tr '\000' '\n' 2>/dev/null </proc/$main/cmdline)
file=$(word_of f use-file)
id=$(word_of i config-id)
node=$(uname -n)
printf 'id %s\n' "\${id:-\${node%%.*}}"
expand "\${file:-/etc/keepalived/keepalived.conf}" 0 |
  sed -e 's/\(auth_pass[[:space:]]\{1,\}\)"[^"]*"/\1x/' -e 's/\(auth_pass[[:space:]]\{1,\}\)[^[:space:]{}]*/\1x/' -e 's/\(password[[:space:]]\{1,\}\)[^[:space:]{}]*/\1x/'`;

/** @param sources the sources whose connections in the table are looked up */
export function directorLook(sources: readonly string[] = []): Sh {
  const asked = sources.filter((source) => source !== "");
  return sh`need ip iproute2
need ipvsadm ipvsadm
${FAMILY}
echo --unit
echo "$active"
echo --processes
echo "$main"
${PROCESSES}
echo --addresses
ip -o addr show | awk '{ print $2, $4 }'
echo --table
ipvsadm-save -n | sort
echo --sent
${asked.length === 0 ? sh`:` : sh`ipvsadm -Lnc | awk -v sources=${` ${asked.join(" ")} `} ${SENT}`}
echo --clock
read -r now rest </proc/uptime
echo $now
echo --config
${CONFIG}`;
}

/**
 * `SOURCE REAL-SERVER`. With persistence, the template (port 0) shows where a source is sent; other entries may be old.
 */
const SENT = `
  { source = $4; port = source; sub(/.*:/, "", port); sub(/:[0-9]+$/, "", source); gsub(/[][]/, "", source) }
  index(sources, " " source " ") {
    real = $6; sub(/:[0-9]+$/, "", real); gsub(/[][]/, "", real)
    if (port == 0) template[source] = real; else sent[source " " real] = source
  }
  END {
    for (source in template) print source, template[source]
    for (way in sent) if (!(sent[way] in template)) print way
  }`;

export function readDirector(name: string, answer: LookResult): Director {
  const parts = sections(answer.output.out);
  const lines = (part: string): readonly string[] => (parts.get(part) ?? "").split("\n").filter((line) => line !== "");
  const [main = "", ...processes] = lines("processes");
  const [idLine = "", ...config] = (parts.get("config") ?? "").split("\n");
  const entries = readConfig(config.join("\n"), idLine.replace(/^id /, ""));
  return {
    name,
    problem: problemOf(answer.output),
    clock: Number(parts.get("clock")),
    keepalived: (parts.get("unit") ?? "").trim(),
    processes: processes.map((line) => processOf(line, main)),
    addresses: lines("addresses").map(addressOf),
    table: lines("table"),
    sent: lines("sent"),
    instances: instancesOf(entries),
    realServers: realServersOf(entries),
    checks: hasCheckers(entries),
  };
}

function problemOf({ code, err }: LookResult["output"]): string | undefined {
  const [, tool, from] = /^dsrctl: need (\S+) (\S+)/m.exec(err) ?? [];
  if (tool !== undefined) return `it has no ${tool} (package ${from ?? tool})`;
  return code === 0 ? undefined : err.trim() || `the look ended with ${code}`;
}

const SECTION = /^--(clock|unit|processes|addresses|table|sent|config)\n/m;

/** In their order; the content of a configuration may look like the beginning of another. */
function sections(out: string): ReadonlyMap<string, string> {
  const [before = "", ...config] = out.split(/^--config\n/m);
  const [, ...parts] = before.split(SECTION);
  const found = parts.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, parts[index + 1] ?? ""]] : [],
  );
  return new Map([...found, ["config", config.join("--config\n")]]);
}

function processOf(line: string, main: string): Process {
  const [pid = "", state = "", began = "", sleeps, sockets, unread] = line.split(" ");
  return {
    pid,
    parent: pid === main,
    state,
    began,
    sleeps: Number(sleeps),
    sockets: Number(sockets),
    unread: Number(unread),
  };
}

function addressOf(line: string): { readonly device: string; readonly address: string } {
  const [device = "", address = ""] = line.split(" ");
  return { device, address: canonical(address) };
}

export function holds(director: Director, address: string): boolean {
  return director.addresses.some((each) => each.device !== "lo" && each.address === canonical(address));
}

/** Prints `holder` on the director that holds the address. */
export function holderLook(vip: string): Sh {
  return sh`ip -o addr show to ${vip} | while read -r number device rest; do [ "$device" = lo ] || echo holder; done`;
}

/** Seconds after which an examination is too old. */
const FRESH = 10;

/**
 * What must be unchanged at the strike: who holds the address, and that keepalived is the same process as in the
 * examination. `before`: the latest time, by the host's own clock.
 */
export function strikeLook(vip: string, before: number): Sh {
  return sh`read -r now rest </proc/uptime
[ \${now%.*} -le ${Math.floor(before)} ] || echo late
${holderLook(vip)}
${FAMILY}
printf '%s\n' "$family" | awk '{ print $1, ($2 ~ /^[TtZX]/ ? "stopped" : "alive"), $3 }'`;
}

/** Until when, by the host's clock, a strike may rely on this look. */
export function freshUntil({ clock }: Director): number {
  return clock + FRESH;
}

/** What has changed since the strike was planned. */
export function surprise(seen: string, vip: string): { readonly late: boolean; readonly why: string } {
  const lines = seen.split("\n").filter((line) => line !== "");
  if (!lines.includes("holder")) return { late: false, why: `it no longer holds ${vip}` };
  if (lines.includes("late")) return { late: true, why: `its last state is more than ${FRESH} s old` };
  return {
    late: false,
    why: "keepalived was started or stopped, or it died, during the examination",
  };
}
