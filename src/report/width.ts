/** The only door to string-width: how many columns a text takes on a terminal. */
import stringWidth from "string-width";

/** Most of what is shown; string-width would take it apart letter by letter. */
const ONE_EACH = /^[ -~]*$/;

export function widthOf(text: string): number {
  return ONE_EACH.test(text) ? text.length : stringWidth(text);
}
