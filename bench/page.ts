/** The parts of a page that the bench writes itself: what stands between two marks, by the name of the part. */

export const SECTIONS = ["results", "crowd"] as const;
export type Section = (typeof SECTIONS)[number];

const END = "<!-- bench: end -->";

/** The page with `text` between the marks of a part. @throws RangeError when the marks are not there, in this order. */
export function replaceBetweenMarks(page: string, text: string, section: Section = "results"): string {
  const begin = `<!-- bench: ${section}; written by \`npm run bench -- --write --section ${section}\` -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new RangeError(`the page lacks \`${begin}\` and, after it, \`${END}\``);
  return `${page.slice(0, from)}${begin}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
