/** How a host was reached, or how far: the steps of a connection, in their order (`-vvv`). Never a secret. */
import type { ReachStage } from "./problem.ts";

/** Which program speaks SSH; `local`: no SSH at all. */
export type ConnectionBy = "ssh2" | "openssh" | "local";

/** Where a setting of the connection is written. */
export interface SettingOrigin {
  /** A keyword of ssh_config(5), or a connection variable. */
  readonly name: string;
  /** `file:line:column`. */
  readonly place: string;
}

/** A key that was shown to the host. */
export interface ShownKey {
  readonly type: string;
  /** `SHA256:…`. */
  readonly fingerprint: string;
  /** The file of the key, or its comment in the agent. */
  readonly path?: string;
  readonly comment?: string;
}

/**
 * What the host answered to a login method. `partial`: it wants a further method. `unanswered`: the connection ended
 * first. `failed`: the method could not be used. `passed-over`: it was not tried.
 */
export type AuthResult = "accepted" | "refused" | "partial" | "unanswered" | "failed" | "passed-over";

interface About {
  /** The jump host that the step is about; left out: the host itself. */
  readonly via?: string;
  /** Milliseconds that the step took; left out where it takes none, or they are not known. */
  readonly ms?: number;
}

/** One step, by its name in `step`. Programs may rely on the names; texts in `why` may change. */
export type ConnectionStep = About &
  (
    | {
        readonly step: "settings";
        readonly address: string;
        readonly port: number;
        readonly user: string;
        /** What the inventory and the ssh configuration say of the host. */
        readonly from: readonly SettingOrigin[];
      }
    /** Waited for its turn, as many connections were being made. */
    | { readonly step: "wait" }
    | { readonly step: "resolve"; readonly name: string; readonly addresses: readonly string[] }
    | {
        readonly step: "connect";
        /** `address:port`. */
        readonly to: string;
        /** `given-up`: another address answered first, or the time was up. */
        readonly result: "connected" | "failed" | "given-up";
        /** The system's error: `ECONNREFUSED`. */
        readonly why?: string;
      }
    /** The jump host's connection is there; `openedFor`: the host that it was made for, where that is another one. */
    | { readonly step: "jump"; readonly openedFor?: string }
    /** The jump host connects to the next one. */
    | { readonly step: "forward"; readonly to: string }
    /** The proxy command, without its credentials. */
    | { readonly step: "proxy"; readonly command: string }
    /** The host's version of SSH. */
    | { readonly step: "banner"; readonly said: string }
    | { readonly step: "key-exchange"; readonly kex?: string; readonly cipher?: string }
    | {
        readonly step: "host-key";
        readonly type: string;
        readonly fingerprint: string;
        /** `added`: the host was new, and its key is in `file` now. */
        readonly result: "known" | "added" | "refused";
        readonly file?: string;
      }
    | {
        readonly step: "auth";
        readonly method: string;
        readonly result: AuthResult;
        readonly key?: ShownKey;
        readonly why?: string;
      }
    /** What the host says before the login. */
    | { readonly step: "message"; readonly said: string }
    | { readonly step: "login"; readonly user: string }
    /** A channel with a shell; `user`: who sudo makes of the login user. */
    | { readonly step: "shell"; readonly user?: string }
    /** From the first bytes to the shell to the last answer of the first batch. */
    | { readonly step: "first-batch" }
    /** A try that failed. */
    | { readonly step: "failed"; readonly stage: ReachStage | "interrupted"; readonly why: string }
    /** The pause before the next try. */
    | { readonly step: "retry" }
  );

/** How far it came. `shell`: a further shell on a connection that was there. */
export interface ConnectionReport {
  readonly result: "reached" | "failed" | "shell";
  /** Left out: it failed before that was decided. */
  readonly by?: ConnectionBy;
  /** Why that one. */
  readonly why?: string;
  /** Milliseconds from the beginning to the end of the login, or to the failure. */
  readonly ms: number;
  readonly steps: readonly ConnectionStep[];
}
