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
pid=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$pid/status)
done
port=\${from##* }
port=\${port:-22}
within() { for range do [ "$port" -lt "\${range%-*}" ] || [ "$port" -gt "\${range#*-}" ] || return 0; done; return 1; }
refuse() { printf 'refused: %s, and ssh comes in by port %s; force: true does it all the same\n' "$1" "$port" >&2; exit 1; }
device() { set -- $from; ip -o addr show to "\${3:-::}" 2>/dev/null | { read -r number name rest || :; printf '%s\n' "$name"; }; }`;

/** Ranges of TCP ports, `22-22`, by which ssh may come in once the change is made. */
export interface WaysLeft {
  /** `at run time`, `permanently`. */
  readonly when: string;
  readonly ways: readonly string[];
}

function checks(zone: string, left: readonly WaysLeft[]): Sh {
  return lines(
    left.map(({ when, ways }) => sh`within ${ways} || refuse ${`nothing would be open for it in zone ${zone} ${when}`}`),
  );
}

/** For a zone that all interfaces without a zone of their own go to. */
export function guardDefaultZone(zone: string, left: readonly WaysLeft[]): Sh {
  return lines([CONNECTION, checks(zone, left)]);
}

/** For an interface that goes to another zone. */
export function guardInterface(zone: string, name: string, left: readonly WaysLeft[]): Sh {
  return sh`${CONNECTION}
if [ "$(device)" = ${name} ]; then
${checks(zone, left)}
fi`;
}

/** For what lets ssh in by one of the ports `lost`, and is taken out of the zone that our connection may be in. */
export function guardRemoval(zone: string, defaultZone: string, lost: readonly string[], left: readonly WaysLeft[]): Sh {
  return sh`${CONNECTION}
if within ${lost}; then
bus=org.fedoraproject.FirewallD1
bound=$(busctl --auto-start=no call $bus /org/fedoraproject/FirewallD1 $bus.zone getZoneOfInterface s "$(device)" 2>/dev/null) || bound=
bound=\${bound#'s "'}
bound=\${bound%'"'}
ours=${defaultZone}
if [ "\${bound:-$ours}" = ${zone} ]; then
${checks(zone, left)}
fi
fi`;
}
