/** The part of a page that the bench writes itself: what stands between two marks. */

const BEGIN = "<!-- bench: begin; written by `npm run bench -- --write` -->";
const END = "<!-- bench: end -->";

/** The page with `text` between the marks. @throws RangeError when the marks are not there, in this order. */
export function replaceBetweenMarks(page: string, text: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new RangeError(`the page lacks \`${BEGIN}\` and, after it, \`${END}\``);
  return `${page.slice(0, from)}${BEGIN}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
