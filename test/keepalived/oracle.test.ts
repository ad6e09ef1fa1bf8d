/** What is written, as the real keepalived judges it (Debian 12's 2.2.7, 13's 2.3.3). */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { build } from "../../src/keepalived/build.ts";
import { configOf, textFor } from "../../src/keepalived/config.ts";
import { forVersion } from "../../src/keepalived/dialect.ts";
import { isKnown, keywordsIn } from "../../src/keepalived/keywords.ts";
import { print, printLines } from "../../src/keepalived/print.ts";
import { anyData, exampleOf, pathsOf } from "./data.ts";
import { ask, installed, missing } from "./oracle.ts";
import type { Answer } from "./oracle.ts";
import { CORRECTED, EVERYTHING } from "./sites.ts";

vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(missing !== undefined)(`keepalived ${installed}${missing ?? ""}`, () => {
  it.each(Object.entries({ CORRECTED, EVERYTHING }))("takes %s without a word", async (_name, data) => {
    const config = configOf(data);
    if ("problems" in config) throw new Error(JSON.stringify(config.problems, undefined, 1));
    expect(await ask(textFor(config, installed))).toEqual({ code: 0, messages: [] });
  });

  it("knows every keyword that the table says it has, with a value as the table says", async () => {
    const all = pathsOf((keyword) => isKnown(keyword, installed) !== false);
    const paths = all.filter((path) => !UNTRIED.has(path.at(-1) ?? ""));
    expect(paths.length).toBeGreaterThan(400);
    const complaints = await Promise.all(inParts(paths, 8).map(complaintsAbout));
    expect(complaints.flat()).toEqual([]);
  });

  it("does not know what the table says it has not", async () => {
    const paths = pathsOf((keyword) => isKnown(keyword, installed) === false);
    expect(paths.length).toBeGreaterThan(0);
    const known = await Promise.all(paths.map(async (path) => ((await isUnknown(path)) ? [] : [path.join(" > ")])));
    expect(known.flat()).toEqual([]);
  });

  it("finds no fault with the form of any data that is taken", async () => {
    const built = fc.sample(anyData, { numRuns: 2000 }).map((data) => build(data));
    const taken = built.filter(({ problems, body }) => problems.length === 0 && body.length > 0);
    const spoken = taken.map(({ body }) => forVersion(body, installed)).filter(({ cannot }) => cannot.length === 0);
    const answers: Answer[] = [];
    for (const part of inParts(spoken.slice(0, 200), 25)) {
      answers.push(...(await Promise.all(part.map(({ body }) => ask(print(body, false))))));
    }
    expect(answers.length).toBeGreaterThan(50);
    const form = /Unknown keyword|Unmatched quote|Unexpected '{'|Extra '}'|missing '}'|Missing '{'|extra parameters/;
    expect(
      answers.flatMap(({ messages }) => messages.filter((each) => form.test(each) && !each.includes("vrrp_ipsets"))),
    ).toEqual([]);
  });
});

/** Compiled out in Debian; or what would be read from files and processes. */
const UNTRIED = new Set("vrrp_ipsets include includer includem includew includeb includea".split(" "));
/** Said of a keyword that is right: it is old, or something else that it wants is not there. */
const FINE =
  /deprecated|please replace with keyword|Please use global|BFD_CHECK - BFD .* not configured|Cannot specify VRF interface|iptables not supported|without sorry_server|not found|does not exist|reserved range|no longer|No such file|only applies to/;

type Path = readonly string[];

function inParts<T>(list: readonly T[], count: number): readonly (readonly T[])[] {
  return Array.from({ length: count }, (_, part) => list.filter((_each, index) => index % count === part));
}

async function complaintsAbout(paths: readonly Path[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...(await complaint(path)));
  return found;
}

async function complaint(path: Path): Promise<readonly string[]> {
  const { body, problems } = build(withKeyword(path));
  if (problems.length > 0) return problems.map(({ message }) => `${path.join(" > ")}: ${message}`);
  const { messages, code } = await ask(print(body, false));
  const lines = linesOf(body, path.at(-1) ?? "");
  const about = messages.filter((each) => lines.includes(Number(/^\(Line (\d+)\)/.exec(each)?.[1])));
  const bad = about.filter((each) => !FINE.test(each)).map((each) => `${path.join(" > ")}: ${each}`);
  return code > 128 ? [...bad, `${path.join(" > ")}: ended with ${code}`] : bad;
}

async function isUnknown(path: Path): Promise<boolean> {
  const { messages } = await ask(print(build(withKeyword(path)).body, false));
  return messages.some((each) => each.includes("Unknown keyword"));
}

/** The numbers, from 1 and after the header, of the lines that a keyword begins. */
function linesOf(body: Parameters<typeof printLines>[0], keyword: string): readonly number[] {
  const lines = printLines(body, false).map(({ text }) => text.trim().split(" ")[0]);
  return lines.flatMap((first, index) => (first === keyword ? [index + 2] : []));
}

/** What a block needs to be one. */
const BASE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  vrrp_instance: { interface: "eth0", virtual_router_id: 51, virtual_ipaddress: ["10.0.0.5/32"] },
  vrrp_script: { script: "/usr/bin/true" },
  vrrp_sync_group: { group: ["VI_1", "VI_2"] },
  virtual_server: { lb_algo: "sh", lb_kind: "DR", protocol: "TCP", real_server: { "10.0.0.3 80": { weight: 1 } } },
  track_file: { file: "/tmp/x" },
  vrrp_track_file: { file: "/tmp/x" },
  vrrp_track_process: { process: "nginx" },
  bfd_instance: { neighbor_ip: "10.0.0.2" },
  HTTP_GET: { url: { path: "/" } },
  SSL_GET: { url: { path: "/" } },
  url: { path: "/" },
  MISC_CHECK: { misc_path: "/usr/bin/true" },
  UDP_CHECK: { require_reply: true },
};
const NAMES: Readonly<Record<string, string>> = { virtual_server: "10.0.0.5 80", real_server: "10.0.0.3 80" };

/** Data with one keyword, in blocks that have what they need. */
function withKeyword(path: Path, block: Path = []): Record<string, unknown> {
  const [first = "", ...rest] = path;
  const keyword = keywordsIn(block).get(first);
  if (keyword === undefined) throw new Error(first);
  if (keyword.shape !== "block") return { [first]: exampleOf(keyword) };
  const inside = rest.length === 0 ? {} : withKeyword(rest, [...block, first]);
  const body = { ...BASE[first], ...inside };
  return { [first]: keyword.named ? { [NAMES[first] ?? "VI_1"]: body } : body };
}
