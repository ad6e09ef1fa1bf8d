/** Matches patterns of ssh_config(5), PATTERNS: `*` and `?`; in a list `!` excludes what matches. */

export function matchesPattern(text: string, pattern: string): boolean {
  return matchesParts(text, pattern);
}

/**
 * `*` is any text, `?` any character, an expression matches as usual. The time is proportional to the product of both
 * lengths, for any input.
 */
export function matchesParts(text: string, parts: ArrayLike<string | RegExp>): boolean {
  let [at, part] = [0, 0];
  let star: { readonly part: number; text: number } | undefined;
  while (at < text.length) {
    if (parts[part] === "*") {
      star = { part, text: at };
      part += 1;
    } else if (part < parts.length && fits(text[at] ?? "", parts[part] ?? "")) {
      at += 1;
      part += 1;
    } else if (star !== undefined) {
      star.text += 1;
      [at, part] = [star.text, star.part + 1];
    } else return false;
  }
  while (parts[part] === "*") part += 1;
  return part === parts.length;
}

function fits(character: string, part: string | RegExp): boolean {
  return typeof part === "string" ? part === "?" || part === character : part.test(character);
}

/** A list with commas: some pattern matches, and none that begins with `!` does. */
export function matchesList(text: string, list: string): boolean {
  const patterns = list.split(",");
  if (patterns.some((each) => each.startsWith("!") && matchesPattern(text, each.slice(1)))) return false;
  return patterns.some((each) => !each.startsWith("!") && matchesPattern(text, each));
}

/** A name of a file against a pattern of glob(7): with sets such as `[0-9]` or `[!a]`. */
export function matchesGlob(name: string, pattern: string): boolean {
  const parts = [...pattern.matchAll(/\[([!^])?(\]?[^\]]*)\]|[^]/g)].map(([all, not, set]) => {
    return set === undefined || set === "" ? all : setOf(not !== undefined, set);
  });
  return matchesParts(name, parts);
}

function setOf(negated: boolean, set: string): string | RegExp {
  try {
    return new RegExp(`^[${negated ? "^" : ""}${set.replaceAll(/[\\^[\]]/g, "\\$&")}]$`);
  } catch {
    // A range that runs backwards is empty.
    return /(?!)/;
  }
}
