/** Asking for a secret on the terminal, or taking the first line of a pipe. Nothing of it is echoed. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Secret } from "../secret.ts";
import type { Terminal } from "./terminal.ts";

export async function askSecret(question: string, terminal: Terminal): Promise<Secret> {
  terminal.err(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  try {
    const line = await new Promise<string>((resolve) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
    });
    return new Secret(line);
  } finally {
    lines.close();
    terminal.err("\n");
  }
}
