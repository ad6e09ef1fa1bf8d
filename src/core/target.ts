/** A host, how to reach it, and which user tasks become there. */
import type { Secret } from "./secret.ts";

/** A host and how to reach it; the inventory builds it from Ansible's connection variables, already validated. */
export interface Target {
  /** The name in the inventory. */
  readonly name: string;
  readonly connection: "ssh" | "local";
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret | undefined;
  /** Private key files, `~` expanded. Empty: the usual `~/.ssh/id_*`. The agent is asked in both cases. */
  readonly keys: readonly string[];
  /** Opens the encrypted ones among the keys. */
  readonly passphrase: Secret | undefined;
  /** The agent's socket (SSH_AUTH_SOCK). */
  readonly agent: string | undefined;
  /** The name to look the host key up by, instead of address and port (ssh_config(5), HostKeyAlias). */
  readonly hostKeyAlias: string | undefined;
  /** `accept-new` writes the key of a host that is not known yet into the first known_hosts file. */
  readonly hostKeys: "strict" | "accept-new";
  /** Files in the format of sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; those that are missing count as empty. */
  readonly knownHosts: readonly string[];
  /** The ProxyJump chain, outermost first. */
  readonly jump: readonly Target[];
  /** With the tokens %h %p %r %n %% (ssh_config(5), TOKENS). Not used when there is a jump chain. */
  readonly proxyCommand: string | undefined;
  readonly become: Become | undefined;
  /** Seconds for the TCP connection; the other stages have deadlines of their own. */
  readonly connectTimeout: number;
  /**
   * After `interval` seconds of silence a keepalive request is sent; after more than `count` unanswered ones the
   * connection is given up.
   */
  readonly keepalive: { readonly interval: number; readonly count: number };
  /** Keys that ssh_config names, instead of the usual ones: those that cannot be used are passed over. */
  readonly offered?: readonly string[] | undefined;
  /** The agent signs with nothing but the keys that are named (ssh_config(5), IdentitiesOnly). */
  readonly identitiesOnly?: boolean | undefined;
  /** The name that ssh(1) would be given, `%n` in a proxy command; the inventory's when left out. */
  readonly asked?: string | undefined;
  /** What OpenSSH's own ssh needs, should it be the way to reach the host. Left out: it is not. */
  readonly openssh?: OpenSsh | undefined;
}

/** How OpenSSH's ssh is to be driven. */
export interface OpenSsh {
  /** Why it is the way; left out: only when a key or the known hosts call for it. */
  readonly why?: string | undefined;
  /** Files of ssh_config, the strongest first, for what only OpenSSH knows. Those that are missing count as empty. */
  readonly files: readonly string[];
  /** Further options of ssh_config(5). */
  readonly options: readonly (readonly [keyword: string, value: string])[];
}

/** Who to become with sudo on the host. */
export interface Become {
  readonly user: string;
  /** sudo's password; without one sudo must not ask. */
  readonly password: Secret | undefined;
}

/** What a play or a task says of it. */
export interface BecomeWords {
  /** `undefined`: as the play, or the inventory, says. */
  readonly become: boolean | undefined;
  readonly user: string | undefined;
}
