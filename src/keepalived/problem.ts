/** What is wrong in the data of a configuration, and where. */
import { didYouMean } from "../text/suggest.ts";
import { blocksWith, keywordsIn } from "./keywords.ts";
import type { At } from "./tree.ts";

export interface DataProblem {
  readonly at: At;
  readonly message: string;
  /** What to write instead. */
  readonly help?: string;
  /** The last key of `at` is one that keepalived does not know: the problem is about the key. */
  readonly unknownKey?: string;
  /** The possible keys or words. */
  readonly known?: readonly string[];
}

/** The top of the file, or the block of a keyword, in words. */
export function inWords(block: readonly string[]): string {
  return block.length === 0 ? "at the top" : `in \`${block.join(" > ")}\``;
}

export function unknownKeyword(keyword: string, block: readonly string[], at: At): DataProblem {
  const known = [...keywordsIn(block).keys()];
  const parser = forTheParser(keyword);
  if (parser !== undefined) return { at, ...parser, unknownKey: keyword, known: [] };
  const message = `keepalived knows no \`${keyword}\` ${inWords(block)}`;
  const hint = elsewhere(keyword, block) ?? didYouMean(keyword, known);
  return { at, message: hint === undefined ? message : `${message}: ${hint}`, unknownKey: keyword, known };
}

/** The most frequent of all mistakes has a message of its own (keepalived 1 accepted it, 2 does not). */
function elsewhere(keyword: string, block: readonly string[]): string | undefined {
  if (keyword === "ip_family" && block.at(-1) === "vrrp_instance")
    return "an instance is of the family of its addresses";
  if (keyword === "nb_get_retry") return "it belongs to HTTP_GET and SSL_GET; write `retry`";
  const others = blocksWith(keyword).map((path) => path.split(">"));
  const deeper = others.find((path) => path.slice(0, block.length).join() === block.join() && path.length > 0);
  const [found] = deeper === undefined ? others : [deeper];
  return found === undefined ? undefined : `it belongs ${inWords(found)}`;
}

const PARAMETER = /^\$\{?(\w+)/;

/** What keepalived's parser does before it splits a line; here the playbook does it. */
function forTheParser(keyword: string): Pick<DataProblem, "message" | "help"> | undefined {
  const name = PARAMETER.exec(keyword)?.[1];
  if (name !== undefined) {
    return {
      message: `\`$${name}=\` defines a parameter for keepalived's parser, and that is not written`,
      help: `use a variable of the playbook: \`vars: { ${variable(name)}: … }\`, and \`"{{ ${variable(name)} }}"\` in place of \`$${name}\``,
    };
  }
  if (/^@\^?\w/.test(keyword)) {
    return {
      message: `\`${keyword}\` is a condition for keepalived's parser, and that is not written`,
      help: "use the playbook's variables: each host gets a file of its own",
    };
  }
  if (!/^~\w/.test(keyword)) return undefined;
  return {
    message: `\`${keyword}\` is a loop for keepalived's parser, and that is not written`,
    help: "use a template of the playbook, or write the lines",
  };
}

/** For a value that contains an undefined parameter of keepalived's parser. */
export function parameterIn(word: string): Pick<DataProblem, "message" | "help"> | undefined {
  const name = PARAMETER.exec(word)?.[1];
  if (name === undefined) return undefined;
  return {
    message: `\`${word}\` is a parameter for keepalived's parser, and nothing defines it`,
    help: `use a variable of the playbook: \`"{{ ${variable(name)} }}"\``,
  };
}

function variable(name: string): string {
  return name.toLowerCase();
}
