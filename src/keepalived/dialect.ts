/** A configuration as the installed keepalived understands it, and what that release cannot do. */
import { isKnown, keywordsIn } from "./keywords.ts";
import type { Keyword } from "./keywords.ts";
import { inWords } from "./problem.ts";
import { notTakenBy } from "./releases.ts";
import { syncDaemonOf } from "./sync-daemon.ts";
import { isBlock, keywordOf, plain, valuesOf } from "./tree.ts";
import type { Entry, Word } from "./tree.ts";
import { isBefore } from "./version.ts";

export interface Dialect {
  readonly body: readonly Entry[];
  /** What the release cannot do, a line each. */
  readonly cannot: readonly string[];
}

/** The releases at which the same data may come out as another text. */
export const DIALECTS = ["1.2.13", "1.3.9", "2.0.0", "2.0.15", "2.1.0"];

/** The newest of them. */
export const NEWEST = "2.1.0";

/** One each of those that hosts have and that differ in what they take; all of them read the newest text. */
export const RELEASES = ["2.1.5", "2.2.4", "2.2.7", "2.2.8", "2.3.3", "2.3.4", "2.4.3"];

export function forVersion(body: readonly Entry[], version: string): Dialect {
  const spoken = speak(isBefore(version, "2.0.15") ? body.map(withPorts) : body, [], version);
  return { body: spoken, cannot: [...new Set([...cannot(spoken, [], version), ...notTakenBy(spoken, version)])] };
}

function speak(body: readonly Entry[], block: readonly string[], version: string): readonly Entry[] {
  return body
    .filter((entry) => !isOldSwitchOff(entry, block, version))
    .map((entry) => {
      const said = { ...entry, words: wordsFor(entry, block, version) };
      if (!isBlock(entry)) return said;
      return {
        ...entry,
        ...said,
        body: entry.entries ? entry.body : speak(entry.body, [...block, keywordOf(entry)], version),
      };
    });
}

function wordsFor(entry: Entry, block: readonly string[], version: string): readonly Word[] {
  const keyword = keywordOf(entry);
  const words = [spelling(keyword, block, version), ...entry.words.slice(1)];
  if (keyword === "lvs_sync_daemon" && isBefore(version, "2.1.0")) return [keyword, ...syncWords(valuesOf(entry))];
  return words;
}

/** Before 2.0.15 each of them wants a port. */
function withPorts(entry: Entry): Entry {
  if (keywordOf(entry) !== "virtual_server" || !isBlock(entry)) return entry;
  const server = withPort(entry, "0");
  const [kind, port = "0"] = valuesOf(server);
  const usual = kind === "fwmark" || kind === "group" ? "0" : port;
  const destination = (each: Entry): boolean => ["real_server", "sorry_server"].includes(keywordOf(each));
  return { ...server, body: server.body.map((each) => (destination(each) ? withPort(each, usual) : each)) };
}

function withPort<T extends Entry>(entry: T, port: string): T {
  return entry.words.length === 2 ? { ...entry, words: [...entry.words, port] } : entry;
}

/** Before 2.1.0 the instance is the second word, and `inst` would be its name. */
function syncWords(words: readonly string[]): readonly Word[] {
  const { instance, options, ...daemon } = syncDaemonOf(words);
  return [daemon.interface, ...(instance === undefined ? [] : [instance]), ...options];
}

/** `retry` of HTTP_GET and SSL_GET came with 1.3.9, and its older name is a complaint in 2.x. */
function spelling(keyword: string, block: readonly string[], version: string): string {
  const http = ["HTTP_GET", "SSL_GET"].includes(block.at(-1) ?? "");
  if (!http || !["retry", "nb_get_retry"].includes(keyword)) return keyword;
  return isBefore(version, "1.3.9") ? "nb_get_retry" : "retry";
}

/** Where `smtp_alert` and the like are flags, `smtp_alert false` would switch it on. */
function isOldSwitchOff(entry: Entry, block: readonly string[], version: string): boolean {
  const shape = keywordsIn(block).get(keywordOf(entry))?.shape;
  return shape === "switch" && isBefore(version, "2.0.0") && valuesOf(entry)[0] === "false";
}

function cannot(body: readonly Entry[], block: readonly string[], version: string): readonly string[] {
  return body.flatMap((entry) => {
    const keyword = keywordsIn(block).get(keywordOf(entry));
    if (keyword === undefined) return [];
    if (isKnown(keyword, version) === false) return [unknownTo(keyword, block, version)];
    const here = valueProblem(keyword.keyword, entry, version);
    const below = isBlock(entry) && !entry.entries ? cannot(entry.body, [...block, keyword.keyword], version) : [];
    return [...(here === undefined ? [] : [here]), ...below];
  });
}

function unknownTo(keyword: Keyword, block: readonly string[], version: string): string {
  const instead = INSTEAD[keyword.keyword];
  return [
    `it has no \`${keyword.keyword}\` ${inWords(block)}, ${sinceWhen(keyword, version)}`,
    ...(instead === undefined ? [] : [instead]),
  ].join("; ");
}

function sinceWhen({ from, until }: Keyword, version: string): string {
  if (until !== undefined && !isBefore(version, until.there)) return `which was removed after ${until.there}`;
  return from.notIn === undefined
    ? `which came with ${from.there}`
    : `which came after ${from.notIn}, with ${from.there} at the latest`;
}

const INSTEAD: Readonly<Record<string, string>> = {
  lvs_sync_daemon: "write `lvs_sync_daemon_interface` in the vrrp_instance",
  script_user: "it runs scripts as root",
  nat_mask: "leave it out",
};

const TIMERS = ["connect_timeout", "delay_before_retry", "delay_loop", "warmup"];

function valueProblem(keyword: string, entry: Entry, version: string): string | undefined {
  const value = entry.words[1] === undefined ? "" : plain(entry.words[1]);
  if (TIMERS.includes(keyword) && value.includes(".") && isBefore(version, "2.0.13")) {
    return `it reads whole seconds only: \`${keyword} ${value}\` would be ${Math.floor(Number(value))}`;
  }
  // acassen/keepalived#1757: 2.1.5 programs 1; the first releases of 2.0 refuse it.
  if (keyword !== "weight" || value !== "0" || isBefore(version, "2.0.0") || !isBefore(version, "2.2.0"))
    return undefined;
  return "it does not take `weight 0` as 0 (2.2.0 is the first to); leave the server out instead";
}
