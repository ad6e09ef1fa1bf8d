/** What `reachable`, `http` and `vip` see of a real network: accepted, refused, dropped, rejected, slow, cut short. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskInstance, Evaluation } from "../../src/core/task-instance.ts";
import { standalone } from "../../src/remote/shell/function-library.ts";
import type { Sh } from "../../src/core/shell.ts";
import { http } from "../../src/tasks/http.ts";
import { reachable } from "../../src/tasks/reachable.ts";
import { vip } from "../../src/tasks/vip.ts";
import { close, Namespace, SHELLS } from "./namespace.ts";

const wired = (look: Sh): string => `${standalone(look)}\n${look.text()}`;

/** 10.9.0.2 has a neighbour entry and nobody behind it: packets go and nothing comes back. */
const NETWORK = `ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 10.9.0.1/24 dev v0
ip addr add 10.9.0.5/32 dev v0
ip addr add 10.9.0.6/32 dev lo
ip addr add fd09::5/64 dev v0 nodad
ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev v0 nud permanent
ip route add unreachable 10.9.9.1
ip route add prohibit 10.9.9.2`;

const SERVER = `import http from "node:http";
const pages = {
  "/": (q, r) => r.end("web1 " + q.headers.host + "\\n"),
  "/503": (q, r) => { r.statusCode = 503; r.end(); },
  "/moved": (q, r) => { r.writeHead(301, { location: "/" }); r.end(); },
  "/hang": () => {},
  "/half": (q, r) => { r.writeHead(200, { "content-length": 10 }); r.write("half"); setTimeout(() => q.socket.destroy(), 50); },
  "/drop": (q) => q.socket.destroy(),
  "/big": (q, r) => r.end("x".repeat(65536) + "end"),
  "/nul": (q, r) => r.end("a\\0<needle>\\n\\n"),
  "/login": (q, r) => { r.statusCode = q.headers.authorization === "Bearer it's \\"secret\\" \\\\" ? 200 : 401; r.end(); },
  "/method": (q, r) => r.writeHead(q.method === "HEAD" ? 204 : 200).end(),
  "/verdict": (q, r) => r.end("answered 404\\n"),
  "/kept": (q, r) => { const seen = sockets.has(q.socket); sockets.add(q.socket); r.statusCode = seen ? 500 : 200; r.end(); },
};
const sockets = new Set();
const serve = (q, r) => (pages[q.url] ?? ((q, r) => { r.statusCode = 404; r.end(); }))(q, r);
http.createServer(serve).listen(80, "10.9.0.1", () =>
  http.createServer((q, r) => r.end("vip " + q.headers.host)).listen(8080, "10.9.0.5", () =>
    http.createServer(serve).listen(80, "fd09::5", () => console.log("ready"))));`;

let net: Namespace;
beforeAll(async () => {
  net = await Namespace.open(NETWORK);
  await net.serve(SERVER);
});
afterAll(() => net.close());

const said = (judged: Evaluation): string => ("why" in judged ? `${judged.is}: ${judged.why}` : judged.is);

async function judge(task: TaskInstance, shell: readonly string[], path?: string): Promise<string> {
  return said(task.evaluate(await net.run(shell, wired(task.look), path)));
}

