/** The ssh configuration that hosts of an inventory are looked up in. */
import { resolve } from "node:path";
import { account, expandHome } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { readSshConfig } from "../ssh-config/config.ts";
import type { SshConfig, SshConfigOptions } from "../ssh-config/config.ts";
import type { Inventory } from "./types.ts";

/** What `-F` names. */
interface ConfigFile {
  readonly path: string;
  readonly place: Place | undefined;
}

interface Asking {
  readonly inventory: Inventory;
  readonly sshConfig?: SshConfigOptions;
  readonly cwd: string;
  readonly tell: (problem: Problem) => void;
}

/** No file at all. */
export const NO_FILE = { path: "none", place: undefined } as const;

/** Read once per inventory, no matter how many hosts it has. */
const configs = new WeakMap<Inventory, Map<string, Promise<SshConfig>>>();

export async function configOf(
  file: ConfigFile | undefined,
  { inventory, sshConfig, cwd, tell }: Asking,
): Promise<SshConfig> {
  const known = configs.get(inventory) ?? new Map<string, Promise<SshConfig>>();
  configs.set(inventory, known);
  const key = JSON.stringify([file?.path, cwd, sshConfig]);
  const reading = known.get(key) ?? readSshConfig({ ...sshConfig, ...filesOf(file, cwd) });
  known.set(key, reading);
  const config = await reading;
  config.problems.forEach(tell);
  return config;
}

/** `-F` names one file, or `none`, instead of the usual ones. */
function filesOf(file: ConfigFile | undefined, cwd: string): SshConfigOptions {
  if (file === undefined) return {};
  if (file.path === "none" || file.place === undefined) return { files: [] };
  const { path, place } = file;
  const root = {
    path: resolve(cwd, expandHome(path, account().home)),
    shown: path,
    own: true,
    guarded: false,
    named: { place },
  };
  return { files: [root] };
}
