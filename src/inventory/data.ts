/** Files of data as Ansible reads them: JSON if they are that, else YAML. */
import { InputError } from "../core/problem.ts";
import type { Problem } from "../core/problem.ts";
import type { Source } from "../core/source.ts";
import { readYaml } from "../yaml/index.ts";
import type { Node } from "../yaml/index.ts";
import { readJson } from "./json.ts";

/**
 * A file named `.json` must be JSON, or YAML without mistakes; what is wrong with it is said of the JSON.
 * @throws InputError with what is wrong with it
 */
export function readData(source: Source, warn: (problem: Problem) => void): Node {
  if (!/^\ufeff?\s*[[{"]/.test(source.text)) return readYaml(source, warn);
  const warnings: Problem[] = [];
  try {
    const node = readJson(source, { warn: (problem) => warnings.push(problem) });
    warnings.forEach(warn);
    return node;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return notJson(source, warn, error);
  }
}

function notJson(source: Source, warn: (problem: Problem) => void, error: InputError): Node {
  if (!source.file.endsWith(".json")) return readYaml(source, warn);
  try {
    return readYaml(source, warn);
  } catch {
    throw error;
  }
}
