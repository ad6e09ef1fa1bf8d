import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../../src/commands/index.ts";

vi.setConfig({ testTimeout: 30_000 });

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), "dsrctl-init-"))));
afterEach(() => rmSync(cwd, { recursive: true }));

async function run(directory: string, ...argv: readonly string[]) {
  let [out, err] = ["", ""];
  const never = new AbortController().signal;
  const code = await runCommand(argv, "1.2.3", {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...{ isTTY: false, color: false, size: () => ({ columns: 80, rows: 24 }), cwd: directory, stop: never, end: never },
  });
  return { code, out, err };
}

const HOSTS = ["--director", "lb1=192.0.2.1", "--director", "lb2=192.0.2.2", "--web-node", "web1=192.0.2.3"];

/** The inventory as it was written, and what `--syntax-check` says of it. */
async function written(...argv: readonly string[]) {
  const made = await run(cwd, "init", "site", ...argv);
  const site = join(cwd, "site");
  const text = (path: string): string => readFileSync(join(site, path), "utf8");
  const checked = await run(site, "play", "site.yml", "-i", "prod", "--syntax-check");
  return {
    made,
    hosts: text("inventories/prod/hosts.yml"),
    site: text("inventories/prod/group_vars/all.yml"),
    checked,
  };
}

describe("dsrctl init", () => {
  it("writes a site of one VIP that can be played", async () => {
    const { made, hosts, site, checked } = await written("--vip", "192.0.2.5", ...HOSTS, "--client", "mon=192.0.2.9");
    expect(checked).toEqual({ code: 0, out: "site.yml: syntax OK\n", err: "" });
    expect(made).toMatchObject({ code: 0, err: "" });
    await expect(`${made.out}\n${hosts}\n${site}`).toMatchFileSnapshot("golden/init.txt");
    expect(statSync(join(cwd, "site/files/dsrctl-vips")).mode & 0o777).toBe(0o755);
  });

  it("writes IPv4 and IPv6, and several ports that belong together", async () => {
    const dual = HOSTS.map((word) => word.replace(/=192.0.2.(\d)/, "=192.0.2.$1,2001:db8::$1"));
    const vips = ["--vip", "www=192.0.2.5", "--vip", "www6=2001:db8::5"];
    const { hosts, site, checked } = await written(...vips, "--port", "80,443", "--user", "admin", ...dual);
    expect(checked).toEqual({ code: 0, out: "site.yml: syntax OK\n", err: "" });
    await expect(`${hosts}\n${site}`).toMatchFileSnapshot("golden/init-dual.txt");
  });

  it("overwrites nothing", async () => {
    writeFileSync(join(cwd, "site.yml"), "mine\n");
    const { code, err } = await run(cwd, "init", "--vip", "192.0.2.5", ...HOSTS);
    expect({ code, err }).toEqual({
      code: 1,
      err: "error: cannot write a new site: `site.yml` exists already\n  help: name another directory\n",
    });
    expect(readFileSync(join(cwd, "site.yml"), "utf8")).toBe("mine\n");
    expect(() => statSync(join(cwd, "inventories"))).toThrow("ENOENT");
  });

  it.each([
    [["--vip", "192.0.2.5"], "missing option: --director, --web-node"],
    [["--vip", "192.0.2.5", "--director", "lb1", "--web-node", "a=192.0.2.3"], "invalid value of `--director`: `lb1`"],
    [["--vip", "www", ...HOSTS], "invalid value of `--vip`: `www`"],
    [["--vip", "192.0.2.5", ...HOSTS, "--port", "0"], "invalid value of `--port`: `0`"],
  ])("says what is wrong with %j", async (argv, message) => {
    const { code, err } = await run(cwd, "init", ...argv);
    expect(code).toBe(5);
    expect(err).toContain(message);
  });
});
