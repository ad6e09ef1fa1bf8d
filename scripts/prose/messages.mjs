/**
 * Finds what users read in src/**\/*.ts: string and template literals of three words or more that are not shell text.
 * A `${…}` counts as one word of code. Comments are not literals, so the check of comments does not overlap.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** Files whose literals are text of other programs, for hosts or for the shell. */
const OTHER_TEXT = [
  /\.generated\.ts$/,
  /^src\/commands\/run\/completion-scripts\.ts$/,
  /^src\/keepalived\/config-test\.ts$/,
  /^src\/lab\/(?:image|network|nspawn|path|preload|recipe|uml)\.ts$/,
  /^src\/remote\/shell\/(?:answer-functions|grouped-looks|look-script|script|step-script)\.ts$/,
];

/** Shell text, jinja signatures and samples of playbooks. */
const NOT_PROSE = /\bdsr_\w|\$\(|\$[\d#{]|\b(?:g?sub|index)\(|\n\s*(?:esac|done|fi)\b|^\s*- \w+:|^[\w, *]+=[\w'"]/;

/** All texts of the tree, each with its file and line. */
export function messages(root) {
  return readdirSync(join(root, "src"), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => relative(root, join(root, "src", name)))
    .filter((file) => !OTHER_TEXT.some((pattern) => pattern.test(file)))
    .sort()
    .flatMap((file) => literals(file, readFileSync(join(root, file), "utf8")));
}

function literals(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isTaggedTemplateExpression(node) || ts.isImportDeclaration(node) || ts.isLiteralTypeNode(node)) return;
    const whole = textOf(node);
    if (whole !== undefined && whole.split(/\s+/).length >= 3 && !NOT_PROSE.test(whole)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push({ file, text: { whole: spoken(whole), pieces: [], lineAt: () => line } });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `CODE${literal.text}`).join("");
}

/** An empty line ends a sentence, code counts as one word. */
function spoken(text) {
  return `${text
    .replaceAll(/`[^`]*`/g, "CODE")
    .replaceAll(/([^.:])\n\n/g, "$1. ")
    .replaceAll("\n", " ")} `;
}
