/** sudo with a password, which must reach sudo and no other program (sudo(8), -S and -p). */
import { Unreachable } from "../../core/problem.ts";
import type { Secret } from "../../core/secret.ts";
import { deadlinesOf, startTimer } from "../transport/deadline.ts";
import { BufferedOutput } from "../transport/buffered-output.ts";
import type { Listener } from "../transport/buffered-output.ts";
import { NOISE_LIMIT, shellFailure } from "./shell-failure.ts";
import type { ShellEnd } from "./shell-failure.ts";
import { joinLines } from "../transport/sanitize.ts";
import type { Channel, Transport } from "../transport/transport.ts";

/**
 * Starts `/bin/sh` under sudo. The password is written only when sudo's prompt, which contains the nonce, has arrived.
 * If sudo does not ask (NOPASSWD), the password would reach the shell. A second prompt means that the password was
 * wrong, and ends sudo. Settles when the shell's mark has arrived; the channel's output begins after the mark.
 *
 * @throws Unreachable at stage `sudo`, `channel` or `connection`.
 */
export async function openSudoWithPassword(
  transport: Transport,
  user: string,
  password: Secret,
  nonce: string,
  seconds: number = deadlinesOf(transport.target).sudo,
): Promise<Channel> {
  if (/[\r\n\0]/.test(password.reveal())) throw new Unreachable("sudo", "the sudo password holds a line break");
  // sudo prints `%` for `%%`: a shell that echoes its commands (set -x) cannot be taken for the prompt.
  const options = `-k -S -p dsrctl%%${nonce} -u ${word(user)}`;
  const command = `exec env LC_ALL=C sudo ${options} -- /bin/sh -c "echo dsrctl ${nonce}; exec /bin/sh"`;
  const channel = await transport.exec(command);
  const dialogue = new Dialogue(channel, transport.target.user, user, password, nonce);
  const inTime = startTimer(seconds, () => dialogue.late(seconds));
  try {
    return await dialogue.shell;
  } catch (error) {
    dismiss(channel);
    throw error;
  } finally {
    inTime();
  }
}

/** Milliseconds that sudo has to end by itself. */
const GRACE = 1000;

/** At the end of its input sudo gives up by itself and logs what happened; a killed sudo logs nothing. */
function dismiss(channel: Channel): void {
  channel.end();
  const timer = setTimeout(() => channel.kill(), GRACE);
  void channel.ended.then(() => clearTimeout(timer));
}

/** A `$` at the end of a name is an error to fish and csh unless it is quoted. */
export function word(user: string): string {
  return user.endsWith("$") ? `'${user}'` : user;
}

class Dialogue {
  readonly shell: Promise<Channel>;
  readonly #channel: Channel;
  readonly #login: string;
  readonly #user: string;
  readonly #password: Secret;
  readonly #prompt: string;
  readonly #mark: Buffer;
  readonly #stdout = new BufferedOutput();
  readonly #stderr = new BufferedOutput();
  #before: Buffer = Buffer.alloc(0);
  #err = "";
  #prompts = 0;
  #begun = false;
  #resolve: (channel: Channel) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(channel: Channel, login: string, user: string, password: Secret, nonce: string) {
    this.#channel = channel;
    this.#login = login;
    this.#user = user;
    this.#password = password;
    this.#prompt = `dsrctl%${nonce}`;
    this.#mark = Buffer.from(`dsrctl ${nonce}\n`);
    this.shell = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    channel.onData((chunk) => this.#data(chunk));
    channel.onError((chunk) => this.#error(chunk));
    void channel.ended.then((ended) => this.#reject(this.#failure(ended)));
  }

  late(seconds: number): void {
    const said = joinLines(this.#err.replaceAll(this.#prompt, ""));
    const what =
      this.#prompts > 0
        ? `did not answer to the password within ${seconds} s`
        : `neither asked for a password nor started within ${seconds} s`;
    const hint = "sudo may wait for LDAP or DNS on the host, or ask for something else than a password";
    this.#reject(new Unreachable("sudo", `sudo ${what}${said === "" ? "" : `: ${said}`}`, { hint }));
  }

  #data(chunk: Uint8Array): void {
    if (this.#begun) return this.#stdout.push(chunk);
    this.#before = Buffer.concat([this.#before, chunk]);
    const at = this.#before.indexOf(this.#mark);
    if (at < 0) return this.#limit(this.#before.length);
    this.#begun = true;
    const rest = this.#before.subarray(at + this.#mark.length);
    if (rest.length > 0) this.#stdout.push(rest);
    this.#before = Buffer.alloc(0);
    this.#resolve(this.#asChannel());
  }

  #error(chunk: Uint8Array): void {
    if (this.#begun) return this.#stderr.push(chunk);
    this.#err += Buffer.from(chunk).toString("utf8");
    const prompts = this.#err.split(this.#prompt).length - 1;
    if (prompts > 0 && this.#prompts === 0) this.#channel.write(`${this.#password.reveal()}\n`);
    if (prompts > 1) this.#reject(wrongPassword(this.#login));
    this.#prompts = prompts;
    this.#limit(this.#err.length);
  }

  #limit(length: number): void {
    if (length > NOISE_LIMIT) this.#reject(this.#failure("flood"));
  }

  #failure(end: ShellEnd): Unreachable {
    const err = this.#err.replaceAll(this.#prompt, "");
    if (err.includes("incorrect password attempt")) return wrongPassword(this.#login);
    return shellFailure({ user: this.#login, become: this.#user, out: this.#before.toString("utf8"), err, end });
  }

  #asChannel(): Channel {
    const channel = this.#channel;
    return {
      write: (data) => channel.write(data),
      end: () => channel.end(),
      onData: (listener: Listener) => this.#stdout.listen(listener),
      onError: (listener: Listener) => this.#stderr.listen(listener),
      ended: channel.ended,
      kill: () => channel.kill(),
    };
  }
}

function wrongPassword(login: string): Unreachable {
  const hint = "see `ansible_become_password`; sudo wants the password of the login user unless sudoers says otherwise";
  return new Unreachable("sudo", `sudo refused the password of user \`${login}\``, { hint });
}
