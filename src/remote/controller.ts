/** Looks that are made from the controller, in shells of its own that are opened when they are needed. */
import { limit } from "../engine/limit.ts";
import { Unreachable } from "../core/problem.ts";
import { ConnectionLost } from "../core/batch.ts";
import type { LookResult, Look } from "../core/batch.ts";
import { DEADLINES } from "./transport/deadline.ts";
import { LocalTransport } from "./transport/local.ts";
import { ShellSession } from "./shell/shell-session.ts";
import { openShell } from "./shell/open-shell.ts";
import type { Target } from "../core/target.ts";

export interface ControllerLooks {
  /** @throws Unreachable when a shell of the controller's fails: a second try of the host's would not help. */
  ask(looks: readonly Look[]): Promise<ReadonlyMap<string, LookResult>>;
  close(): Promise<void>;
}

/** Hosts whose looks are made from here at the same time; the others wait. */
const SHELLS = 8;

/** @param within the words before each program, such as `nsenter --net=…` */
export function controllerLooks(within: readonly string[] = []): ControllerLooks {
  const transport = new LocalTransport(CONTROLLER, within);
  const turn = limit(SHELLS);
  /** Shells that have nothing to do; one that failed never comes back here. */
  const idle: ShellSession[] = [];
  return {
    ask: (looks) =>
      turn(async () => {
        const session = idle.pop() ?? (await open(transport));
        const { looks: answers } = await session.run({ steps: [], looks }).catch(unlucky);
        idle.push(session);
        return answers;
      }),
    close: () => transport.close(),
  };
}

async function open(transport: LocalTransport): Promise<ShellSession> {
  return new ShellSession(await openShell(transport, undefined), {
    shellSeconds: DEADLINES.channel,
    lookSeconds: DEADLINES.look,
  });
}

function unlucky(error: unknown): never {
  if (error instanceof ConnectionLost) throw new Unreachable("shell", `looking from the controller: ${error.message}`);
  throw error;
}

const CONTROLLER: Target = {
  name: "controller",
  connection: "local",
  address: "localhost",
  port: 0,
  user: "",
  password: undefined,
  keys: [],
  passphrase: undefined,
  agent: undefined,
  hostKeyAlias: undefined,
  hostKeys: "strict",
  knownHosts: [],
  jump: [],
  proxyCommand: undefined,
  become: undefined,
  connectTimeout: 10,
  keepalive: { interval: 5, count: 3 },
};
