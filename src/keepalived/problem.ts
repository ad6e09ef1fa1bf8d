/** What is wrong in the data of a configuration, and where. */
import { didYouMean } from "../nearest.ts";
import { blocksWith, keywordsIn } from "./keywords.ts";
import type { At } from "./tree.ts";

export interface DataProblem {
  readonly at: At;
  readonly message: string;
  /** The last key of `at` is one that keepalived does not know: the problem lies on the key. */
  readonly unknownKey?: string;
  /** The keys or words that may stand there. */
  readonly known?: readonly string[];
}

/** The top of the file, or the block a keyword stands in, in words. */
export function inWords(block: readonly string[]): string {
  return block.length === 0 ? "at the top" : `in \`${block.join(" > ")}\``;
}

export function unknownKeyword(keyword: string, block: readonly string[], at: At): DataProblem {
  const known = [...keywordsIn(block).keys()];
  const message = `keepalived knows no \`${keyword}\` ${inWords(block)}`;
  const hint = elsewhere(keyword, block) ?? didYouMean(keyword, known);
  return { at, message: hint === undefined ? message : `${message}: ${hint}`, unknownKey: keyword, known };
}

/** The most frequent of all mistakes has an answer of its own (keepalived 1 took it, 2 does not). */
function elsewhere(keyword: string, block: readonly string[]): string | undefined {
  if (keyword === "nb_get_retry") return "it belongs to HTTP_GET and SSL_GET; write `retry`";
  const others = blocksWith(keyword).map((path) => path.split(">"));
  const deeper = others.find((path) => path.slice(0, block.length).join() === block.join() && path.length > 0);
  const [found] = deeper === undefined ? others : [deeper];
  return found === undefined ? undefined : `it belongs ${inWords(found)}`;
}
