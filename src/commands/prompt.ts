/** Asking for a secret on the terminal, or taking the next line of a pipe. Nothing of it is echoed. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Secret } from "../secret.ts";
import type { Terminal } from "./terminal.ts";

export async function askSecret(question: string, terminal: Terminal): Promise<Secret> {
  terminal.err(question);
  try {
    return new Secret(process.stdin.isTTY ? await typed() : await nextLine());
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
