/** This machine as a host: the same promises as over SSH. */
import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { openShell } from "../../src/remote/shell/open-shell.ts";
import { connect } from "../../src/remote/connect.ts";
import type { Target } from "../../src/core/target.ts";
import { unreachable } from "./faults.ts";
import { isAlive, runOn, withTransport } from "./sshd.ts";

const HERE: Target = {
  name: "localhost",
  connection: "local",
  address: "localhost",
  port: 22,
  user: "whoever",
  password: undefined,
  keys: [],
  passphrase: undefined,
  agent: undefined,
  hostKeyAlias: undefined,
  hostKeys: "strict",
  knownHosts: [],
  jump: [],
  proxyCommand: undefined,
  become: undefined,
  connectTimeout: 1,
  keepalive: { interval: 5, count: 3 },
};

describe("connection: local", () => {
  it("runs a command: output, error output, code, standard input", async () => {
    const result = await withTransport(HERE, (host) => runOn(host, "cat; echo oops >&2; exit 3", "in é\n"));
    expect(result).toEqual({ out: "in é\n", err: "oops\n", ended: "exit 3" });
  });

  it("tells a signal from an exit", async () => {
    expect((await withTransport(HERE, (host) => runOn(host, "kill -TERM $$"))).ended).toBe("SIGTERM");
  });

  it("kills the command and those that it started", async () => {
    const host = await connect(HERE, new AbortController().signal);
    const channel = await host.exec("sleep 60 & echo $!; wait");
    const pid = await new Promise<number>((resolve) => channel.onData((chunk) => resolve(Number(Buffer.from(chunk)))));
    channel.kill();
    expect(await channel.ended).toEqual({ is: "signal", signal: "SIGKILL" });
    await expect.poll(() => isAlive(pid)).toBe(false);
    await host.close();
  });

  it("closing leaves a running command alone, which sees the end of its input; nothing can be started any more", async () => {
    const host = await connect(HERE, new AbortController().signal);
    const channel = await host.exec("cat");
    await host.close();
    expect(await channel.ended).toEqual({ is: "lost", why: "closed" });
    expect(await unreachable(host.exec("true"))).toMatchObject({ stage: "connection" });
  });

  it("keeps a shell; becoming oneself needs no sudo", async () => {
    await withTransport(HERE, async (host) => {
      const shell = await openShell(host, { user: userInfo().username, password: undefined });
      let out = "";
      shell.onData((chunk) => (out += Buffer.from(chunk).toString()));
      shell.write("id -un\n");
      shell.end();
      await shell.ended;
      expect(out).toBe(`${userInfo().username}\n`);
    });
  });

  it("the command has no terminal", async () => {
    expect(
      (await withTransport(HERE, (host) => runOn(host, "(: </dev/tty) 2>/dev/null && echo tty || echo none"))).out,
    ).toBe("none\n");
  });
});
