/** Records each key and each method that a login tries, and the host's answer; never the text of a password. */
import type { AuthResult, ShownKey } from "../../core/connection.ts";
import type { TracedKey } from "./client.ts";
import { fingerprint } from "./known-hosts.ts";
import { singleLine } from "../transport/sanitize.ts";
import { since } from "../transport/trace.ts";
import type { Trace } from "../transport/trace.ts";

interface Open {
  readonly method: string;
  readonly key?: ShownKey;
  readonly began: number;
}

export class AuthTrace {
  readonly #trace: Trace;
  #open: Open | undefined;

  constructor(trace: Trace, passedOver: readonly string[]) {
    this.#trace = trace;
    for (const why of passedOver) trace.add({ step: "auth", method: "publickey", result: "passed-over", why });
  }

  /** A method without a key, or with a key of a file. */
  begin(method: string, file?: { readonly path: string; readonly key: TracedKey }): void {
    this.#begin(method, file === undefined ? undefined : { ...shownKey(file.key), path: file.path });
  }

  /** A key of the agent is shown to the host: first to ask whether it would do, then with a signature. */
  agentKey(key: TracedKey): void {
    const shown = { ...shownKey(key), comment: singleLine(key.comment ?? "") };
    if (this.#open?.key?.fingerprint === shown.fingerprint) return;
    this.settle("refused");
    this.#begin("publickey", shown);
  }

  /** The answer to what is open, if anything is. */
  settle(result: AuthResult, why?: string): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const { began, ...rest } = open;
    this.#trace.add({ step: "auth", ...rest, result, ...(why === undefined ? {} : { why }), ms: since(began) });
  }

  /** The agent cannot be used. */
  agentFailed(why: string): void {
    if (this.#open?.key?.comment === undefined)
      this.#trace.add({ step: "auth", method: "publickey", result: "failed", why });
    else this.settle("failed", why);
  }

  #begin(method: string, key: ShownKey | undefined): void {
    this.#open = { method, ...(key === undefined ? {} : { key }), began: performance.now() };
  }
}

function shownKey(key: TracedKey): ShownKey {
  return { type: singleLine(key.type), fingerprint: fingerprint(key.getPublicSSH()) };
}
