/** The shell of the task type `service`: looks at a unit, changes it, and checks whether it stays as it is. */
import { call, lines, sh } from "../../core/shell.ts";
import type { Sh, ShFunction } from "../../core/shell.ts";

/**
 * `unit NAME` prints `unit=` (the name that systemd gives it, which is not an alias; journal entries have it), `load=`
 * and `state=`. A unit on its way up or down is given three seconds to get there. For several units `systemctl show`
 * prints one paragraph each, in their order. `REREAD` gets a note if the unit's file is newer than what systemd has
 * read.
 */
const UNIT: ShFunction = {
  name: "unit",
  prefetch: "unit",
  leavesShellUnchanged: true,
  text: sh`unit_facts='-p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p NeedDaemonReload'
learn_unit() {
  case $line in Id=*)
    name=\${names%% *}
    names=\${names#"$name"}
    names=\${names# } ;;
  esac
  [ -z "$name" ] || learn unit "$name" "$line"
}
ahead_unit() {
  shown=$(systemctl show $unit_facts -- "$@") || return 0
  name= names=$*
  by_line learn_unit "$shown"
  [ -z "$names" ] || learnt_unit=0
}
unit_asked() { shown=$(systemctl show $unit_facts -- "$1"); }
unit() {
  need systemctl systemd
  unit= tries=10
  if recall unit "$1"; then shown=$recalled; else unit_asked "$1" || exit 1; fi
  while :; do
    case $shown in
    *SubState=auto-restart*) state=failing ;;
    *ActiveState=active*|*ActiveState=reloading*|*ActiveState=refreshing*) state=started ;;
    *ActiveState=failed*) state=failed ;;
    *ActiveState=activating*) state=starting ;;
    *ActiveState=deactivating*) state=stopping ;;
    *) state=stopped ;;
    esac
    case $tries$state in [1-9]*starting|[1-9]*stopping) tries=$((tries - 1)); sleep 0.3; unit_asked "$1" || exit 1 ;; *) break ;; esac
  done
  set -f
  for line in $shown; do
    case $line in
    Id=*) unit=\${line#Id=}; printf 'unit=%s\n' "$unit" ;;
    LoadState=*) echo "load=\${line#LoadState=}" ;;
    NeedDaemonReload=*) note_down "$line" ;;
    esac
  done
  set +f
  echo "state=$state"
}`.text(),
};

/**
 * `unit_enabled`, after `unit`, prints `enabled=`. `systemctl show` keeps its old knowledge of the links that enable a
 * unit until the next daemon-reload. `systemctl is-enabled` reads the links, and knows SysV scripts. For several units
 * it prints one line each, in their order. There are two exceptions: SysV scripts come first, and a unit without a file
 * ends it. Neither is queried together with others.
 *
 * `linked NAME FACTS` succeeds if `is-enabled` is not needed. Then `show` calls the unit enabled, and a link that
 * enables it exists and leads to a file. There must also be no link in the unit's own place, which would mask the unit
 * or make it an alias. The place of an instance `NAME@…` is its template's.
 */
const ENABLED: ShFunction = {
  name: "unit_enabled",
  prefetch: "enabled",
  leavesShellUnchanged: true,
  text: sh`ahead_enabled() {
  for name; do
    shift
    recall unit "$name" || continue
    case $recalled in
    *UnitFileState=generated*) ;;
    *UnitFileState=[a-z]*)
      name=\${recalled#*Id=}
      name=\${name%%
*}
      linked "$name" "$recalled" || set -- "$@" "$name" ;;
    esac
  done
  [ $# -gt 0 ] || return 0
  for state in $(systemctl is-enabled -- "$@"); do
    [ $# -gt 0 ] || { learnt_enabled=0; return 0; }
    learn enabled "$1" $state
    shift
  done
  [ $# = 0 ] || learnt_enabled=0
}
linked() {
  case $2 in *@*) return 1 ;; *UnitFileState=enabled|*'UnitFileState=enabled
'*) ;; *) return 1 ;; esac
  for link in /etc /run /usr/local/lib /usr/lib /lib; do [ ! -L $link/systemd/system/"$1" ] || return 1; done
  for link in /etc/systemd/system/*.wants/"$1"; do [ ! -L "$link" ] || [ ! -e "$link" ] || return 0; done
  return 1
}
unit_enabled() {
  if linked "$unit" "$shown"; then echo enabled=enabled
  elif recall enabled "$unit"; then echo "enabled=\${recalled%%
*}"; else echo "enabled=$(systemctl is-enabled -- "$unit" 2>/dev/null)"; fi
}`.text(),
};

/** Looks at a unit and, when asked to, whether it starts at boot. */
export function lookAtUnit(name: string, enabled: boolean): Sh {
  return lines([call(UNIT, [name], name), ...(enabled ? [call(ENABLED, [], name)] : [])]);
}

