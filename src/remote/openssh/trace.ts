/** Reads the stages of a connection from what OpenSSH's ssh says of it (`LogLevel DEBUG1`). */
import type { ConnectionStep } from "../../core/connection.ts";
import { redactCommand } from "../../core/redact-command.ts";
import type { Target } from "../../core/target.ts";
import { singleLine } from "../transport/sanitize.ts";
import type { Trace } from "../transport/trace.ts";

type Found = (match: readonly string[], at: OpenSshTrace) => ConnectionStep | undefined;

/** The words of ssh, and the step that they mean. */
const SIGNS: readonly (readonly [pattern: RegExp, found: Found])[] = [
  [
    /^Executing proxy command: (?:exec )?(.*)/,
    // The way through a jump host is a command of ssh's own.
    ([command = ""], at) => (at.jumps ? undefined : { step: "proxy", command: singleLine(redactCommand(command)) }),
  ],
  [/^Connecting to \S+ \[(\S+)\] port (\d+)/, ([address = "", port = ""], at) => at.connecting(address, port)],
  [/^Connection established/, (_, at) => at.connected("connected")],
  [/^connect to address \S+ port \d+: (.*)/, ([why = ""], at) => at.connected("failed", singleLine(why))],
  [
    /^Remote protocol version (\S+), remote software version (.*)/,
    ([version = "", software = ""]) => ({ step: "banner", said: singleLine(`SSH-${version}-${software}`) }),
  ],
  [/^kex: algorithm: (.*)/, ([kex = ""], at) => void (at.kex = singleLine(kex))],
  [/^kex: server->client cipher: (\S+)/, ([cipher = ""], at) => at.agreed(singleLine(cipher))],
  [/^Server host key: (\S+) (\S+)/, ([type = "", print = ""], at) => void (at.hostKey = [type, print])],
  [/^Host '.*' is known and matches/, (_, at) => at.judged("known")],
  [/^Offering public key: (.*) (\S+) (SHA256:\S+)/, (key, at) => at.offered(key)],
  [/^Server accepts key: /, () => undefined],
  [/^Authentications that can continue: /, (_, at) => at.answered("refused")],
  [/^Next authentication method: (\S+)/, ([method = ""], at) => void (at.method = method)],
];

/** Keys and addresses are asked for one after the other; the hosts of a chain as well. */
export class OpenSshTrace {
  kex = "";
  method = "none";
  hostKey: readonly [type: string, fingerprint: string] | undefined;
  readonly #trace: Trace;
  readonly #chain: readonly Target[];
  #done = 0;
  #last = performance.now();
  #to: string | undefined;
  #key: { readonly type: string; readonly fingerprint: string; readonly path: string } | undefined;

  /** @param chain the jump hosts, outermost first, and the host */
  constructor(trace: Trace, chain: readonly Target[]) {
    this.#trace = trace;
    this.#chain = chain;
  }

  get jumps(): boolean {
    return this.#chain.length > 1;
  }

  hear(line: string): void {
    const words = line.replace(/^debug1: /, "").trimEnd();
    if (words.startsWith("Warning: Permanently added")) return this.#add(this.judged("added"));
    if (words.startsWith("Authenticated to ")) return this.#authenticated();
    if (words === line.trimEnd()) return;
    for (const [pattern, found] of SIGNS) {
      const match = pattern.exec(words);
      if (match !== null) return this.#add(found(match.slice(1), this));
    }
  }

  connecting(address: string, port: string): undefined {
    this.#to = `${address.includes(":") ? `[${address}]` : address}:${port}`;
    this.#last = performance.now();
  }

  connected(result: "connected" | "failed", why?: string): ConnectionStep | undefined {
    const to = this.#to;
    this.#to = undefined;
    return to === undefined ? undefined : { step: "connect", to, result, ...(why === undefined ? {} : { why }) };
  }

  agreed(cipher: string): ConnectionStep {
    return { step: "key-exchange", kex: this.kex, cipher };
  }

  judged(result: "known" | "added"): ConnectionStep | undefined {
    const [type, fingerprint] = this.hostKey ?? [];
    this.hostKey = undefined;
    if (type === undefined || fingerprint === undefined) return undefined;
    const file = result === "added" ? this.#now?.knownHosts[0] : undefined;
    return { step: "host-key", type: singleLine(type), fingerprint, result, ...(file === undefined ? {} : { file }) };
  }

  offered([path = "", type = "", fingerprint = ""]: readonly string[]): undefined {
    this.#key = { path: singleLine(path), type: singleLine(type), fingerprint };
  }

  /** ssh asks with `none` first: that is no try of anything. */
  answered(result: "accepted" | "refused"): ConnectionStep | undefined {
    const key = this.#key;
    this.#key = undefined;
    if (key === undefined && this.method === "none") return undefined;
    return { step: "auth", method: singleLine(this.method), ...(key === undefined ? {} : { key }), result };
  }

  get #now(): Target | undefined {
    return this.#chain[this.#done];
  }

  #authenticated(): void {
    this.#add(this.answered("accepted"));
    this.#add({ step: "login", user: this.#now?.user ?? "" });
    this.#done = Math.min(this.#done + 1, this.#chain.length - 1);
    this.method = "none";
  }

  /** The time since the step before is the step's. */
  #add(step: ConnectionStep | undefined): void {
    if (step === undefined) return;
    const now = performance.now();
    const ms = Math.round((now - this.#last) * 10) / 10;
    this.#last = now;
    const via = this.#done < this.#chain.length - 1 ? { via: this.#now?.name ?? "" } : {};
    this.#trace.add({ ...step, ...via, ms });
  }
}
