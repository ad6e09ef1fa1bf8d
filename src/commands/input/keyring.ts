/** The vault passwords of a run, from the command line and the environment. */
import { unlessStopped } from "../../system/abort.ts";
import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import { collectProblems, throwIfErrors } from "../../core/collect-problems.ts";
import { Keyring } from "../../vault/keyring.ts";
import type { Password } from "../../vault/password.ts";
import { passwordSource, readPassword } from "../../vault/sources.ts";
import type { PasswordSource } from "../../vault/sources.ts";
import { askSecret, isTyped } from "./prompt.ts";
import type { Terminal } from "../../core/terminal.ts";
import type { VaultOptions } from "../args/types.ts";

/** Files for a password without an id, the first that is set. */
const FILE_VARIABLES = ["DSRCTL_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE"] as const;
const ID_VARIABLE = "ANSIBLE_VAULT_IDENTITY_LIST";

type Environment = Readonly<Record<string, string | undefined>>;

/** In Ansible's order: ids, then files, then the question. */
export function sourcesOf(options: VaultOptions, env: Environment = process.env): readonly PasswordSource[] {
  const listed = (env[ID_VARIABLE] ?? "").split(",").flatMap((each) => (each.trim() === "" ? [] : each.trim()));
  const fileVariable = FILE_VARIABLES.find((name) => (env[name] ?? "") !== "");
  return [
    ...listed.map((text) => passwordSource(text, ID_VARIABLE)),
    ...options.vaultId.map((text) => passwordSource(text, "--vault-id")),
    ...options.vaultPasswordFile.map((file) => fileSource(file, "--vault-password-file")),
    ...(fileVariable === undefined ? [] : [fileSource(env[fileVariable] ?? "", fileVariable)]),
    ...(options.askVaultPassword ? [passwordSource("prompt", "--ask-vault-password")] : []),
  ];
}

function fileSource(file: string, by: string): PasswordSource {
  return { id: "default", from: { file }, by };
}

/**
 * Reads and asks for them, one after another.
 * @throws InputError with everything that is wrong with them; Interrupted
 */
export async function readKeyring(sources: readonly PasswordSource[], terminal: Terminal): Promise<Keyring> {
  const problems: Problem[] = [];
  const warn = (problem: Problem): void => void problems.push(problem);
  const means = { cwd: terminal.cwd, ask: (question: string) => askSecret(question, terminal), warn };
  const passwords: Password[] = [];
  for (const source of sources) {
    const reading = (): Promise<Password> => readPassword(source, { ...means, signal: terminal.stop });
    const password = await collectProblems(warn, () => unlessStopped(terminal.stop, reading()));
    if (password !== undefined) passwords.push(password);
  }
  throwIfErrors(problems);
  if (problems.length > 0) (await teller(terminal))(problems);
  return new Keyring(passwords);
}

/** Asked for twice where a slip would lock everything up. */
export async function newPassword(source: PasswordSource, terminal: Terminal): Promise<Password> {
  const tell = await teller(terminal);
  const warn = (problem: Problem): void => tell([problem]);
  const ask = async (question: string) => {
    const first = await askSecret(`new ${question}`, terminal);
    if (!isTyped()) return first;
    const again = await askSecret(`new ${question.replace(/: $/, ", again: ")}`, terminal);
    if (first.reveal() === again.reveal()) return first;
    throw new InputError([{ severity: "error", code: "vault-password", message: "the two passwords do not match" }]);
  };
  return unlessStopped(terminal.stop, readPassword(source, { cwd: terminal.cwd, ask, warn, signal: terminal.stop }));
}

/** Loaded where there is something to say. */
async function teller({ err, color }: Terminal): Promise<(problems: readonly Problem[]) => void> {
  const { renderProblems } = await import("../../report/problem.ts");
  return (problems) => err(renderProblems(problems, { color, touched: undefined }));
}
