/** Opens the kept `sh` on a host: what the login shell gets to parse, and why no shell started. */
import { randomBytes } from "node:crypto";
import { account } from "../../system/home.ts";
import { Unreachable } from "../../core/problem.ts";
import { BufferedOutput } from "../transport/buffered-output.ts";
import type { Listener } from "../transport/buffered-output.ts";
import { shellFailure } from "./shell-failure.ts";
import type { ShellEnd } from "./shell-failure.ts";
import { openSudoWithPassword, word } from "./sudo.ts";
import type { Channel, Ended, Transport } from "../transport/transport.ts";
import type { Become } from "../../core/target.ts";

/** A shell that reads its script from standard input. */
export interface Shell extends Channel {
  /**
   * Why no shell started, from the output so far. Call it when the channel ended, or the deadline of `seconds` passed,
   * before the shell's first line.
   */
  refusal(end: ShellEnd, seconds?: number): Unreachable;
}

const USER = /^[a-z_][a-z0-9_.-]*\$?$/i;

/**
 * Opens a `/bin/sh` as the login user, or as `become` with sudo. Without a sudo password it waits for nothing: the
 * first script can follow at once. With a password the promise settles when the shell under sudo has printed its first
 * line. Nothing before that line is in the shell's output.
 *
 * The commands mean the same to sh, bash, zsh, fish, csh and tcsh, and everything else goes to standard input.
 *
 * @throws Unreachable at stage `channel`, `connection` or `sudo`.
 */
export async function openShell(
  transport: Transport,
  become: Become | undefined,
  sudoSeconds?: number,
): Promise<Shell> {
  if (become === undefined || isSelf(transport, become)) return start(transport, "exec /bin/sh", undefined);
  if (!USER.test(become.user))
    throw new Unreachable("sudo", `\`${become.user}\` is no user name`, { hint: "see `ansible_become_user`" });
  if (become.password !== undefined) {
    const nonce = randomBytes(16).toString("hex");
    const channel = await openSudoWithPassword(transport, become.user, become.password, nonce, sudoSeconds);
    return new KeptShell(channel, become, transport);
  }
  return start(transport, `exec env LC_ALL=C sudo -n -u ${word(become.user)} -- /bin/sh`, become);
}

async function start(transport: Transport, command: string, become: Become | undefined): Promise<Shell> {
  return new KeptShell(await transport.exec(command), become, transport);
}

function isSelf({ target }: Transport, become: Become): boolean {
  return become.user === (target.connection === "local" ? account().user : target.user);
}

/** Bytes of each output that are kept, to find the reason if no shell starts. */
const KEPT = 4096;

class KeptShell implements Shell {
  readonly ended: Promise<Ended>;
  readonly #channel: Channel;
  readonly #become: Become | undefined;
  readonly #user: string;
  readonly #stdout = new BufferedOutput();
  readonly #stderr = new BufferedOutput();
  #out = "";
  #err = "";

  constructor(channel: Channel, become: Become | undefined, { target }: Transport) {
    this.#channel = channel;
    this.#become = become;
    this.#user = target.user;
    this.ended = channel.ended;
    channel.onData((chunk) => {
      if (this.#out.length < KEPT) this.#out += Buffer.from(chunk).toString("utf8").slice(0, KEPT);
      this.#stdout.push(chunk);
    });
    channel.onError((chunk) => {
      if (this.#err.length < KEPT) this.#err += Buffer.from(chunk).toString("utf8").slice(0, KEPT);
      this.#stderr.push(chunk);
    });
  }

  write(data: string | Uint8Array): void {
    this.#channel.write(data);
  }

  end(): void {
    this.#channel.end();
  }

  onData(listener: Listener): void {
    this.#stdout.listen(listener);
  }

  onError(listener: Listener): void {
    this.#stderr.listen(listener);
  }

  kill(): void {
    this.#channel.kill();
  }

  refusal(end: ShellEnd, seconds?: number): Unreachable {
    const said = { out: this.#out, err: this.#err };
    return shellFailure({ user: this.#user, become: this.#become?.user, ...said, end, seconds });
  }
}
