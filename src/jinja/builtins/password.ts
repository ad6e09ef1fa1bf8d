/** What `lookup('password', 'PATH length=20 chars=ascii_letters,digits')` asks for, as Ansible's lookup reads it. */
import { randomInt } from "node:crypto";
import { keyValues } from "../../text/key-values.ts";
import { fail } from "../errors/fault.ts";
import { Mersenne } from "../filters/parts/mersenne.ts";
import { didYouMean } from "../errors/hints.ts";
import type { WantedPassword } from "../values/scope.ts";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** The constants of Python's module `string`. */
const SETS: ReadonlyMap<string, string> = new Map([
  ["ascii_letters", LOWER + LOWER.toUpperCase()],
  ["ascii_lowercase", LOWER],
  ["ascii_uppercase", LOWER.toUpperCase()],
  ["digits", DIGITS],
  ["hexdigits", "0123456789abcdefABCDEF"],
  ["octdigits", "01234567"],
  ["punctuation", PUNCTUATION],
  ["printable", `${DIGITS}${LOWER}${LOWER.toUpperCase()}${PUNCTUATION} \t\n\r\v\f`],
  ["whitespace", " \t\n\r\v\f"],
]);

const PARAMETERS = ["length", "chars", "seed", "encrypt", "ident"] as const;
const LONGEST = 1000;

/** @param options keywords of the call, `lookup('password', '/x', length=8)`; those in the term override them */
export function wantedPassword(term: string, options: ReadonlyMap<string, string | readonly string[]>): WantedPassword {
  const words = keyValues(term);
  if ("unclosed" in words) return fail(`\`${words.unclosed}\` is never closed`);
  const given = words.filter(({ key }) => key !== undefined);
  const path = words.filter(({ key }) => key === undefined).map(({ text }) => text);
  const all = new Map([...options, ...given.map(({ key, value }) => [key ?? "", value] as const)]);
  checkNames(all.keys());
  if (path.length === 0) return fail("`password` needs a path first");
  const length = lengthOf(all.get("length"));
  const chars = charactersOf(all.get("chars") ?? ["ascii_letters", "digits", ".,:-_"]);
  const seed = all.get("seed");
  return { path: path.join(" "), make: () => drawn(length, chars, seed === undefined ? undefined : String(seed)) };
}

function checkNames(names: Iterable<string>): void {
  for (const name of names) {
    if (name === "encrypt" || name === "ident") {
      fail(`\`${name}\` of the lookup \`password\` is not supported`, { help: "keep the hash itself in a vault" });
    }
    if (!PARAMETERS.some((each) => each === name)) {
      const help = { help: `there are ${PARAMETERS.slice(0, 3).join(", ")}` };
      fail(`the lookup \`password\` has no option \`${name}\``, { ...didYouMean(name, PARAMETERS), ...help });
    }
  }
}

function lengthOf(given: string | readonly string[] | undefined): number {
  const length = Number(given ?? 20);
  if (Number.isInteger(length) && length >= 1 && length <= LONGEST) return length;
  return fail(`the length of a password is a whole number from 1 to ${LONGEST}`);
}

/** Names of sets, or characters themselves; `,,` is a comma. Quotes are left out, as Ansible does it. */
function charactersOf(given: string | readonly string[]): string {
  const comma = typeof given === "string" && given.includes(",,") ? [","] : [];
  const specs = typeof given === "string" ? given.replaceAll(",,", ",").split(",") : given;
  const all = [...comma, ...specs].map((spec) => SETS.get(spec) ?? spec).join("");
  const chars = all.replaceAll(/["']/g, "");
  return chars === "" ? fail("there are no characters to make a password of") : chars;
}

function drawn(length: number, chars: string, seed: string | undefined): string {
  const all = [...chars];
  const mersenne = seed === undefined ? undefined : new Mersenne(seed);
  const draw = (): number => mersenne?.below(all.length) ?? randomInt(all.length);
  return Array.from({ length }, () => all[draw()] ?? "").join("");
}
