/** Shell that refuses a change of the firewall by which the connection it arrives on would be the last. */
import { lines, sh } from "../../sh.ts";
import type { Sh } from "../../sh.ts";

/**
 * Finds the port that ssh came in by (22 where it cannot be told): sudo takes SSH_CONNECTION away, but the processes above
 * still have it (ssh(1): client address, client port, server address, server port). `within RANGE …`: the port is in
 * one of them. `device`: the interface that has the address we came to.
 */
const CONNECTION = sh`from=$SSH_CONNECTION pid=$$
while [ -z "$from" ] && [ "\${pid:-0}" -gt 1 ]; do
from=$(tr '\0' '\n' 2>/dev/null </proc/$pid/environ | sed -n 's/^SSH_CONNECTION=//p')
pid=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$pid/status 2>/dev/null) || pid=
done
port=\${from##* }
port=\${port:-22}
within() { for range do [ "$port" -lt "\${range%-*}" ] || [ "$port" -gt "\${range#*-}" ] || return 0; done; return 1; }
refuse() { printf 'refused: this connection came in by port %s, and %s; force: true does it all the same\n' "$port" "$1" >&2; exit 1; }
device() { set -- $from; ip -o addr show to "\${3:-::}" 2>/dev/null | { read -r number name rest || :; printf '%s\n' "$name"; }; }`;

/** Ranges of TCP ports, `22-22`, in one store. */
export interface Ways {
  /** `at run time`, `permanently`. */
  readonly when: string;
  readonly ranges: readonly string[];
}

/** For a zone that all interfaces without a zone of their own go to, and what it lets in. */
export function guardDefaultZone(zone: string, open: readonly Ways[]): Sh {
  return lines([CONNECTION, ...open.map((ways) => mustBeIn(zone, ways))]);
}

/** For an interface that goes to another zone, and what that lets in. */
export function guardInterface(zone: string, name: string, open: readonly Ways[]): Sh {
  return sh`${CONNECTION}
if [ "$(device)" = ${name} ]; then
${lines(open.map((ways) => mustBeIn(zone, ways)))}
fi`;
}

function mustBeIn(zone: string, { when, ranges }: Ways): Sh {
  return sh`within ${ranges} || refuse ${`nothing is open for it in zone ${zone} ${when}`}`;
}

/** For what is taken out of a zone, and the ports that no entry of the zone lets in any more then. */
export function guardRemoval(zone: string, defaultZone: string, lost: readonly Ways[]): Sh {
  const checks = lost.map(
    ({ when, ranges }) => sh`! within ${ranges} || refuse ${`nothing else is open for it in zone ${zone} ${when}`}`,
  );
  return sh`${CONNECTION}
bus=org.fedoraproject.FirewallD1
bound=$(busctl --auto-start=no call $bus /org/fedoraproject/FirewallD1 $bus.zone getZoneOfInterface s "$(device)" 2>/dev/null) || bound=
bound=\${bound#'s "'}
bound=\${bound%'"'}
ours=${defaultZone}
if [ "\${bound:-$ours}" = ${zone} ]; then
${lines(checks)}
fi`;
}
