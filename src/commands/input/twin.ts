/** `--lab`: a command works on the twin of its hosts. What that means for the input. */
import { readFileSync } from "node:fs";
import type { Terminal } from "../../core/terminal.ts";
import { NO_PASSWORDS } from "../../vault/keyring.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { UsageError } from "../args/usage-error.ts";
import type { VaultOptions } from "../args/types.ts";
import { readKeyring, sourcesOf } from "./keyring.ts";

/** What a command line says of a twin; verbs that reach no hosts say nothing. */
export interface TwinLine {
  readonly lab?: boolean;
  readonly allowLocal?: boolean;
  readonly withSecrets?: boolean;
}

/** @throws UsageError when programs on this machine are asked for and forbidden at the same time */
export function refusePipeInTwin({ lab, allowPipe, allowLocal }: TwinLine & { readonly allowPipe: boolean }): void {
  if (lab !== true || !allowPipe || allowLocal === true) return;
  throw new UsageError(
    "`--allow-pipe` runs programs on this machine, and `--lab` keeps everything within the twin",
    "give `--allow-local` as well, or leave `--allow-pipe` out",
  );
}

/** The vault passwords; for a twin random text takes the place of what is encrypted. @throws InputError, Interrupted */
export async function keyringFor(line: VaultOptions & TwinLine, terminal: Terminal): Promise<Keyring> {
  if (line.lab !== true || line.withSecrets === true) return readKeyring(sourcesOf(line), terminal);
  const { accessOf, topologyOfLab } = await import("../../lab/index.ts");
  const { StandInKeyring } = await import("../../vault/stand-in.ts");
  const topology = topologyOfLab();
  const key = accessOf(topology.seats[0]?.name ?? "", topology)?.key;
  return key === undefined ? NO_PASSWORDS : new StandInKeyring(seedIn(key));
}

/** The lab's own key: a secret that only root of this machine reads. Before the first `up` there is none. */
function seedIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
