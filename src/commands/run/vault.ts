/** `dsrctl vault`: encrypted files and values, interchangeable with ansible-vault's. */
import { resolve } from "node:path";
import { unlessStopped } from "../../system/abort.ts";
import { EXIT, InputError } from "../../core/problem.ts";
import type { ProblemCode } from "../../core/problem-code.ts";
import type { ExitCode } from "../../core/problem.ts";
import { kindOfPath, readBytes } from "../../files.ts";
import { listNames } from "../../text/suggest.ts";
import { visibleText } from "../../report/escape.ts";
import { registerSecret } from "../../core/secret.ts";
import { splitWords, Unclosed } from "../../text/shell-words.ts";
import { edited } from "../../vault/editing.ts";
import { DEFAULT_ID, isEncrypted, parseEnvelope } from "../../vault/envelope.ts";
import type { Keyring, Opened } from "../../vault/keyring.ts";
import type { Password } from "../../vault/password.ts";
import { passwordSource } from "../../vault/sources.ts";
import { decrypt } from "../../vault/decrypt.ts";
import { newPassword, readKeyring, sourcesOf } from "../input/keyring.ts";
import { askSecret, isTyped, readAll } from "../input/prompt.ts";
import type { Terminal } from "../../core/terminal.ts";
import { UsageError } from "../args/usage-error.ts";
import { HELP, checkLine } from "./vault-args.ts";
import type { VaultArgs } from "./vault-args.ts";
import { writeFileWhole } from "./write-file.ts";
import { pathWord } from "../../core/shell.ts";

export async function runVault(line: VaultArgs, terminal: Terminal): Promise<ExitCode> {
  checkLine(line);
  switch (line.action) {
    case "encrypt":
      await encrypt(line, terminal);
      break;
    case "decrypt":
      await eachDecrypted(line, terminal, ({ input, content }) => put(input, content, line, terminal));
      break;
    case "view":
      await eachDecrypted(line, terminal, ({ content }) => show(content, terminal));
      break;
    case "create":
      await create(line, terminal);
      break;
    case "edit":
      await edit(line, terminal);
      break;
    case "rekey":
      await rekey(line, terminal);
      break;
    case "encrypt-string":
      await encryptString(line, terminal);
      break;
  }
  return terminal.stop.aborted ? EXIT.interrupted : EXIT.fine;
}

/** A file, or standard input. */
interface Input {
  readonly path: string | undefined;
  readonly shown: string;
  readonly bytes: Buffer;
}

async function inputs({ files }: VaultArgs, terminal: Terminal): Promise<readonly Input[]> {
  const named = files.length === 0 ? ["-"] : files;
  return Promise.all(named.map((file) => (file === "-" ? standardInput(terminal) : fileInput(file, terminal))));
}

async function fileInput(shown: string, { cwd, stop }: Terminal): Promise<Input> {
  const path = resolve(cwd, shown);
  return { path, shown, bytes: Buffer.from(await unlessStopped(stop, readBytes(path, shown))) };
}

async function standardInput(terminal: Terminal): Promise<Input> {
  if (isTyped()) terminal.err("reading standard input; end with Ctrl-D\n");
  return { path: undefined, shown: "standard input", bytes: await readAll(terminal) };
}

/** The given passwords; if there are none, the user is asked for one. */
async function keyringFor(line: VaultArgs, terminal: Terminal): Promise<Keyring> {
  const sources = sourcesOf(line);
  noTwoForStdin(line, sources.length === 0 || sources.some(({ from }) => from === "prompt"));
  return readKeyring(sources.length === 0 ? [passwordSource("prompt", "asked for")] : sources, terminal);
}

function noTwoForStdin({ files, action }: VaultArgs, asks: boolean): void {
  const content = files.includes("-") || (files.length === 0 && action !== "encrypt-string");
  if (!asks || !content || isTyped()) return;
  throw new UsageError(
    "cannot ask for the password: standard input is the content",
    "give `--vault-password-file FILE` or `--vault-id ID@FILE`",
  );
}