describe.concurrent.each(SHELLS)("in %s", (_, shell) => {
  describe("reachable", () => {
    const outcomes: [what: string, args: object, verdict: string][] = [
      ["a port that is open", { address: "10.9.0.1", port: 80 }, "right"],
      ["IPv6", { address: "fd09::5", port: 80 }, "right"],
      ["a port that nothing listens at", { address: "10.9.0.1", port: 81 }, "wrong: 10.9.0.1:81 refuses connections"],
      ["a rejecting route", { address: "10.9.9.1", port: 80 }, "wrong: 10.9.9.1:80 cannot be reached: no route"],
      ["no network at all", { address: "192.0.2.1", port: 80 }, "wrong: 192.0.2.1:80 cannot be reached: no route"],
      [
        "packets that are lost",
        { address: "10.9.0.2", port: 80, timeout: 1 },
        "wrong: 10.9.0.2:80 does not answer within 1 s",
      ],
      [
        "an address that nobody has",
        { address: "10.9.0.3", port: 80, timeout: 30 },
        "wrong: 10.9.0.3:80 cannot be reached: no route",
      ],
      [
        "what this host forbids itself",
        { address: "10.9.9.2", port: 80 },
        "wrong: 10.9.9.2:80: this host's own firewall",
      ],
      ["an unknown name", { address: "web.invalid", port: 80 }, "wrong: the name web.invalid does not resolve"],
      ["a port that shall be closed", { address: "10.9.0.1", port: 81, state: "refused" }, "right"],
      ["a port that shall be dropped", { address: "10.9.0.2", port: 80, timeout: 1, state: "timed_out" }, "right"],
      [
        "a port that shall be closed and is open",
        { address: "10.9.0.1", port: 80, state: "refused" },
        "wrong: 10.9.0.1:80 is open",
      ],
    ];
    it.concurrent.each(outcomes)("%s", async (_what, args, verdict) => {
      expect(await judge(await close(reachable, args), shell)).toMatch(startOf(verdict));
    });
  });

  describe("http", () => {
    const at = "http://10.9.0.1";
    const outcomes: [what: string, args: object, verdict: string][] = [
      ["a page", { url: `${at}/` }, "right"],
      ["an IPv6 address", { url: "http://[fd09::5]/", body: "web1 [fd09::5]" }, "right"],
      ["another status", { url: `${at}/503` }, `wrong: ${at}/503 answers 503, expected 200`],
      ["a status that is wanted", { url: `${at}/503`, status: [200, 503] }, "right"],
      ["a redirect is the answer", { url: `${at}/moved` }, `wrong: ${at}/moved answers 301`],
      ["a text in the body", { url: `${at}/`, body: "web1 10.9" }, "right"],
      [
        "a text that is not",
        { url: `${at}/`, body: "web2" },
        `wrong: ${at}/: the body does not hold \`web2\`; it begins \`web1 10.9.0.1\``,
      ],
      ["shell signs in a text", { url: `${at}/`, body: `*"$(id)'` }, "wrong: "],
      ["a text behind a NUL", { url: `${at}/nul`, body: "<needle>\n" }, "right"],
      ["a text beyond 64 KiB", { url: `${at}/big`, body: "end" }, "wrong: "],
      ["the end of 64 KiB", { url: `${at}/big`, body_matches: "^x{65536}$" }, "right"],
      ["a pattern", { url: `${at}/`, body_matches: "^web\\d 10" }, "right"],
      ["a pattern that does not match", { url: `${at}/`, body_matches: "^web$" }, "wrong: "],
      ["a page that looks like a verdict", { url: `${at}/verdict`, body_matches: "404" }, "right"],
      ["an empty body", { url: `${at}/503`, status: 503, body: "x" }, "wrong: "],
      ["refused", { url: `${at}:81/` }, `wrong: ${at}:81/: refuses connections`],
      ["no route", { url: "http://10.9.9.1/" }, "wrong: http://10.9.9.1/: no route"],
      ["forbidden", { url: "http://10.9.9.2/" }, "wrong: http://10.9.9.2/: this host's own firewall"],
      [
        "no connection in time",
        { url: "http://10.9.0.2/", timeout: 1 },
        "wrong: http://10.9.0.2/: no connection in time",
      ],
      [
        "no answer in time",
        { url: `${at}/hang`, timeout: 1 },
        `wrong: ${at}/hang: connected, but the answer did not come in time`,
      ],
      [
        "closed without an answer",
        { url: `${at}/drop` },
        `wrong: ${at}/drop: connected, but the connection was closed`,
      ],
      ["closed in the middle", { url: `${at}/half` }, `wrong: ${at}/half: connected, but the connection was closed`],
      ["an unknown name", { url: "http://web.invalid/" }, "wrong: http://web.invalid/: the name does not resolve"],
      ["no TLS where it is expected", { url: "https://10.9.0.1:80/" }, "wrong: https://10.9.0.1:80/: TLS: "],
      ["a site by name", { url: "http://www.example/", connect_to: "10.9.0.1", body: "web1 www.example\n" }, "right"],
      [
        "a site by name, elsewhere",
        { url: "http://www.example/", connect_to: "10.9.0.5:8080", body: "vip www.example" },
        "right",
      ],
      [
        "a site by name over IPv6",
        { url: "http://www.example/", connect_to: "fd09::5", body: "web1 www.example" },
        "right",
      ],
      ["an address by another", { url: "http://10.9.0.77/", connect_to: "10.9.0.1", body: "web1 10.9.0.77" }, "right"],
      ["a header", { url: `${at}/`, headers: { Host: "a.example" }, body: "web1 a.example" }, "right"],
      ["a secret header", { url: `${at}/login`, headers: { Authorization: `Bearer it's "secret" \\` } }, "right"],
      ["a method", { url: `${at}/method`, method: "HEAD", status: 204 }, "right"],
      ["a connection of its own", { url: `${at}/kept` }, "right"],
    ];
    it.concurrent.each(outcomes)("%s", async (_what, args, verdict) => {
      expect(await judge(await close(http, args), shell)).toMatch(startOf(verdict));
    });

    it("goes past a proxy", async () => {
      const task = await close(http, { url: "http://10.9.0.1/" });
      expect(
        said(task.evaluate(await net.run(shell, `export http_proxy=http://10.9.9.1:3128\n${wired(task.look)}`))),
      ).toBe("right");
    });
  });

  describe("vip", () => {
    const outcomes: [what: string, args: object, verdict: string][] = [
      ["an address that is here", { address: "10.9.0.5", held: true }, "right"],
      ["with its prefix", { address: "10.9.0.5/32", held: true, interface: "v0" }, "right"],
      [
        "with another prefix",
        { address: "10.9.0.5/24", held: true },
        "wrong: does not have 10.9.0.5/24, but 10.9.0.5/32 on v0",
      ],
      [
        "on another interface",
        { address: "10.9.0.5", held: true, interface: "v1" },
        "wrong: does not have 10.9.0.5 on v1",
      ],
      ["on lo", { address: "10.9.0.6", held: false }, "right"],
      ["on lo, and it shall be there", { address: "10.9.0.6", held: true, interface: "lo" }, "right"],
      ["IPv6, written another way", { address: "fd09:0::0005/64", held: true }, "right"],
      ["an address that is not here", { address: "10.9.0.7", held: false }, "right"],
      ["an address of the same network", { address: "10.9.0.2", held: true }, "wrong: does not have 10.9.0.2"],
    ];
    it.concurrent.each(outcomes)("%s", async (_what, args, verdict) => {
      expect(await judge(await close(vip, args), shell)).toMatch(startOf(verdict));
    });
  });
});