/**
 * systemd starts a unit as it has read it; if the unit file is newer, it must be read first. The look before the act
 * has checked this; a task that always runs has no look.
 */
export const REREAD = sh`{ read -r reread <&4; } 2>/dev/null || reread=$(systemctl show -p NeedDaemonReload -- "$unit")
case $reread in *=yes) systemctl daemon-reload ;; esac`;

/**
 * `watch UNIT` begins an act on a unit, or its stability check. It defines these functions:
 *
 * - `fail WHY` ends it with the failure and the unit's last messages since the act began (`$began`: /proc/uptime).
 * - `arrive` waits until the unit is active. `$main` is then its main process, `$restarts` how often systemd started it
 *   again (systemd 235 and later), and `$waited` whether it had to wait. `$after` is the name of the act, for messages.
 *   A oneshot that was restarted and ended well has done its work, and has no main process; one with `state: started`
 *   must stay.
 * - `settle AFTER` arrives, and keeps the result for `lasts`.
 * - `lasts` runs half a second later, because systemctl reports success for a daemon that dies a moment later (a reload
 *   with a bad configuration, `Type=simple`). The unit must be active with the same main process, with the same start
 *   time: a process that died and was started again is another. Something else may have started the unit again (it is
 *   part of a unit that was restarted after it). Then systemd has counted no restart of its own, and the new process
 *   must last.
 */
const WATCH: ShFunction = {
  name: "watch",
  text: sh`watch() { unit=$1; read -r began rest </proc/uptime; }
fail() {
  printf '%s (%s)\n' "$1" "$(systemctl show -p ActiveState -p SubState -p Result -p ConditionResult -p ExecMainStatus -- "$unit" | tr '\n' ' ')" >&2
  read -r now rest </proc/uptime
  since=$((\${now%.*}\${now#*.} - \${began%.*}\${began#*.} + 1))
  journalctl --sync >/dev/null 2>&1 || :
  journalctl -q -u "$(systemctl show -p Id -- "$unit" | sed s/Id=//)" --since "-\${since}0ms" -n 100 -o cat --no-pager >&2 || :
  exit 1
}
arrive() {
  tries=100 waited=
  while :; do
    main= restarts=
    now=$(systemctl show -p MainPID -p ExecMainStartTimestampMonotonic -p ActiveState -p SubState -p NRestarts -- "$unit")
    for line in $now; do
      case $line in MainPID=*|ExecMain*) main="$main $line" ;; NRestarts=*) restarts=\${line#*=} ;; esac
    done
    case $now in
    *SubState=auto-restart*) fail "$unit died $after, and systemd starts it again" ;;
    *ActiveState=active*) return 0 ;;
    *ActiveState=activating*|*ActiveState=reloading*|*ActiveState=refreshing*)
      waited=1 tries=$((tries - 1))
      [ "$tries" -gt 0 ] || fail "$unit is still on its way $after"
      sleep 0.1 ;;
    *)
      case $(systemctl show -p Type -p Result -- "$unit" | sort | tr '\n' ' ') in
      'Result=success Type=oneshot ')
        [ "$after" != 'after its start' ] || fail "$unit is a oneshot: it has run, and does not stay active (RemainAfterExit=no)"
        main=
        return 0 ;;
      esac
      fail "$unit is not active $after" ;;
    esac
  done
}
settle() {
  after=$1
  arrive
  [ -z "$main" ] || printf '%s\n' "$after" "$began" "$restarts" "$main" >&3
}
lasts() {
  { read -r after; read -r began; read -r counted; IFS= read -r first; } <&3 || return 0
  while :; do
    arrive
    [ -n "$main" ] || return 0
    if [ "$main" != "$first" ]; then
      { [ -n "$restarts" ] && [ "$restarts" = "$counted" ]; } || fail "$unit died $after, and was started again"
      waited=1 first=$main
    fi
    [ -n "$waited" ] || return 0
    sleep 0.5
  done
}`.text(),
};

/** Begins an act on a unit that must run afterwards, or its stability check. */
export function watch(unit: string): Sh {
  return call(WATCH, [unit]);
}

/** Fails if the unit has not stayed in the state that `settle` saw. */
export const LASTS = sh`lasts`;

/**
 * Links are made without a reload of all units by systemd, which makes `systemctl enable` slow and is not needed for a
 * start. The reload follows at the end of the act if it fails, otherwise once for all units that were enabled together,
 * by `READ_LINKS`.
 */
export function enableUnread(unit: string): Sh {
  return sh`trap 'systemctl daemon-reload' EXIT
systemctl enable --no-reload ${unit}`;
}

/** The act has succeeded. */
export const LEAVE_UNREAD = sh`trap - EXIT`;

export const READ_LINKS = sh`read -r done <&4 || { systemctl daemon-reload; echo read >&4; }`;
