/** The real `ansible-inventory`, where it is installed. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const found = spawnSync("ansible-inventory", ["--version"], { encoding: "utf8", timeout: 60_000 });

/** `undefined` when it is not installed. */
export const ansibleVersion = found.status === 0 ? /core ([\d.]+)/.exec(found.stdout)?.[1] : undefined;

/** Why tests against it are skipped; undefined when they are not. */
export const missing =
  ansibleVersion === undefined ? "ansible-inventory (Debian: ansible-core) is not installed" : undefined;

export interface Request {
  readonly cwd: string;
  readonly args: readonly string[];
}

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The Python that it runs on; undefined when it is not installed. */
export function python(): string | undefined {
  if (missing !== undefined) return undefined;
  const program = execFileSync("sh", ["-c", "command -v ansible-inventory"], { encoding: "utf8" }).trim();
  return /^#!\s*(\S+)/.exec(readFileSync(realpathSync(program), "utf8"))?.[1] ?? "python3";
}

/** What it prints for each request, without any configuration of this machine. */
export async function ansible(requests: readonly Request[]): Promise<readonly Answer[]> {
  const home = mkdtempSync(join(tmpdir(), "dsrctl-ansible-"));
  const config = join(home, "ansible.cfg");
  writeFileSync(config, "[defaults]\n");
  try {
    const env = { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8", ANSIBLE_CONFIG: config };
    const script = fileURLToPath(new URL("many-inventories.py", import.meta.url));
    const child = spawn(python() ?? "python3", [script], { env, stdio: ["pipe", "pipe", "inherit"] });
    const out: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
    await new Promise((resolve) => child.on("close", resolve));
    const lines = Buffer.concat(out).toString().trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as Answer);
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** What `--list` says; an error where it fails. */
export function listOf({ code, out, err }: Answer): unknown {
  if (code !== 0) throw new Error(`ansible-inventory: exit code ${code}: ${err}`);
  return readPythonJson(out);
}

/** Python also prints `NaN` and `Infinity`. */
export function readPythonJson(text: string): unknown {
  return JSON.parse(text.replace(/^(\s*(?:".*?": )?)(NaN|-?Infinity)(,?)$/gm, '$1"$2"$3'));
}
