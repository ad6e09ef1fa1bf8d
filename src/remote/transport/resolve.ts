/** Resolves names to addresses: /etc/hosts, then the system's resolver in a process of its own. */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { Unreachable } from "../../core/problem.ts";
import { refused } from "../../system/file-errors.ts";
import { isIP } from "../../text/ip.ts";
import { withTimeout } from "./deadline.ts";

const run = promisify(execFile);

/**
 * All addresses of a name in the order in which to try them (RFC 6724). An address is returned as it is.
 *
 * getaddrinfo(3) in Node's own threads runs two at a time and cannot be stopped. Eight names at a server that does not
 * answer take 40 seconds and keep the process from ending. getent(1) uses the same sources (nsswitch, search domains),
 * in a process per name that the deadline ends.
 *
 * @throws Unreachable at stage `dns`; the signal's reason.
 */
export async function resolveAddresses(name: string, seconds: number, signal: AbortSignal): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name];
  const local = await inHostsFile(name);
  if (local.length > 0) return local;
  const late = () => new Unreachable("dns", `no answer to the name \`${name}\` within ${seconds} s`, { hint: SLOW });
  const stop = new AbortController();
  try {
    const found = await withTimeout(seconds, signal, late, ask(name, stop.signal));
    if (found.length > 0) return found;
  } finally {
    stop.abort();
  }
  throw new Unreachable("dns", `the name \`${name}\` has no address`, { hint: UNKNOWN });
}

const SLOW = "check the DNS server (/etc/resolv.conf), or set `ansible_host` to an address";
const UNKNOWN = "check its spelling, or set `ansible_host` to the host's address";

const HOSTS = "/etc/hosts";

type Addresses = ReadonlyMap<string, readonly string[]>;

/** Read once while it does not change: it may contain a thousand hosts. */
let hostsFile: { readonly version: number; readonly made: Promise<Addresses> } | undefined;

async function inHostsFile(name: string): Promise<readonly string[]> {
  const version = await stat(HOSTS).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (hostsFile?.version !== version) hostsFile = { version, made: readHosts() };
  return (await hostsFile.made).get(name.toLowerCase()) ?? [];
}

async function readHosts(): Promise<Addresses> {
  const found = new Map<string, string[]>();
  const text = await readFile(HOSTS, "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of new Set(names)) found.set(name, [...(found.get(name) ?? []), address]);
  }
  return found;
}

/** Empty when there is no such name. */
async function ask(name: string, stop: AbortSignal): Promise<readonly string[]> {
  try {
    const { stdout } = await run("getent", ["ahosts", "--", name], { signal: stop, killSignal: "SIGKILL" });
    return [...new Set(stdout.split("\n").map((line) => line.split(/\s+/)[0] ?? ""))].filter(
      (each) => isIP(each) !== 0,
    );
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === "ENOENT") return askInThread(name);
    // A numeric code is getent's exit code: there is no such name.
    if (typeof code !== "string" || code === "ABORT_ERR") return [];
    const { cause, hint } = refused(error);
    throw new Unreachable(
      "dns",
      `the name \`${name}\` could not be resolved: ${cause}`,
      hint === undefined ? {} : { hint },
    );
  }
}

async function askInThread(name: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(name, { all: true, verbatim: true }).catch(() => []);
  return found.map(({ address }) => address);
}
