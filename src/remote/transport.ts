/** What reaching a host means to the rest of the program, whatever the way there. */
import { setMaxListeners } from "node:events";
import type { Secret } from "../secret.ts";
import { DEADLINES } from "./deadline.ts";
import type { Deadlines } from "./deadline.ts";

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
  /** After `interval` seconds of silence the host is asked; more than `count` unanswered times and the connection is given up. */
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

/**
 * How a command ended. `lost`: the connection went, or the host said neither code nor signal; what became of the
 * command is not known, so it is never success.
 */
export type Ended =
  | { readonly is: "exit"; readonly code: number }
  | { readonly is: "signal"; readonly signal: string }
  | { readonly is: "lost"; readonly why: string };

/** One running command. Nothing it prints is lost: what comes before a listener is there is kept for the first one. */
export interface Channel {
  /** To standard input; a string goes as UTF-8. Ignored once the command has ended. */
  write(data: string | Uint8Array): void;
  /** Ends standard input. */
  end(): void;
  /** Standard output. */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Standard error. */
  onError(listener: (chunk: Uint8Array) => void): void;
  /** Settles when the command has ended and all its output was delivered; never rejects. */
  readonly ended: Promise<Ended>;
  /** Kills the command as far as the host lets us, and gives the channel up in any case. */
  kill(): void;
}

/** A connection to a host, checked and authenticated. */
export interface Transport {
  readonly target: Target;
  /**
   * Runs a command line in the user's login shell, without a terminal.
   * @throws Unreachable at stage `channel` (also when the host allows no more sessions) or `connection`.
   */
  exec(command: string): Promise<Channel>;
  /** Never hangs, whatever the other end does: the socket is ours and is destroyed. */
  close(): Promise<void>;
  /** Milliseconds from the start of `connect` to the end of authentication. */
  readonly connectedIn: number;
}

/**
 * Reaches a host over a connection of its own. What dropped before authentication is tried again, three times in
 * all; a refusal (host key, authentication) never is.
 *
 * @throws Unreachable with stage, message and hint; the signal's reason when that fires.
 */
export async function connect(
  target: Target,
  signal: AbortSignal,
  deadlines: Deadlines = DEADLINES,
): Promise<Transport> {
  signal.throwIfAborted();
  // A run's hosts all listen to the one signal.
  setMaxListeners(0, signal);
  switch (target.connection) {
    case "local": {
      const { LocalTransport } = await import("./local.ts");
      return new LocalTransport(target);
    }
    case "ssh": {
      const { whyOpenSsh } = await import("./openssh-need.ts");
      const why = await whyOpenSsh(target);
      if (why !== undefined) {
        const { reachByOpenSsh } = await import("./openssh.ts");
        return reachByOpenSsh(target, why, signal, deadlines);
      }
      // ssh2 costs 60 ms to load: only those pay who reach a host.
      const { reach } = await import("./ssh-reach.ts");
      return reach(target, signal, deadlines);
    }
  }
}
