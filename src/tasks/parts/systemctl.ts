/** The shell of the task type `service`: looking at a unit, changing it, and seeing whether it stays as it is. */
import { lines, sh } from "../../sh.ts";
import type { Sh } from "../../sh.ts";

/**
 * Prints `unit=` (the name that systemd gives it, which is not an alias), `load=`, `state=` and, when asked for,
 * `enabled=`. A unit on its way up or down is given three seconds to get there. `systemctl show` keeps what it knew of
 * the links that enable a unit until the next daemon-reload; `systemctl is-enabled` reads them, and knows SysV scripts.
 */
export function lookAtUnit(name: string, enabled: boolean): Sh {
  return lines([
    sh`need systemctl systemd
tries=10
while :; do
  shown=$(systemctl show -p Id -p LoadState -p ActiveState -p SubState -- ${name}) || exit 1
  case $shown in
  *SubState=auto-restart*) state=failing ;;
  *ActiveState=active*|*ActiveState=reloading*|*ActiveState=refreshing*) state=started ;;
  *ActiveState=failed*) state=failed ;;
  *ActiveState=activating*) state=starting ;;
  *ActiveState=deactivating*) state=stopping ;;
  *) state=stopped ;;
  esac
  case $tries$state in [1-9]*starting|[1-9]*stopping) tries=$((tries - 1)); sleep 0.3 ;; *) break ;; esac
done
set -f
for line in $shown; do
  case $line in Id=*) unit=\${line#Id=}; printf 'unit=%s\n' "$unit" ;; LoadState=*) echo "load=\${line#LoadState=}" ;; esac
done
echo "state=$state"`,
    ...(enabled ? [IS_ENABLED] : []),
  ]);
}

const IS_ENABLED = sh`echo "enabled=$(systemctl is-enabled -- "$unit" 2>/dev/null)"`;

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
 * unit must be active, with one and the same main process, for half a second on end. A oneshot that was restarted and
 * ended well has done its work; one that shall be `started` must stay.
 */
export const SETTLE = sh`settle() {
  calm=0 tries=100 first=
  while [ "$calm" -lt 5 ]; do
    now=$(systemctl show -p MainPID -p ActiveState -p SubState -- "$unit")
    main=$(printf '%s\n' "$now" | sed -n 's/^MainPID=//p')
    case $now in
    *SubState=auto-restart*) fail "$unit died $1, and systemd starts it again" ;;
    *ActiveState=active*)
      [ "$calm" -eq 0 ] || [ "$main" = "$first" ] || fail "$unit died $1, and was started again"
      first=$main calm=$((calm + 1)) ;;
    *ActiveState=activating*|*ActiveState=reloading*|*ActiveState=refreshing*)
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || fail "$unit is still on its way $1" ;;
    *)
      case $(systemctl show -p Type -p Result -- "$unit" | sort | tr '\n' ' ') in
      'Result=success Type=oneshot ')
        [ "$1" != 'after its start' ] || fail "$unit is a oneshot: it has run, and does not stay active (RemainAfterExit=no)"
        return 0 ;;
      esac
      fail "$unit is not active $1" ;;
    esac
    sleep 0.1
  done
}`;
