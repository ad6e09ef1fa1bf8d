/** Reads a host's variables for ssh's own options. */
import { account, expandHome } from "../system/home.ts";
import type { Target } from "../core/target.ts";
import type { Settings } from "./connection.ts";
import type { SshOptions } from "./ssh-options.ts";

/** Zero switches it off in ssh(1); here a host that stays silent is always given up. */
export function keepaliveOf({ keepaliveInterval = 0, keepaliveCount = 0 }: SshOptions): Target["keepalive"] {
  const { interval, count } = DEFAULTS.keepalive;
  return {
    interval: keepaliveInterval > 0 ? keepaliveInterval : interval,
    count: keepaliveCount > 0 ? keepaliveCount : count,
  };
}

export function agentSocket({ identityAgent }: SshOptions): string | undefined {
  const path =
    identityAgent === undefined || identityAgent === "SSH_AUTH_SOCK" ? process.env["SSH_AUTH_SOCK"] : identityAgent;
  return path === "" || path === "none" || path === undefined ? undefined : expandHome(path, account().home);
}

export function hostKeyChecking(settings: Settings, ssh: SshOptions): void {
  const given = settings.given("hostKeyChecking");
  if (given === undefined) return;
  if (given.value === "accept-new") ssh.hostKeys ??= "accept-new";
  else if (settings.flag("hostKeyChecking") === false) {
    settings.wrong(
      given,
      "host keys are always checked",
      "write `accept-new` to take the key of a host that is new, once",
    );
  }
}

export const DEFAULTS = { port: 22, connectTimeout: 10, keepalive: { interval: 5, count: 3 } } as const;
