/** Who runs this program, and the two places that `~` may mean. */
import { userInfo } from "node:os";

/**
 * As the user database has it (getpwuid(3)). Of a user without an entry there, as in some containers, the environment's
 * word is taken.
 */
export interface Account {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
}

let known: Account | undefined;

/** For ssh's files: ssh(1) takes its `~` from the user database, whatever `$HOME` says. */
export function account(): Account {
  if (known !== undefined) return known;
  try {
    const { username: user, uid, homedir: home } = userInfo();
    return (known = { user, uid, home });
  } catch {
    const uid = process.getuid?.() ?? 0;
    return { user: named(uid), uid, home: homeDirectory() };
  }
}

/** For everything else: `$HOME`, as a shell and Ansible take it; where that is not set, the user database's. */
export function homeDirectory(): string {
  const given = process.env["HOME"];
  if (given !== undefined && given !== "") return given;
  try {
    return userInfo().homedir;
  } catch {
    return "/";
  }
}

/** A path with `~` at its beginning replaced. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

function named(uid: number): string {
  return [process.env["USER"], process.env["LOGNAME"]].find((name) => name !== undefined && name !== "") ?? String(uid);
}
