/** The encrypted variables of an inventory. */
import type { Source } from "../core/source.ts";
import type { Keyring } from "../vault/keyring.ts";
import { unlock } from "../yaml/unlock.ts";
import type { VarsFiles } from "./assemble.ts";
import type { Draft } from "./draft.ts";
import type { Variables } from "./types.ts";

/** Opens every value with `!vault`, all at once; one that no password opens stays closed. */
export async function unlockVariables(draft: Draft, files: VarsFiles, vault: Keyring | undefined): Promise<void> {
  const written = [...draft.groups.values(), ...draft.hosts.values()].map(({ variables }) => variables);
  const beside = [...files.groups, ...files.hosts].flatMap(({ byName }) => [...byName.values()]);
  const maps: readonly Variables[] = [...written, ...beside];
  const wanted = sources();
  const nodes = maps.flatMap((variables) => [...variables.values()].map(({ node }) => node));
  await Promise.all(nodes.filter(({ place }) => wanted(place.source)).map((node) => unlock(node, vault)));
}

/** Which sources contain encrypted values: each source is searched once, no matter how many variables it has. */
function sources(): (source: Source) => boolean {
  const known = new Map<Source, boolean>();
  return (source) => {
    const found = known.get(source) ?? (source.secret === true || source.text.includes("vault"));
    known.set(source, found);
    return found;
  };
}
