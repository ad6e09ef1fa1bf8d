/** An sshd that takes a connection and gives it up again: why, and whether a second try can help. */
import { Unreachable } from "../../core/problem.ts";
import { singleLine } from "./sanitize.ts";

/** Before OpenSSH 9.8 sshd named its option; since then it has one text for two, and never says for how long. */
const SAID = /^(?:Exceeded MaxStartups|Not allowed at this time)/;

/** Whether this is what sshd says to those it has no time for. */
export function isRefusal(said: string): boolean {
  return SAID.test(said);
}

/** @param failed a login of this run failed there before */
export function refusal(said: string, failed: boolean): Unreachable {
  const what = `the host takes no more connections now: ${singleLine(said)}`;
  if (said.startsWith("Exceeded")) return new Unreachable("handshake", what, { hint: STARTUPS, retry: true });
  if (!failed) return new Unreachable("handshake", `${what} (${EITHER})`, { hint: WHICH, retry: true });
  return new Unreachable("handshake", `${what} (${PROBABLY})`, { hint: PENALTY });
}

/** For a host that sends no reason, or whose reason was lost with the connection. */
export function dropped(what: string, failed: boolean): Unreachable {
  return failed
    ? new Unreachable("handshake", `${what} (${PROBABLY})`, { hint: PENALTY })
    : new Unreachable("handshake", what, { hint: BUSY, retry: true });
}

const EITHER = "MaxStartups or PerSourcePenalties";
const PROBABLY = "probably PerSourcePenalties, for the login that failed there in this run; else MaxStartups";

const STARTUPS =
  "log in to fewer hosts at a time through one sshd (`--forks`), or raise MaxStartups in its sshd_config";
const WHICH = "read in the host's log which of the two it is; after failed logins, wait before the next run";
const PENALTY =
  "correct the login and wait before the next run, or add this machine in PerSourcePenaltyExemptList of the host's sshd_config";
const BUSY =
  "too many logins at once (MaxStartups), failed ones before (PerSourcePenalties), or the host refuses this address " +
  "(fail2ban, hosts.deny)";
