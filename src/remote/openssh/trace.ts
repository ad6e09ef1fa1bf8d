/** Reads the stages of a connection from what OpenSSH's ssh says of it (`LogLevel DEBUG1`). */
import type { ConnectionStep, ShownKey } from "../../core/connection.ts";
import { redactCommand } from "../../core/redact-command.ts";
import type { Target } from "../../core/target.ts";
import { endpoint } from "../../text/ip.ts";
import { singleLine } from "../transport/sanitize.ts";
import { since } from "../transport/trace.ts";
import type { Trace } from "../transport/trace.ts";

type Found = (match: readonly string[], at: OpenSshTrace) => ConnectionStep | undefined;

/** The words of ssh, and the step that they mean. */
const SIGNS: readonly (readonly [pattern: RegExp, found: Found])[] = [
  [
    /^Executing proxy command: (?:exec )?(.*)/,
    // The way through a jump host is a command of ssh's own.
    ([command = ""], at) => (at.jumps ? undefined : { step: "proxy", command: singleLine(redactCommand(command)) }),
  ],
  [/^Connecting to (\S+) \[(\S+)\] port (\d+)/, (words, at) => at.connecting(words)],
  [/^Connection established/, (_, at) => at.connected("connected")],
  [/^connect to address \S+ port \d+: (.*)/, ([why = ""], at) => at.connected("failed", singleLine(why))],
  [
    /^Remote protocol version (\S+), remote software version (.*)/,
    ([version = "", software = ""]) => ({ step: "banner", said: singleLine(`SSH-${version}-${software}`) }),
  ],
  [/^kex: algorithm: (.*)/, ([kex = ""], at) => void (at.kex = singleLine(kex))],
  [/^kex: server->client cipher: (\S+)/, ([cipher = ""], at) => void (at.cipher = singleLine(cipher))],
  [/^Server host key: (\S+) (\S+)/, ([type = "", print = ""], at) => at.agreed([type, print])],
  [/^Host '.*' is known and matches/, (_, at) => at.judged("known")],
  [/^Offering public key: (.*) (\S+) (SHA256:\S+)(.*)/, (key, at) => at.offered(key)],
  [/^Authentications that can continue: /, (_, at) => at.answered("refused")],
  [/^Next authentication method: (\S+)/, ([method = ""], at) => void (at.method = method)],
];

/** Keys and addresses are asked for one after the other; the hosts of a chain as well. */
export class OpenSshTrace {
  kex = "";
  cipher = "";
  method = "none";
  readonly #trace: Trace;
  readonly #chain: readonly Target[];
  #done = 0;
  #last = performance.now();
  /** When the keys were exchanged. */
  #agreed = performance.now();
  #hostKey: readonly [type: string, fingerprint: string] | undefined;
  #to: string | undefined;
  #key: ShownKey | undefined;

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

  connecting([name = "", address = "", port = ""]: readonly string[]): ConnectionStep | undefined {
    this.#to = endpoint(address, port);
    return name === address ? undefined : { step: "resolve", name, addresses: [address] };
  }

  connected(result: "connected" | "failed", why?: string): ConnectionStep | undefined {
    const to = this.#to;
    this.#to = undefined;
    return to === undefined ? undefined : { step: "connect", to, result, ...(why === undefined ? {} : { why }) };
  }

  /** The host shows its key at the end of the exchange. */
  agreed(key: readonly [type: string, fingerprint: string]): ConnectionStep {
    this.#hostKey = key;
    this.#agreed = performance.now();
    return { step: "key-exchange", kex: this.kex, cipher: this.cipher };
  }

  judged(result: "known" | "added"): ConnectionStep | undefined {
    const [type, fingerprint] = this.#hostKey ?? [];
    this.#hostKey = undefined;
    if (type === undefined || fingerprint === undefined) return undefined;
    const file = result === "added" ? this.#now?.knownHosts[0] : undefined;
    return { step: "host-key", type: singleLine(type), fingerprint, result, ...(file === undefined ? {} : { file }) };
  }

  /** A key that is in no file is named by its comment in the agent. */
  offered([name = "", type = "", fingerprint = "", from = ""]: readonly string[]): undefined {
    const inAgent = /\bagent\b/.test(from) && !/\bexplicit\b/.test(from);
    const shown = inAgent ? { comment: singleLine(name) } : { path: singleLine(name) };
    this.#key = { type: singleLine(type), fingerprint, ...shown };
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
    this.#add({ step: "login", user: this.#now?.user ?? "" }, this.#agreed);
    this.#done = Math.min(this.#done + 1, this.#chain.length - 1);
    this.method = "none";
  }

  /** @param began when the step began; left out: at the end of the step before */
  #add(step: ConnectionStep | undefined, began = this.#last): void {
    if (step === undefined) return;
    const ms = since(began);
    this.#last = performance.now();
    const via = this.#done < this.#chain.length - 1 ? { via: this.#now?.name ?? "" } : {};
    this.#trace.add({ ...step, ...via, ms });
  }
}
