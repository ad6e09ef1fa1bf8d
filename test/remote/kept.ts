/** What the tests of the kept shell share: accounts' credentials, and asking a shell. */
import { existsSync } from "node:fs";
import { Secret } from "../../src/core/secret.ts";
import { openShell } from "../../src/remote/shell/open-shell.ts";
import type { Shell } from "../../src/remote/shell/open-shell.ts";
import type { Transport } from "../../src/remote/transport/transport.ts";
import type { Become } from "../../src/core/target.ts";
import type { Unreachable } from "../../src/core/problem.ts";
import { unreachable } from "./faults.ts";
import { targetOf, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

export const PASSWORD = 'it\'s $HOME \\ "!" ü';
export const root: Become = { user: "root", password: undefined };
export const rootBy = (password: string): Become => ({ user: "root", password: new Secret(password) });

/** The login shells that there are here. */
export const SHELLS = ["/bin/bash", "/bin/dash", "/usr/bin/fish", "/usr/bin/tcsh", "/usr/bin/zsh"].filter((each) =>
  existsSync(each),
);
export const shellName = (path: string): string => path.split("/").at(-1)!;

/** The shell's own output for a script, and all of its error output. */
export async function both(
  shell: Shell,
  script: string | Uint8Array,
): Promise<{ readonly out: string; readonly err: string }> {
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  shell.onData((chunk) => void out.push(chunk));
  shell.onError((chunk) => void err.push(chunk));
  shell.write(script);
  shell.end();
  await shell.ended;
  return { out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

export async function answer(shell: Shell, script: string | Uint8Array): Promise<string> {
  return (await both(shell, script)).out;
}

export interface Visit {
  as<T>(name: string, work: (host: Transport) => Promise<T>): Promise<T>;
  /** The output of a script, run as a user who becomes another. */
  ask(name: string, become: Become | undefined, script: string): Promise<string>;
  /** What is said when no shell comes of it. */
  refusal(name: string, become?: Become): Promise<Unreachable>;
}

/** Ways to visit an sshd as one of its accounts. */
export function visit(sshd: () => Sshd): Visit {
  const as = <T>(name: string, work: (host: Transport) => Promise<T>) =>
    withTransport(targetOf(sshd(), { user: name === "root" ? "root" : sshd().accounts.get(name)! }), work);
  return {
    as,
    ask: (name, become, script) => as(name, async (host) => answer(await openShell(host, become), script)),
    refusal: (name, become) =>
      as(name, async (host) => {
        const opened = await openShell(host, become).catch((error: unknown) => error);
        if (opened instanceof Error) return unreachable(Promise.reject(opened));
        return refusalOf(opened as Shell);
      }),
  };
}

/** What a shell that is none says when it is spoken to. */
export async function refusalOf(shell: Shell): Promise<Unreachable> {
  shell.write("echo alive\n");
  shell.end();
  return shell.refusal(await shell.ended);
}
