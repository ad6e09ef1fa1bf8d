import { endpoint } from "../text/ip.ts";
import { integer, port, z } from "../core/schema.ts";
import { gist } from "../text/shorten.ts";
import { call, sh } from "../core/shell.ts";
import type { ShFunction } from "../core/shell.ts";
import { Blocked, taskType } from "../core/task-type.ts";

/** The possible outcomes of an attempt to connect, and what each usually means here. */
const MEANING = {
  open: "something accepts connections there",
  refused: "nothing listens there, or a firewall rejects with a reset",
  timed_out: "a firewall drops the packets, or the answers do not find their way back",
  no_route:
    "a firewall rejects, as firewalld does when the zone does not open the port; or no host has that address, or there is no route",
} as const;
type Outcome = keyof typeof MEANING;
const OUTCOMES = ["open", "refused", "timed_out", "no_route"] as const satisfies readonly Outcome[];

const shape = z.strictObject({
  address: z
    .string({ error: "expected an address or a host name" })
    .regex(/^[A-Za-z0-9:][A-Za-z0-9._:%-]*$/, "expected an address or a host name")
    .describe("Address or name of the target; a name is resolved on the host."),
  port: port.describe("TCP port."),
  timeout: integer(1, 60)
    .default(5)
    .describe(
      "How many seconds the connection may take. That no host has an address of the own network is known after 3.",
    ),
  state: z
    .enum(OUTCOMES)
    .default("open")
    .describe("The expected outcome. With `refused`, `timed_out` or `no_route` a port that is closed can be asserted."),
});
type ReachableArgs = z.output<typeof shape>;

type ReachableState = Readonly<{ outcome: string }>;

const target = ({ address, port }: ReachableArgs): string => endpoint(address, port);

const FOUND: Readonly<Record<Outcome, (args: ReachableArgs) => string>> = {
  open: () => "is open",
  refused: () => "refuses connections",
  timed_out: ({ timeout }) => `does not answer within ${timeout} s`,
  no_route: () => "cannot be reached: no route",
};

function isOutcome(word: string): word is Outcome {
  return word in MEANING;
}

function wrong(outcome: string, args: ReachableArgs): string {
  if (isOutcome(outcome)) {
    const shall = args.state === "open" ? "" : `, but ${args.state} is wanted`;
    return `${target(args)} ${FOUND[outcome](args)}${shall} (${MEANING[outcome]})`;
  }
  if (outcome === "unresolved") return `the name ${args.address} does not resolve on this host`;
  return `${target(args)}: this host's own firewall or routes forbid the connection`;
}

/**
 * For bash: connects to all `SECONDS ADDRESS PORT` at once, a process each, and prints `SECONDS ADDRESS PORT=PID SAID
 * =CODE` of each. /proc/uptime is the clock: SECONDS knows whole seconds only.
 */
const CONNECT = `set +o posix -f
now() { read -r t t_ </proc/uptime; t=$((10#\${t/./})); }
now
began=$t all=()
for one; do
set -- $one
exec {fd}< <(echo $BASHPID; { : <>"/dev/tcp/$2/$3"; } 2>&1; echo =$?)
all+=("$fd $one")
done
for one in "\${all[@]}"; do
set -- $one
now
printf -v left %03d $(($2 * 100 + began > t ? $2 * 100 + began - t : 1))
read -rd "" -t \${left%??}.\${left: -2} -u $1 said
(($? < 129)) || { kill \${said%%[^0-9]*}; said+==124; }
echo $2 $3 $4=$said
done`;

/**
 * `reached 'SECONDS ADDRESS PORT'` prints the outcome of a connection. Without --norc a bash that descends from sshd
 * would run the user's .bashrc first (bash(1), INVOCATION).
 */
const REACHED: ShFunction = {
  name: "reached",
  prefetch: "reached",
  leavesShellUnchanged: true,
  text: sh`reached_curl() {
  case $2 in *:*) said=[$2] ;; *) said=$2 ;; esac
  said=$(curl -qsv --noproxy '*' --connect-timeout $1 -m $(($1 + 1)) "telnet://$said:$3" 2>&1)
  code=$?
  set -f
  echo "$*=curl" $said =$code
}
learn_reached() { learn reached "\${line%%=*}" "\${line#*=}"; }
ahead_reached() {
  if command -v bash >/dev/null; then said=$(bash --norc -c ${CONNECT} bash "$@")
  else said=$(for one; do reached_curl $one & done; wait); fi
  by_line learn_reached "$said"
}
reached() {
  command -v bash >/dev/null || command -v curl >/dev/null || need bash bash
  recall reached "$1" || { ahead_reached "$1"; recall reached "$1"; } || exit
  case $recalled in
  *=0|*'* Connected to '*|*'* Established connection '*) echo open ;;
  *'onnection refused'*) echo refused ;;
  *'o route to host'*|*' is unreachable'*) echo no_route ;;
  *=124|*=28|*'imed out'*) echo timed_out ;;
  *=6|*'not known'*|*'name resolution'*|*'No address'*|*'not resolve'*) echo unresolved ;;
  *'ermission denied'*|*'not permitted'*) echo forbidden ;;
  *) printf '%s\n' "\${recalled#* }" >&2; exit 1 ;;
  esac
}`.text(),
};

export const reachable = taskType<ReachableArgs, ReachableState>({
  kind: "reachable",
  summary: "Asserts the outcome of a TCP connection from the host to an address and port.",
  notes: `The telnet of a checklist, without telnet: one connection is made and closed at once. bash makes it
(\`/dev/tcp\`), or curl where there is no bash. Four outcomes are distinguished:

- **open**: ${MEANING.open}.
- **refused**: ${MEANING.refused}.
- **timed_out**: ${MEANING.timed_out}.
- **no_route**: ${MEANING.no_route}.

From a director to a web node's own address this proves that node and port are there. It proves nothing of direct server
return. Only a third host (see \`http\`) shows that a node takes packets for the VIP: a director that has the VIP
answers itself.

An sshd of OpenSSH 9.8 or later counts a connection without a login against the host that makes it. Each counts 1 s, and
the sshd refuses the host from 15 s on. Ask its port once, without \`retries\`.

TCP only: that a UDP port does not answer says nothing about it. Something that takes its time to start is asked again with \`retries\` and \`delay\`.`,
  examples: [
    `- name: the director reaches the web nodes
  reachable: { address: "{{ item }}", port: 80 }
  loop: [10.0.0.3, 10.0.0.4]
  retries: 5
  delay: 1
`,
    `- name: the database is closed to the director
  reachable: { address: 10.0.0.3, port: 3306, state: no_route }
`,
  ],
  args: shape,

  label: (args) => `${target(args)} is ${args.state}`,
  look: ({ timeout, address, port: number }) => {
    const subject = `${timeout} ${address} ${number}`;
    return call(REACHED, [subject], subject);
  },
  waitsForNetwork: () => true,
  read: (seen) => {
    if (seen.code === 0) return { outcome: seen.out.trim() };
    return new Blocked(`the attempt could not be made: ${gist(seen.err).join("; ")}`);
  },
  want: (args) => ({ outcome: args.state }),
  explainFailure: (delta, args) => wrong(delta.before?.outcome ?? "", args),
});
