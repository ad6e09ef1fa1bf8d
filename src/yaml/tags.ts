import type { Problem } from "../failure.ts";
import type { Place } from "../place.ts";

const KNOWN = new Set(["!", "!unsafe", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq"]);

/** A tag that is not known, or not yet; none when it is. */
export function unknownTag(place: Place): readonly Problem[] {
  const tag = place.source.text.slice(place.start, place.end);
  if (KNOWN.has(tag)) return [];
  if (tag === "!vault" || tag === "!vault-encrypted") {
    return [
      {
        severity: "error",
        message: "values encrypted by ansible-vault cannot be read yet",
        place,
        help: "keep the secret in a file of its own that is not in version control, until vault is supported",
      },
    ];
  }
  return [
    {
      severity: "error",
      message: `unknown tag \`${tag}\``,
      place,
      help: "remove it; if the text itself begins with `!`, put the value in quotes",
    },
  ];
}
