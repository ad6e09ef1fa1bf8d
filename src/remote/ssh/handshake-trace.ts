/** Records the stages between an open stream and the login. */
import { fingerprint, keyType } from "./known-hosts.ts";
import type { GreetingStream } from "./greeting-stream.ts";
import { joinLines, singleLine } from "../transport/sanitize.ts";
import { since } from "../transport/trace.ts";
import type { Trace } from "../transport/trace.ts";

/** What ssh2 says of a key exchange. */
export interface Negotiated {
  readonly kex?: string;
  readonly cs?: { readonly cipher?: string };
}

export class HandshakeTrace {
  readonly #trace: Trace;
  readonly #wire: GreetingStream;
  readonly #began = performance.now();
  #greeted: number | undefined;
  #key: Buffer | undefined;
  #agreed: number | undefined;

  constructor(trace: Trace, wire: GreetingStream) {
    this.#trace = trace;
    this.#wire = wire;
  }

  /** The host shows its key; later key exchanges are of no interest. */
  hostKey(key: Buffer, accepted: boolean): void {
    if (this.#agreed !== undefined) return;
    this.#version();
    this.#key = Buffer.from(key);
    if (!accepted) this.#judged("refused");
  }

  agreed({ kex, cs }: Negotiated): void {
    if (this.#agreed !== undefined) return;
    this.#version();
    this.#agreed = performance.now();
    const algorithms = {
      ...(kex === undefined ? {} : { kex }),
      ...(cs?.cipher === undefined ? {} : { cipher: cs.cipher }),
    };
    this.#trace.add({ step: "key-exchange", ...algorithms, ms: since(this.#greeted ?? this.#began) });
  }

  /** The host has proved the key. @param file where it was added, if it was new */
  trusted(file: string | undefined): void {
    this.#judged(file === undefined ? "known" : "added", file);
  }

  login(user: string): void {
    this.#trace.add({ step: "login", user, ms: since(this.#agreed ?? this.#began) });
  }

  message(said: string): void {
    this.#trace.add({ step: "message", said: joinLines(said) });
  }

  /** A version may have come, and nothing after it. */
  failed(): void {
    this.#version();
  }

  #version(): void {
    const { version } = this.#wire;
    if (this.#greeted !== undefined || version === undefined) return;
    this.#greeted = version.at;
    const ms = Math.max(0, Math.round((version.at - this.#began) * 10) / 10);
    this.#trace.add({ step: "banner", said: singleLine(Buffer.from(version.line, "latin1")), ms });
  }

  #judged(result: "known" | "added" | "refused", file?: string): void {
    const key = this.#key;
    if (key === undefined) return;
    const where = file === undefined ? {} : { file };
    const type = singleLine(keyType(key));
    this.#trace.add({ step: "host-key", type, fingerprint: fingerprint(key), result, ...where });
  }
}
