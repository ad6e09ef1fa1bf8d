/** Standard input: secrets asked for on the terminal, without an echo, or taken line by line from a pipe; all of it. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Secret } from "../secret.ts";
import type { Terminal } from "./terminal.ts";

/** Somebody types it: it is no pipe and no file. */
export function isTyped(): boolean {
  return process.stdin.isTTY;
}

/** All that is left of it. */
export async function readAll(): Promise<Buffer> {
  const chunks: Buffer[] = [Buffer.from(left)];
  left = "";
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function askSecret(question: string, terminal: Terminal): Promise<Secret> {
  terminal.err(question);
  try {
    return new Secret(isTyped() ? await typed() : await nextLine());
  } finally {
    terminal.err("\n");
  }
}

async function typed(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
    });
  } finally {
    lines.close();
  }
}

/** What came of a pipe and was not asked for yet: several questions may be answered by one. */
let left = "";

async function nextLine(): Promise<string> {
  const { stdin } = process;
  while (!left.includes("\n")) {
    const chunk = await new Promise<string | undefined>((resolve) => {
      const take = (data: Buffer): void => done(data.toString("utf8"));
      const ended = (): void => done(undefined);
      const done = (text: string | undefined): void => {
        stdin.pause().off("data", take).off("end", ended).off("error", ended);
        resolve(text);
      };
      if (stdin.readableEnded) return resolve(undefined);
      stdin.on("data", take).on("end", ended).on("error", ended).resume();
    });
    if (chunk === undefined) break;
    left += chunk;
  }
  const [line = "", ...others] = left.split("\n");
  left = others.join("\n");
  return line.replace(/\r$/, "");
}