/** The password to encrypt with: the only one, or the one that was chosen. A new one is asked for twice. */
async function sealing(line: VaultArgs, terminal: Terminal): Promise<Password> {
  const sources = sourcesOf(line);
  const asked = sources.length === 0 ? [passwordSource("prompt", "asked for")] : sources;
  noTwoForStdin(
    line,
    asked.some(({ from }) => from === "prompt"),
  );
  const ids = [...new Set(asked.map(({ id }) => id))];
  const wanted = line.encryptVaultId ?? (ids.length === 1 ? ids[0] : undefined);
  const source = asked.find(({ id }) => id === wanted);
  if (source !== undefined) return newPassword(source, terminal);
  const given = `passwords were given for ${listNames(ids)}`;
  if (line.encryptVaultId === undefined)
    throw wrong("vault-password", `several passwords can encrypt: ${given}`, "choose one with `--encrypt-vault-id ID`");
  throw wrong("vault-password", `there is no password for the vault id \`${line.encryptVaultId}\``, given);
}

async function encrypt(line: VaultArgs, terminal: Terminal): Promise<void> {
  const given = await inputsKnown(line, terminal, false);
  const password = await sealing(line, terminal);
  for (const input of await given()) {
    await put(input, await password.seal(input.bytes), line, terminal);
  }
}

/** Files are examined before the user is asked for a password, standard input is read after it. */
async function inputsKnown(
  line: VaultArgs,
  terminal: Terminal,
  encrypted: boolean,
): Promise<() => Promise<readonly Input[]>> {
  const checked = (all: readonly Input[]): readonly Input[] => {
    const problems = all.flatMap(({ bytes, shown }) => {
      if (isEncrypted(bytes) === encrypted) return [];
      const message = encrypted ? `\`${shown}\` is not encrypted` : `\`${shown}\` is already encrypted`;
      return [{ severity: "error", code: "vault-format", message } as const];
    });
    if (problems.length > 0) throw new InputError(problems);
    return all;
  };
  if (line.files.length === 0 || line.files.includes("-")) return async () => checked(await inputs(line, terminal));
  const all = checked(await inputs(line, terminal));
  return () => Promise.resolve(all);
}

interface Decrypted {
  readonly input: Input;
  readonly content: Buffer;
}

/** All are decrypted before the first is written: one that cannot be leaves every file as it is. */
async function eachDecrypted(
  line: VaultArgs,
  terminal: Terminal,
  work: (decrypted: Decrypted) => Promise<void>,
): Promise<void> {
  const given = await inputsKnown(line, terminal, true);
  const keyring = await keyringFor(line, terminal);
  const all = await Promise.all((await given()).map(async (input) => ({ input, ...(await opened(input, keyring)) })));
  for (const each of all) await work({ input: each.input, content: each.bytes });
}

async function opened({ bytes, shown }: Input, keyring: Keyring): Promise<Opened> {
  const read = await keyring.read(bytes.toString("utf8"));
  if ("bytes" in read) return read;
  await decrypt(bytes, shown, keyring);
  throw new Error("undecryptable data was");
}

async function put(
  { path, shown }: Input,
  content: Uint8Array | string,
  { output, action }: VaultArgs,
  terminal: Terminal,
): Promise<void> {
  const to = output ?? path;
  if (to === undefined || to === "-") return print(content, terminal);
  await writeFileWhole(to, content, terminal.cwd);
  terminal.err(`${action === "decrypt" ? "decrypted" : "encrypted"} ${output ?? shown}\n`);
}

async function print(content: Uint8Array | string, terminal: Terminal): Promise<void> {
  if (typeof content === "string") terminal.out(content);
  else if (terminal.bytes !== undefined) await terminal.bytes(content);
  else terminal.out(Buffer.from(content).toString("utf8"));
}

/** On a terminal nothing in the file may steer it. */
async function show(content: Buffer, terminal: Terminal): Promise<void> {
  return terminal.isTTY ? terminal.out(visibleText(content.toString("utf8"))) : print(content, terminal);
}

async function create(line: VaultArgs, terminal: Terminal): Promise<void> {
  const [shown = ""] = line.files;
  if ((await kindOfPath(resolve(terminal.cwd, shown))) !== "nothing")
    throw wrong(
      "file-not-written",
      `\`${shown}\` already exists`,
      `\`dsrctl vault edit ${pathWord(shown)}\`, or \`encrypt\` if it is not encrypted`,
    );
  const password = await sealing(line, terminal);
  const content = await inEditor(shown, Buffer.alloc(0), terminal);
  if (content.length === 0) return terminal.err(`nothing written: ${shown} was not created\n`);
  await writeFileWhole(shown, await password.seal(content), terminal.cwd);
  terminal.err(`encrypted ${shown}\n`);
}