function startOf(verdict: string): RegExp {
  const text = verdict.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(verdict === "right" ? "^right$" : `^${text}`);
}

describe("reachable where there is no bash", () => {
  const tools = mkdtempSync(join(tmpdir(), "dsrctl-nobash-"));
  afterAll(() => rmSync(tools, { recursive: true }));
  spawnSync("busybox", ["--install", "-s", tools]);
  const dash = SHELLS[0][1];

  it("names what it needs when there is no curl either", async () => {
    const task = await close(reachable, { address: "10.9.0.1", port: 80 });
    expect(await judge(task, dash, tools)).toBe("blocked: the host has no `bash`");
  });

  it("tells the outcomes apart by curl", async () => {
    symlinkSync("/usr/bin/curl", join(tools, "curl"));
    const outcomes: [args: object, verdict: string][] = [
      [{ address: "10.9.0.1", port: 80, timeout: 1 }, "right"],
      [{ address: "fd09::5", port: 80, timeout: 1 }, "right"],
      [{ address: "10.9.0.1", port: 81, state: "refused" }, "right"],
      [{ address: "10.9.9.1", port: 80, state: "no_route" }, "right"],
      [{ address: "10.9.0.2", port: 80, timeout: 1, state: "timed_out" }, "right"],
      [{ address: "10.9.9.2", port: 80 }, "wrong: 10.9.9.2:80: this host's own firewall"],
      [{ address: "web.invalid", port: 80 }, "wrong: the name web.invalid does not resolve"],
    ];
    const judged = outcomes.map(async ([args]) => judge(await close(reachable, args), dash, tools));
    for (const [index, verdict] of (await Promise.all(judged)).entries()) {
      expect(verdict).toMatch(startOf(outcomes[index]![1]));
    }
  });
});

describe("a secret header", () => {
  it("is in no argument", async () => {
    const task = await close(http, { url: "http://10.9.0.1/hang", timeout: 2, headers: { Authorization: "hunter2" } });
    expect(task.look.shown()).not.toContain("hunter2");
    const watch = `seen=; n=0
while [ $n -lt 200 ] && [ -z "$seen" ]; do n=$((n + 1))
for each in /proc/[0-9]*/cmdline; do case $(tr '\\000' ' ' <"$each" 2>/dev/null) in *curl*10.9.0.1/hang*) seen=$(tr '\\000' ' ' <"$each") ;; esac; done; done
echo "SEEN $seen"`;
    const { out } = await net.run(SHELLS[0][1], `( ${wired(task.look)}\n) & ${watch}\nwait`);
    expect(out).toMatch(/SEEN curl .*10\.9\.0\.1\/hang/);
    expect(out).not.toContain("hunter2");
  });
});
