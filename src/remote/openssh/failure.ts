/** What OpenSSH's ssh says when it cannot connect, by the stage at which it failed. */
import { Unreachable } from "../../core/problem.ts";
import type { ReachStage } from "../../core/problem.ts";
import { BY_HAND, proxyEnded } from "../transport/proxy.ts";
import { gist } from "../../text/shorten.ts";
import { dropped, isRefusal, refusal } from "../transport/refusal.ts";
import { joinLines, singleLine } from "../transport/sanitize.ts";
import type { Target } from "../../core/target.ts";

interface Sign {
  readonly pattern: RegExp;
  readonly stage: ReachStage;
  readonly hint: string;
}

/** The first that matches some line counts. */
const SIGNS: readonly Sign[] = [
  {
    pattern: /bad configuration option|terminating, \d+ bad|Bad owner or permissions|line \d+: /i,
    stage: "proxy",
    hint: "ssh refuses its configuration: `ssh -G HOST` shows the same",
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i,
    stage: "host-key",
    hint: "if the host was installed anew: compare its key on its console; only then: `ssh-keygen -R HOST`",
  },
  {
    pattern: /REVOKED HOST KEY|is marked as revoked|revoked by file/i,
    stage: "host-key",
    hint: "create a new host key (`ssh-keygen -A`) and find the reason: the key may be stolen",
  },
  {
    pattern: /Certificate invalid|certificate .*(?:expired|not yet valid)|CA key .*not|host certificate/i,
    stage: "host-key",
    hint: "see `ssh-keygen -L -f CERTIFICATE` of the host's certificate: its names (principals), its time, its authority",
  },
  {
    pattern: /No .* host key is known for .*/,
    stage: "host-key",
    hint: "compare the key on the host's console, then add it to known_hosts (ssh-keyscan)",
  },
  { pattern: /Host key verification failed/, stage: "host-key", hint: "see known_hosts" },
  {
    pattern: /Could not resolve hostname/,
    stage: "dns",
    hint: "check its spelling, or set `ansible_host` to the host's address",
  },
  {
    pattern: /Too many authentication failures/,
    stage: "auth",
    hint: "the agent holds more keys than the host lets one try: name the right one, and `IdentitiesOnly yes`",
  },
  {
    pattern: /Permission denied|No more authentication methods|Authentication failed/i,
    stage: "auth",
    hint: "check the user; keep keys with passphrases or PINs in an agent, since ssh cannot ask for them here",
  },
  {
    pattern: /Unable to negotiate|no matching .* found/i,
    stage: "handshake",
    hint: "the two sides have no algorithm in common: see KexAlgorithms, Ciphers, HostKeyAlgorithms in ssh_config",
  },
  {
    pattern: /connect to host .* port \d+: .*|stdio forwarding failed|open failed/i,
    stage: "tcp",
    hint: "check that the host is up, that sshd runs, and the port (`ansible_port`)",
  },
];

/** After a jump host failed, these lines follow no matter why it failed. */
const DROPPED = /banner exchange|kex_exchange_identification|Connection (?:closed|reset)|ssh_dispatch_run_fatal/i;

interface End {
  /** How ssh ended. */
  readonly fate: string;
  /** Whether a login of this run failed on the way before. */
  readonly failed: boolean;
}

/** Why there is no connection, from everything that ssh printed. */
export function openSshFailure(target: Target, said: string, { fate, failed }: End): Unreachable {
  const lines = linesOf(said);
  if (target.proxyCommand !== undefined && lines.some((line) => BANNER.test(line))) return proxyFailure(lines, fate);
  for (const { pattern, stage, hint } of SIGNS) {
    const line = lines.find((each) => pattern.test(each));
    if (line === undefined) continue;
    const beside = stage === "auth" ? notes(lines.filter((each) => each !== line)) : "";
    return new Unreachable(stage, `ssh says: ${singleLine(line)}${beside}`, { hint });
  }
  const refused = lines.find(isRefusal);
  if (refused !== undefined) return refusal(refused, failed);
  const gone = lines.find((line) => DROPPED.test(line));
  if (gone !== undefined) return dropped(`ssh says: ${singleLine(gone)}`, failed);
  const words = joinLines(said) || "nothing";
  const stage = target.proxyCommand === undefined && target.jump.length === 0 ? "handshake" : "proxy";
  return new Unreachable(stage, `ssh ended (${fate}) before the host was reached; it said: ${words}`);
}

function linesOf(said: string): readonly string[] {
  return said
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^@+|@+$/g, "").trim())
    .filter((line) => line !== "");
}

/** The host of a chain at which ssh failed: ssh names the user and host of a login that failed. */
export function whereFailed(chain: readonly Target[], said: string): Target {
  const [target, ...before] = [...chain].reverse();
  const refused = linesOf(said).flatMap(
    (line) => /^(\S+)@(\S+): Permission denied/.exec(line)?.slice(1, 3).join("@") ?? [],
  );
  const there = before.find(({ user, address }) => refused.includes(`${user}@${address}`));
  if (target === undefined) throw new Error("a chain of no hosts");
  return said.includes("UNKNOWN port") ? (there ?? before[0] ?? target) : target;
}

/**
 * What ssh prints when no version arrived. If the proxy ended, ssh learns it from the end of its output. If ssh writes
 * first, it learns it from a broken pipe. The messages differ.
 */
const BANNER = /^(?:kex_exchange_identification|ssh_exchange_identification|banner exchange): |during banner exchange$/;

/** The proxy's own lines can come before ssh's lines or after them. */
function proxyFailure(lines: readonly string[], fate: string): Unreachable {
  if (lines.some((line) => line.endsWith("timed out during banner exchange")))
    return new Unreachable("proxy", "nothing came through the proxy command in time", { hint: BY_HAND });
  const own = lines.filter((line) => !BANNER.test(line) && !line.startsWith("Connection closed by UNKNOWN"));
  return proxyEnded(own.length === 0 ? ` (ssh: ${fate})` : `: \`${joinLines(own.join("\n"))}\``);
}

/** What else ssh printed, also on behalf of the host: about keys, about the account. */
function notes(lines: readonly string[]): string {
  const found = lines.filter((line) => !/^(?:debug\d:|Warning: Permanently added|Pseudo-terminal will not)/.test(line));
  return found.length === 0 ? "" : ` (${gist(found.join("\n")).map(singleLine).join("; ")})`;
}
