/** Limits of the machine's kernel that the hosts of a lab share. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Tell } from "./tell.ts";

/** inotify(7): instances of one user. systemd and its services in a container have some ten, all of them root's. */
const INSTANCES = "/proc/sys/fs/inotify/max_user_instances";
const FOR_EACH_HOST = 32;
const FOR_THE_MACHINE = 128;
/** For some labs side by side. */
const LABS = 4;

/** Raises what is too low for so many hosts; a reboot of the machine resets it. */
export function raiseLimits(hosts: number, tell: Tell): void {
  if (!existsSync(INSTANCES)) return;
  const now = Number(readFileSync(INSTANCES, "utf8"));
  const wanted = FOR_THE_MACHINE + LABS * hosts * FOR_EACH_HOST;
  if (now >= wanted) return;
  const step = "limit of inotify instances";
  try {
    writeFileSync(INSTANCES, String(wanted));
    tell({ step, state: "done", seconds: 0, note: `fs.inotify.max_user_instances: ${now} → ${wanted}` });
  } catch {
    // A machine that is itself a container: few hosts still start.
    tell({ step, state: "skipped", note: `fs.inotify.max_user_instances stays ${now}: it cannot be changed here` });
  }
}
