/** What ssh comes in by on a host: taken away, no new connection comes in. */
import { Blocked } from "../core/task-type.ts";

const UNITS = /^sshd?(\.service|\.socket)?$/;
const PACKAGES = ["openssh-server"];

export function isSshUnit(name: string): boolean {
  return UNITS.test(name);
}

export function isSshPackage(name: string): boolean {
  return PACKAGES.includes(name);
}

/** `once`: the change that would cause it, as in `ssh is stopped`. No earlier change can remove the reason. */
export function noNewSsh(once: string): Blocked {
  const why = `no new ssh connection would come in once ${once}`;
  return new Blocked(why, "set `force: true` if there is another way to log in", () => false);
}
