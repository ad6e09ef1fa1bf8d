import { closestMatch } from "../../text/suggest.ts";

/** The label that names the nearest of the known names, if there is one. */
export function didYouMean(name: string, names: Iterable<string>): { readonly label?: string } {
  const found = closestMatch(name, names);
  return found === undefined ? {} : { label: `did you mean \`${found}\`?` };
}
