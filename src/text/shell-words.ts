/** Words as a POSIX shell splits them: quotes and backslashes count, nothing is expanded. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s"'\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)/gsy;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) words.push(unquote(found[1] ?? ""));
  return words;
}

function unquote(word: string): string {
  const quoted = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs;
  return word.replace(quoted, (_, single?: string, double?: string, escaped?: string) => {
    if (single !== undefined) return single;
    return double === undefined ? (escaped ?? "") : double.replace(/\\(["\\$`])/g, "$1");
  });
}
