import type { Result } from "./bound.ts";

/** What `register` keeps, under Ansible's names. Everything in it came from a host: data, never a template. */
export function resultValue(result: Result): Readonly<Record<string, unknown>> {
  const { changed, failed, skipped, output } = result;
  const said = { stdout: trimmed(output?.out), stderr: trimmed(output?.err) };
  return {
    changed,
    failed,
    skipped,
    rc: output?.code ?? 0,
    ...said,
    stdout_lines: linesOf(said.stdout),
    stderr_lines: linesOf(said.stderr),
  };
}

function trimmed(text: string | undefined): string {
  return (text ?? "").replace(/\n+$/, "");
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}
