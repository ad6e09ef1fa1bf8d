/** The shell of the task type `service`: looking at a unit, changing it, and seeing whether it stays as it is. */
import { call, lines, sh } from "../../sh.ts";
import type { Sh, ShFunction } from "../../sh.ts";

/**
 * `unit NAME` prints `unit=` (the name that systemd gives it, which is not an alias), `load=` and `state=`. A unit on its
 * way up or down is given three seconds to get there. Of several units `systemctl show` prints a paragraph each, in their order.
 */
const UNIT: ShFunction = {
  name: "unit",
  ahead: "unit_ahead",
  text: sh`dsr_units= unit_facts='-p Id -p LoadState -p ActiveState -p SubState'
unit_ahead() {
  dsr_units=
  [ $# -gt 0 ] || return 0
  unit_rest=$(systemctl show $unit_facts -p UnitFileState -- "$@") || return 0
  for unit_name; do
    case $unit_rest in Id=*) ;; *) dsr_units=; return 0 ;; esac
    dsr_units="$dsr_units
asked $unit_name
\${unit_rest%%"

"*}"
    case $unit_rest in *"

"*) unit_rest=\${unit_rest#*"

"} ;; *) unit_rest= ;; esac
  done
  dsr_units="$dsr_units
asked "
}
unit_shown() {
  shown=\${dsr_units#*"
asked $1
"}
  if [ "$shown" = "$dsr_units" ]; then shown=$(systemctl show $unit_facts -- "$1"); else shown=\${shown%%"
asked "*}; fi
}
unit() {
  need systemctl systemd
  tries=10
  while :; do
    unit_shown "$1" || exit 1
    case $shown in
    *SubState=auto-restart*) state=failing ;;
    *ActiveState=active*|*ActiveState=reloading*|*ActiveState=refreshing*) state=started ;;
    *ActiveState=failed*) state=failed ;;
    *ActiveState=activating*) state=starting ;;
    *ActiveState=deactivating*) state=stopping ;;
    *) state=stopped ;;
    esac
    case $tries$state in [1-9]*starting|[1-9]*stopping) tries=$((tries - 1)) dsr_units=; sleep 0.3 ;; *) break ;; esac
  done
  set -f
  for line in $shown; do
    case $line in Id=*) unit=\${line#Id=}; printf 'unit=%s\n' "$unit" ;; LoadState=*) echo "load=\${line#LoadState=}" ;; esac
  done
  echo "state=$state"
}`.text(),
};

/**
 * `unit_enabled`, after `unit`, prints `enabled=`. `systemctl show` keeps what it knew of the links that enable a unit until the
 * next daemon-reload; `systemctl is-enabled` reads them, and knows SysV scripts. Of several units it prints a line each,
 * in their order, but SysV scripts come first and a unit without a file ends it: neither is asked about with others.
 */
const ENABLED: ShFunction = {
  name: "unit_enabled",
  ahead: "unit_enabled_ahead",
  text: sh`dsr_enabled=
unit_enabled_ahead() {
  dsr_enabled=
  [ -n "$dsr_units" ] || return 0
  for unit_name; do
    shift
    unit_shown "$unit_name" || continue
    case $shown in *UnitFileState=generated*|*"UnitFileState=
"*) ;; *UnitFileState=?*) unit_name=\${shown#*Id=}; set -- "$@" "\${unit_name%%"
"*}" ;; esac
  done
  [ $# -gt 0 ] || return 0
  unit_said=$(systemctl is-enabled -- "$@")
  for unit_state in $unit_said; do
    [ $# -gt 0 ] || { dsr_enabled=; return 0; }
    dsr_enabled="$dsr_enabled $1=$unit_state "
    shift
  done
  [ $# = 0 ] || dsr_enabled=
}
unit_enabled() {
  case $dsr_enabled in
  *" $unit="*) unit_state=\${dsr_enabled#*" $unit="}; echo "enabled=\${unit_state%% *}" ;;
  *) echo "enabled=$(systemctl is-enabled -- "$unit" 2>/dev/null)" ;;
  esac
}`.text(),
};

/** Looks at a unit and, when asked to, whether it starts at boot. */
export function lookAtUnit(name: string, enabled: boolean): Sh {
  return lines([call(UNIT, [name], name), ...(enabled ? [call(ENABLED, [], name)] : [])]);
}

/** systemd starts what it has read; a unit file that is newer than that is read first. */
export const REREAD = sh`case $(systemctl show -p NeedDaemonReload -- "$unit") in *=yes) systemctl daemon-reload ;; esac`;

/** Ends the act with what is wrong and the last that the unit said. */
export const FAIL = sh`since=$(date +%s)
fail() {
  printf '%s (%s)\n' "$1" "$(systemctl show -p ActiveState -p SubState -p Result -p ConditionResult -p ExecMainStatus -- "$unit" | tr '\n' ' ')" >&2
  journalctl --sync >/dev/null 2>&1 || :
  journalctl -q -u "$unit" --since "@$since" -n 15 -o cat --no-pager >&2 || :
  exit 1
}`;

/**
 * systemctl reports well of a daemon that dies a moment later (a reload with a bad configuration, `Type=simple`): the
 * unit must be active half a second after it is first seen so, with the main process that it had then and that was
 * started then: who died meanwhile and was started again is another. A oneshot that was restarted and ended well has done
 * its work; one that shall be `started` must stay.
 */
export const SETTLE = sh`settle() {
  tries=100 first= seen=
  while :; do
    now=$(systemctl show -p MainPID -p ExecMainStartTimestampMonotonic -p ActiveState -p SubState -- "$unit")
    main=
    for line in $now; do case $line in MainPID=*|ExecMain*) main="$main $line" ;; esac; done
    case $now in
    *SubState=auto-restart*) fail "$unit died $1, and systemd starts it again" ;;
    *ActiveState=active*)
      [ "$main" = "\${first:=$main}" ] || fail "$unit died $1, and was started again"
      [ -z "$seen" ] || return 0
      seen=active
      sleep 0.5 ;;
    *ActiveState=activating*|*ActiveState=reloading*|*ActiveState=refreshing*)
      seen= tries=$((tries - 1))
      [ "$tries" -gt 0 ] || fail "$unit is still on its way $1"
      sleep 0.1 ;;
    *)
      case $(systemctl show -p Type -p Result -- "$unit" | sort | tr '\n' ' ') in
      'Result=success Type=oneshot ')
        [ "$1" != 'after its start' ] || fail "$unit is a oneshot: it has run, and does not stay active (RemainAfterExit=no)"
        return 0 ;;
      esac
      fail "$unit is not active $1" ;;
    esac
  done
}`;
