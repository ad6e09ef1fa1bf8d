/**
 * Reads standard input: secrets that the user types on the terminal without an echo, or lines of a pipe, or all of it.
 */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { unlessStopped } from "../../system/abort.ts";
import { Cancelled, InputError } from "../../core/problem.ts";
import { Secret } from "../../core/secret.ts";
import type { Terminal } from "../../core/terminal.ts";

/** A user types the input: it is no pipe and no file. */
export function isTyped(): boolean {
  return process.stdin.isTTY;
}

/** The rest of the input. @throws Interrupted */
export async function readAll({ stop }: Terminal): Promise<Buffer> {
  const chunks: Buffer[] = [Buffer.from(left)];
  left = "";
  const reading = async (): Promise<Buffer> => {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return unlessStopped(stop, reading().catch(unreadable));
}

/** A terminal that was closed gives EIO; what came before it is not all of it. */
function unreadable(error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === "EIO") throw new Cancelled();
  throw new InputError([{ severity: "error", code: "no-answer", message: `cannot read standard input: ${code}` }]);
}

/**
 * An empty line is an answer; the end of input is none.
 *
 * @throws Cancelled at Ctrl-C; Interrupted; InputError at the end of input. Nothing may be begun then.
 */
export async function askSecret(question: string, terminal: Terminal): Promise<Secret> {
  const ask = (): void => terminal.err(question);
  try {
    const answer = await (isTyped() ? typed(terminal.stop, ask) : nextLine(terminal.stop, ask));
    if (answer !== undefined) return new Secret(answer);
  } finally {
    terminal.err("\n");
  }
  throw noAnswer(question);
}

/**
 * Text that is typed at a terminal, with an echo. An empty line means the usual answer, which is shown; a question
 * without one is asked again.
 *
 * @throws Cancelled at Ctrl-C; InputError at the end of input
 */
export async function askText(question: string, usual: string | undefined, terminal: Terminal): Promise<string> {
  const shown = `${question}${usual === undefined || usual === "" ? "" : ` [${usual}]`}: `;
  for (;;) {
    const answer = await nextLine(terminal.stop, () => terminal.err(shown));
    if (answer === undefined) throw noAnswer(question);
    const text = answer.trim();
    if (text !== "") return text;
    if (usual !== undefined) return usual;
  }
}

function noAnswer(question: string): InputError {
  const what = question.trim().replace(/:$/, "");
  const help = "type it at a terminal, or give one line of standard input for each question";
  return new InputError([
    { severity: "error", code: "no-answer", message: `cannot read ${what}: the input ended`, help },
  ]);
}

/**
 * `undefined` at the end of input. Ctrl-C comes as a key: the terminal sends no signal while the echo is off.
 * @param ask prints the question, once the echo is off: nothing that is typed at the question is shown
 */
async function typed(stop: AbortSignal, ask: () => void): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answer = new Promise<string | undefined>((resolve, reject) => {
    lines.once("line", resolve);
    lines.once("SIGINT", () => reject(new Cancelled()));
    lines.once("close", () => resolve(undefined));
    // The terminal was closed.
    lines.on("error", () => reject(new Cancelled()));
  });
  ask();
  try {
    return await unlessStopped(stop, answer);
  } finally {
    lines.close();
  }
}

/** Input of a pipe that was read but not used yet: one chunk may answer several questions. */
let left = "";

/** `undefined` when the input has ended before it began. */
async function nextLine(stop: AbortSignal, ask: () => void): Promise<string | undefined> {
  ask();
  while (!left.includes("\n")) {
    const chunk = await unlessStopped(stop, nextChunk());
    if (chunk === undefined && left === "") return undefined;
    if (chunk === undefined) break;
    left += chunk;
  }
  const [line = "", ...others] = left.split("\n");
  left = others.join("\n");
  return line.replace(/\r$/, "");
}

/** `undefined` at the end of input. */
function nextChunk(): Promise<string | undefined> {
  const { stdin } = process;
  return new Promise((resolve) => {
    const take = (data: Buffer): void => done(data.toString("utf8"));
    const ended = (): void => done(undefined);
    const done = (text: string | undefined): void => {
      stdin.pause().off("data", take).off("end", ended).off("error", ended);
      resolve(text);
    };
    if (stdin.readableEnded) return resolve(undefined);
    stdin.on("data", take).on("end", ended).on("error", ended).resume();
  });
}
