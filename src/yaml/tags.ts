import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import { SYNTAX } from "./text.ts";

/** `!vault-encrypted` is an older name of `!vault`. */
export const VAULT_TAGS: ReadonlySet<string | undefined> = new Set(["!vault", "!vault-encrypted"]);

const KNOWN = new Set<string | undefined>([
  ...VAULT_TAGS,
  "!",
  "!unsafe",
  "!!str",
  "!!int",
  "!!float",
  "!!bool",
  "!!null",
  "!!map",
  "!!seq",
]);

/** A tag that is not known; none when it is. */
export function unknownTag(place: Place): readonly Problem[] {
  const tag = place.source.text.slice(place.start, place.end);
  if (KNOWN.has(tag)) return [];
  return [
    {
      ...SYNTAX,
      message: `unknown tag \`${tag}\``,
      place,
      help: "remove it; if the text itself begins with `!`, put the value in quotes",
    },
  ];
}