async function inEditor(name: string, content: Uint8Array, terminal: Terminal): Promise<Buffer> {
  const warn = (message: string): void => terminal.err(`warning: ${message}\n`);
  const work = () => edited({ editor: editor(), name, content, signal: terminal.stop, warn });
  return terminal.lend === undefined ? work() : terminal.lend(work);
}

async function edit(line: VaultArgs, terminal: Terminal): Promise<void> {
  const given = await inputsKnown(line, terminal, true);
  const keyring = await keyringFor(line, terminal);
  for (const input of await given()) await editOne(input, keyring, terminal);
}

async function editOne(input: Input, keyring: Keyring, terminal: Terminal): Promise<void> {
  const { bytes, password } = await opened(input, keyring);
  const { shown, path = "" } = input;
  const content = await inEditor(path, bytes, terminal);
  if (content.equals(bytes)) return terminal.err(`${shown} is unchanged\n`);
  const envelope = parseEnvelope(input.bytes.toString("utf8"));
  const id = "message" in envelope ? password.id : (envelope.id ?? DEFAULT_ID);
  const sealed = await password.seal(content, id);
  if (!Buffer.from(await readBytes(path, shown)).equals(input.bytes)) {
    await writeFileWhole(`${path}.edited`, sealed, terminal.cwd);
    throw wrong(
      "file-not-written",
      `\`${shown}\` was changed by another program during the edit`,
      `your text is in \`${shown}.edited\`, encrypted`,
    );
  }
  await writeFileWhole(path, sealed, terminal.cwd);
  terminal.err(`encrypted ${shown}\n`);
}

function editor(): readonly string[] {
  const given = process.env["EDITOR"] ?? "";
  const words = splitWords(given.trim() === "" ? "vi" : given);
  if (words instanceof Unclosed) throw wrong("program-failed", `\`EDITOR\` ends in an open ${words.what}`);
  return words;
}

async function rekey(line: VaultArgs, terminal: Terminal): Promise<void> {
  const { newVaultId: newId, newVaultPasswordFile: newPasswordFile } = line;
  if (newId !== undefined && newPasswordFile !== undefined)
    throw new UsageError("`--new-vault-id` and `--new-vault-password-file` exclude each other", HELP);
  const by = newId === undefined ? "--new-vault-password-file" : "--new-vault-id";
  const source =
    newId !== undefined
      ? passwordSource(newId, by)
      : newPasswordFile === undefined
        ? passwordSource("prompt", "asked for")
        : ({ id: DEFAULT_ID, from: { file: newPasswordFile }, by } as const);
  const sealed: { readonly input: Input; readonly text: string }[] = [];
  let password: Password | undefined;
  await eachDecrypted(line, terminal, async ({ input, content }) => {
    password ??= await newPassword(source, terminal);
    sealed.push({ input, text: await password.seal(content) });
  });
  for (const { input, text } of sealed) await put(input, text, line, terminal);
}

const INDENT = " ".repeat(10);

async function encryptString(line: VaultArgs, terminal: Terminal): Promise<void> {
  const password = await sealing(line, terminal);
  const text = isTyped()
    ? Buffer.from((await askSecret("text to encrypt: ", terminal)).reveal())
    : (await standardInput(terminal)).bytes;
  registerSecret(text.toString("utf8"));
  if (text.length === 0) throw wrong("no-answer", "no text to encrypt");
  if (text.at(-1) === 10) terminal.err("note: the text ends with a line break; it is encrypted, too\n");
  const sealed = (await password.seal(text)).trimEnd().replaceAll("\n", `\n${INDENT}`);
  const tag = `!vault |\n${INDENT}${sealed}\n`;
  const name = line.name ?? line.stdinName;
  terminal.out(name === undefined ? tag : `${name}: ${tag}`);
}

function wrong(code: ProblemCode, message: string, help?: string): InputError {
  return new InputError([{ severity: "error", code, message, ...(help === undefined ? {} : { help }) }]);
}
