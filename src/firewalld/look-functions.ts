/**
 * The shell functions of looks at firewalld. A question that several looks of a batch have is sent to firewalld once
 * (`recall`, `learn`).
 */
import { sh } from "../core/shell.ts";
import type { ShFunction } from "../core/shell.ts";

/** The kind of prefetch that all looks at firewalld share. */
export const AHEAD = "firewalld";

/**
 * `firewalld` begins a look: it prints `state REPLY`, or `no-state` and the cause. It starts nothing:
 * `--auto-start=no`. The unit of firewalld 2.5 is active before firewalld is on the bus: the look waits up to 10 s.
 *
 * `fwd_ask KEY` sets `$fwd_said` to the answer to a key, or `$fwd_why` to the cause if there is none. A key is one of
 * these:
 *
 * - `state`;
 * - `came`: client, server and port of the ssh connection;
 * - `device`: the interface that has the server's address;
 * - `file DIRECTORY NAME`: `file PATH` and the content, or `file -`;
 * - `INTERFACE METHOD [SIGNATURE ARGUMENT]` of D-Bus, `-` for the interface without a suffix.
 *
 * `@` at the end of a key is the default zone.
 */
export const BEGIN: ShFunction = {
  name: "firewalld",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`fwd_bus=org.fedoraproject.FirewallD1
fwd_say() {
  case $1 in
  *' @')
    fwd_ask '- getDefaultZone' || { fwd_got="no $fwd_why"; return; }
    fwd_said=\${fwd_said#'s "'}
    set -- "\${1%@}\${fwd_said%'"'}" ;;
  esac
  set -f
  set -- $1
  set +f
  case $1 in
  came) fwd_from; return ;;
  device) fwd_device; return ;;
  file) fwd_read "$2\${3:+/$3}"; return ;;
  state) set -- - get-property state ;;
  *)
    fwd_part=$1
    shift
    set -- "$fwd_part" call "$@" ;;
  esac
  fwd_part=\${1#-} fwd_verb=$2
  shift 2
  fwd_left=50
  until fwd_got=$(busctl --auto-start=no "$fwd_verb" $fwd_bus /org/fedoraproject/FirewallD1 "$fwd_bus$fwd_part" "$@" 2>&1); do
    fwd_starts || { fwd_got="no $fwd_got"; return; }
  done
  fwd_got="ok $fwd_got"
}
fwd_starts() {
  [ "$fwd_verb" = get-property ] && [ $fwd_left -gt 0 ] && systemctl -q is-active firewalld || return
  fwd_left=$((fwd_left - 1))
  sleep 0.2
}
fwd_from() {
  fwd_from=$SSH_CONNECTION fwd_pid=$$
  while [ -z "$fwd_from" ] && [ "\${fwd_pid:-0}" -gt 1 ]; do
    fwd_from=$(tr '\0' '\n' 2>/dev/null <"/proc/$fwd_pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
    fwd_pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$fwd_pid/status" 2>/dev/null) || fwd_pid=
  done
  set -- $fwd_from
  case $1 in UNKNOWN) set -- ;; esac
  fwd_got="ok \${1:--} \${3:--} \${4:-22}"
}
fwd_device() {
  fwd_ask came
  set -- $fwd_said
  fwd_got=ok
  [ "$2" != - ] || return 0
  set -- $(ip -o addr show to "\${2%\%*}" 2>/dev/null)
  fwd_got="ok $2"
}
fwd_read() {
  fwd_got='ok file -'
  for fwd_path in "/etc/firewalld/$1.xml" "/usr/lib/firewalld/$1.xml"; do
    [ -e "$fwd_path" ] || continue
    fwd_got="ok file $fwd_path
$(cat "$fwd_path" 2>&1)"
    return 0
  done
}
fwd_ask() {
  if recall firewalld "$1"; then fwd_got=$recalled; else fwd_say "$1"; fi
  fwd_why=\${fwd_got#no }
  case $fwd_got in ok*) fwd_said=\${fwd_got#ok}; fwd_said=\${fwd_said# } ;; *) return 1 ;; esac
}
ahead_firewalld() {
  for fwd_each; do
    recall firewalld "$fwd_each" || { fwd_say "$fwd_each"; learn firewalld "$fwd_each" "$fwd_got"; }
    case $fwd_each:$fwd_got in state:no*) return 0 ;; esac
  done
}
firewalld() {
  need firewall-cmd firewalld
  need busctl systemd
  [ -x /etc/firewalld ] || { echo 'only root can look into /etc/firewalld' >&2; exit 1; }
  fwd_up= fwd_zone= fwd_list= fwd_there= fwd_done= fwd_stake=
  if fwd_ask state; then fwd_up=1; printf 'state %s\n' "$fwd_said"; else printf 'no-state %s\n' "$fwd_why"; fi
}
fwd_conf() {
  fwd_kept=
  if [ -e /etc/firewalld/firewalld.conf ]; then
    while IFS=' =' read -r fwd_word fwd_value fwd_rest || [ -n "$fwd_word" ]; do
      [ "$fwd_word" != DefaultZone ] || [ -n "$fwd_kept$fwd_rest" ] || fwd_kept=$fwd_value
    done </etc/firewalld/firewalld.conf
  fi
  printf 'kept %s\n' "\${fwd_kept:=public}"
}
fwd_print() { if fwd_ask "$2"; then printf '%s %s\n' "$1" "$fwd_said"; else printf 'no-%s %s\n' "$1" "$fwd_why"; return 1; fi; }`.text(),
};

