/** Computes how many columns a text takes on a terminal. The only file that imports fast-string-width. */
import columns from "fast-string-width";

/** Most of what is shown; the package would take it apart letter by letter. */
const ONE_EACH = /^[ -~]*$/;

export function widthOf(text: string): number {
  return ONE_EACH.test(text) ? text.length : columns(text);
}
