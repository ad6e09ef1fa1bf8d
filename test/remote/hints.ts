/** The commands that the program's messages tell people to run, as they stand in its source: `{}` for what is filled in. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const SRC = join(import.meta.dirname, "../../src");

/** Programs that a message may name; a word of it that is one of them and stands alone is no command. */
const PROGRAMS = [
  ...["ssh", "ssh-keygen", "ssh-keyscan", "ssh-copy-id", "ssh-add", "puttygen", "chmod", "chown", "chage", "usermod"],
  ...["passwd", "visudo", "journalctl", "iconv", "ulimit", "dmesg", "df", "quota", "mount", "umount", "systemctl"],
  ...["firewall-cmd", "modprobe", "sysctl", "kill", "rm", "mv", "cp", "echo", "apt", "apt-get", "dnf", "yum", "dsrctl"],
  ...["nmcli", "ip", "getent", "setenforce", "restorecon", "nft", "iptables", "ipvsadm", "keepalived", "rpm", "npm"],
].join("|");

/** In backticks; or, without them, behind words that lead to a command. */
const COMMAND = new RegExp(
  `\`((?:${PROGRAMS}) [^\`]*)\`|(?:^|: |then |see |\\()((?:ssh-[a-z-]+|usermod|chage|visudo|journalctl|echo) [^;\`),.]*)`,
  "g",
);

/** What is documentation, or shell of our own. */
const OTHER = new Set(["summary", "notes", "examples", "text", "label"]);

export function commandsInHints(): readonly string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  const ours = files.filter((file) => file.endsWith(".ts") && !file.startsWith("lab/"));
  return [...new Set(ours.flatMap((file) => commandsIn(readFileSync(join(SRC, file), "utf8"))))].sort();
}

function commandsIn(source: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) || ts.isImportDeclaration(node)) return;
    if (ts.isPropertyAssignment(node) && OTHER.has(node.name.getText())) return;
    if (ts.isCallExpression(node) && node.expression.getText().endsWith(".describe")) return;
    const text = textOf(node);
    if (text !== undefined)
      for (const [, quoted, bare] of text.matchAll(COMMAND)) found.push((quoted ?? bare ?? "").trim());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("", source, ts.ScriptTarget.Latest, true));
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join("");
}