/** `firewalld_default` prints `kept`, the default zone of firewalld.conf, and `default`, that of now. */
export const DEFAULT: ShFunction = {
  name: "firewalld_default",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_default() {
  fwd_conf
  fwd_now=$fwd_kept
  [ -n "$fwd_up" ] || return 0
  fwd_print default '- getDefaultZone' || return 0
  fwd_now=\${fwd_said#'s "'}
  fwd_now=\${fwd_now%'"'}
}`.text(),
};

/** `firewalld_zone [ZONE]` prints `name`: the zone, or the default zone. */
export const ZONE: ShFunction = {
  name: "firewalld_zone",
  leavesShellUnchanged: true,
  text: sh`firewalld_zone() { fwd_zone=\${1-$fwd_now}; printf 'name %s\n' "$fwd_zone"; }`.text(),
};

/**
 * `firewalld_is_default`, after the two: prints `there` where the zone is the default one, now and in firewalld.conf;
 * then nothing more is printed.
 */
export const IS_DEFAULT: ShFunction = {
  name: "firewalld_is_default",
  leavesShellUnchanged: true,
  text: sh`firewalld_is_default() {
  [ "$fwd_up $fwd_kept $fwd_now" != "1 $fwd_zone $fwd_zone" ] || { fwd_done=1; echo there; }
}`.text(),
};

/**
 * `firewalld_list LABEL KEY` prints `LABEL REPLY`, or `no-LABEL` and the cause. If `if` follows, it does so only for
 * changes that can affect ssh.
 */
export const LIST: ShFunction = {
  name: "firewalld_list",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_list() {
  [ -n "$fwd_up" ] && [ -z "$fwd_done" ] || return 0
  [ -z "$3" ] || [ -n "$fwd_stake" ] || return 0
  if fwd_print "$1" "$2"; then fwd_list=$fwd_said; fi
}`.text(),
};

/**
 * `firewalld_item LABEL KEY TEXT STORES ZONE WRITTEN` prints `there` if the item occurs literally in the reply to the
 * key and in the zone's file. STORES selects one of the two or both (`both`, `runtime`, `permanent`). Then nothing more
 * is printed. Otherwise it does the same as `firewalld_list`.
 */
export const ITEM: ShFunction = {
  name: "firewalld_item",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_item() {
  [ -n "$fwd_up" ] || return 0
  fwd_ask "$2" || { printf 'no-%s %s\n' "$1" "$fwd_why"; return 0; }
  fwd_list=$fwd_said
  case $fwd_list in *"$3"*) fwd_there=1 ;; esac
  case $4:$fwd_there in
  runtime:1) fwd_done=1 ;;
  both:1 | permanent:*) ! fwd_ask "file zones $5" || case $fwd_said in *'<!--'*) ;; *"$6"*'</zone>'*) fwd_done=1 ;; esac ;;
  esac
  if [ -n "$fwd_done" ]; then echo there; else printf '%s %s\n' "$1" "$fwd_list"; fi
}`.text(),
};

/** Asks firewalld itself about an item that a list does not contain literally: whether firewalld would match it. */
export const QUERY: ShFunction = {
  name: "firewalld_takes",
  leavesShellUnchanged: true,
  text: sh`firewalld_takes() {
  [ -z "$fwd_done" ] && [ -n "$fwd_up" ] && [ -z "$fwd_there" ] || return 0
  fwd_method=$1 fwd_types=$2
  shift 2
  fwd_said=$(busctl --auto-start=no -- call $fwd_bus /org/fedoraproject/FirewallD1 $fwd_bus.zone "$fwd_method" "s$fwd_types" "$fwd_zone" "$@" 2>&1) || printf 'no-take %s\n' "$fwd_said"
}`.text(),
};

/**
 * `firewalld_knows DIRECTORY NAME` is for a service, an ipset or an ICMP type that something names. It prints
 * `no-file DIRECTORY NAME` if there is no file of it, and `unknown DIRECTORY NAME` if firewalld does not know it
 * at run time.
 */
export const KNOWS: ShFunction = {
  name: "firewalld_knows",
  leavesShellUnchanged: true,
  text: sh`firewalld_knows() {
  [ -z "$fwd_done" ] || return 0
  [ -e "/etc/firewalld/$1/$2.xml" ] || [ -e "/usr/lib/firewalld/$1/$2.xml" ] || printf 'no-file %s %s\n' "$1" "$2"
  [ -n "$fwd_up" ] && [ -z "$fwd_there" ] || return 0
  case $1 in
  services) fwd_ask ".zone queryService ss $fwd_zone $2" ;;
  icmptypes) fwd_ask ".zone queryIcmpBlock ss $fwd_zone $2" ;;
  ipsets) fwd_ask ".ipset queryIPSet s $2" && [ "$fwd_said" = 'b true' ] ;;
  esac || printf 'unknown %s %s\n' "$1" "$2"
}`.text(),
};

/**
 * `firewalld_came WHEN [FIRST LAST]` prints `came CLIENT SERVER PORT` if the change can affect ssh. WHEN says in which
 * case that is:
 *
 * - `there`: the item is there (in the zone's file, too).
 * - `gone`: the item is not there.
 * - `default`: the zone is not the default zone yet.
 * - `any`: always.
 *
 * With ports, the connection must also use one of them. Then `device`, `active` and `default` show the zone of the
 * connection.
 */
export const CAME: ShFunction = {
  name: "firewalld_came",
  leavesShellUnchanged: true,
  text: sh`firewalld_came() {
  [ -z "$fwd_done" ] || return 0
  case $1 in
  gone) [ -z "$fwd_there" ] || return 0 ;;
  there) [ -n "$fwd_there" ] || { fwd_ask "file zones $fwd_zone" && case $fwd_said in *"$4"*) ;; *) false ;; esac; } || return 0 ;;
  default) [ "$fwd_kept $fwd_now" != "$fwd_zone $fwd_zone" ] || return 0 ;;
  esac
  fwd_ask came
  fwd_port=\${fwd_said##* }
  [ "$fwd_port" -ge "$2" ] && [ "$fwd_port" -le "$3" ] || return 0
  fwd_stake=1
  printf 'came %s\n' "$fwd_said"
  [ -n "$fwd_up" ] || { fwd_conf; return; }
  fwd_print device device
  fwd_print default '- getDefaultZone' || :
  fwd_print active '.zone getActiveZones' || :
}`.text(),
};

/**
 * `firewalld_file KEY` ends a look: `file PATH` and its content, or `file -`. While firewalld is stopped the default
 * zone is that of firewalld.conf.
 */
export const FILE: ShFunction = {
  name: "firewalld_file",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_file() {
  [ -z "$fwd_done" ] || { echo 'file -'; return; }
  case $fwd_up:$1 in :*' @') set -- "\${1%@}$fwd_zone" ;; esac
  if fwd_ask "file $1"; then printf '%s\n' "$fwd_said"; else echo 'file -'; fi
}`.text(),
};

export const NETWORK_MANAGER: ShFunction = {
  name: "firewalld_bound",
  leavesShellUnchanged: true,
  text: sh`firewalld_bound() {
  command -v nmcli >/dev/null && fwd_path=$(nmcli -t -f GENERAL.CON-PATH device show "$1" 2>/dev/null) || return 0
  fwd_path=\${fwd_path#*:}
  case $fwd_path in /*)
    fwd_bound=$(nmcli -t -f connection.zone connection show apath "$fwd_path" 2>/dev/null) || fwd_bound=
    printf 'networkmanager %s\n' "\${fwd_bound#*:}" ;;
  esac
}`.text(),
};

/** `firewalld_lacks COMMAND …` prints `lacks COMMAND` where the host has none of them. */
export const LACKS: ShFunction = {
  name: "firewalld_lacks",
  leavesShellUnchanged: true,
  text: sh`firewalld_lacks() { command -v "$1" >/dev/null || [ -e "/usr/sbin/$1" ] || printf 'lacks %s\n' "$1"; }`.text(),
};
