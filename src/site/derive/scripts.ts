/** Scripts that the playbook copies to the directors. */
import type { Script } from "./dsr.ts";
import type { Site } from "../model/site.ts";

/** Only root may write to it, and to the directories above it: keepalived refuses other scripts. */
const DIRECTORY = "/etc/keepalived/scripts";

export function scriptPath(name: string): string {
  return `${DIRECTORY}/${name}`;
}

export function scriptsOf({ data }: Site): readonly Script[] {
  const all = { ...data.track_scripts, ...data.notify_scripts, ...data.check_scripts };
  return Object.entries(all).map(([name, { file }]) => ({ file, path: scriptPath(name) }));
}
