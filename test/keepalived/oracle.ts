/** The real keepalived, asked in a network namespace of its own that has eth0 (10.0.0.1/24) and eth1. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NETWORK = `ip link add eth0 type veth peer name eth1
ip address add 10.0.0.1/24 dev eth0
for each in lo eth0 eth1; do ip link set "$each" up; done`;

/** Why the real keepalived cannot be asked here; `undefined`: it can. */
export const missing: string | undefined = (() => {
  if (process.getuid?.() !== 0) return "needs root";
  if (spawnSync("keepalived", ["--version"]).error !== undefined) return "needs keepalived";
  const network = spawnSync("unshare", ["-n", "sh", "-ec", NETWORK]);
  return network.status === 0 ? undefined : "needs network namespaces and veth";
})();

/** The release that is installed. */
export const installed: string =
  /^Keepalived v([\d.]+)/m.exec(String(spawnSync("keepalived", ["--version"]).stderr))?.[1] ?? "";

export interface Answer {
  /** The exit code; a signal's number and 128. */
  readonly code: number;
  /** Each message once; those with a line begin with `(Line N)`. */
  readonly messages: readonly string[];
}

/** What `keepalived --config-test` says about a text. */
export async function ask(text: string): Promise<Answer> {
  const directory = mkdtempSync(join(tmpdir(), "dsrctl-keepalived-"));
  try {
    const file = join(directory, "keepalived.conf");
    writeFileSync(file, text);
    const { code, out } = await inNamespace("sh", `timeout 10 keepalived --config-test -f "$FILE" 2>&1`, {
      FILE: file,
    });
    const messages = out.split("\n").map((line) => line.replaceAll(`${file}: `, "").trim());
    return { code, messages: [...new Set(messages)].filter((line) => line !== "") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Runs shell in a fresh namespace. */
export function inNamespace(
  shell: string,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    const args = ["-n", "sh", "-ec", `${NETWORK}\nexec "$@"`, "sh", ...shell.split(" "), "-c", script];
    execFile("unshare", args, { env: { ...process.env, ...env } }, (error, out, err) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 255;
      resolve({ code, out: out + err });
    });
  });
}
