/** A value that is encrypted in a user's file. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { Secret, registerSecret } from "../core/secret.ts";
import type { Envelope } from "./envelope.ts";
import { unopenedProblem } from "./keyring.ts";
import type { Keyring } from "./keyring.ts";

/**
 * A secret that was written with `!vault`. It is decrypted once, when its file has been read. If no password fits it
 * stays locked, and using it is wrong input.
 */
export class Sealed extends Secret {
  /** The text in the file, which may be shown. */
  readonly encrypted: string;
  readonly place: Place;
  readonly #envelope: Envelope;
  #content: string | undefined;
  #problem: Problem | undefined;

  constructor(encrypted: string, envelope: Envelope, place: Place) {
    super("");
    this.encrypted = encrypted;
    this.place = place;
    this.#envelope = envelope;
  }

  /** Why it cannot be used; `undefined` when it can. */
  get problem(): Problem | undefined {
    if (this.#content !== undefined) return undefined;
    return (
      this.#problem ?? {
        severity: "error",
        code: "vault-decrypt",
        message: "this value was not decrypted",
        place: this.place,
      }
    );
  }

  async open(keyring: Keyring): Promise<void> {
    if (this.#content !== undefined) return;
    const opened = await keyring.open(this.#envelope);
    const { place } = this;
    if (opened === undefined) {
      const start = place.source.text.indexOf("$ANSIBLE_VAULT", place.start);
      const header = start === -1 || start >= place.end ? place : { ...place, start, end: lineEnd(place, start) };
      this.#problem = { ...unopenedProblem("this value", this.#envelope.id, keyring), place: header };
      return;
    }
    const text = opened.bytes.toString("utf8");
    if (Buffer.from(text, "utf8").equals(opened.bytes)) this.#content = text;
    else
      this.#problem = {
        severity: "error",
        code: "not-utf8",
        message: "what is encrypted here is not UTF-8 text",
        place,
      };
    registerSecret(text);
  }

  /** @throws InputError when it is locked. */
  override reveal(): string {
    const { problem } = this;
    if (this.#content === undefined || problem !== undefined)
      throw new InputError(problem === undefined ? [] : [problem]);
    return this.#content;
  }
}

function lineEnd({ source, end }: Place, start: number): number {
  const next = source.text.slice(start, end).search(/["'\\\r\n]/);
  return next === -1 ? end : start + next;
}
