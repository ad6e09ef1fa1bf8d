/** One host, its connection and the shells of its users, when the connection goes. The host is this machine. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Unreachable } from "../../src/core/problem.ts";
import { RemoteHost } from "../../src/remote/host.ts";
import { controllerLooks } from "../../src/remote/controller.ts";
import type { Target } from "../../src/core/target.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import type { Batch, Look, Step } from "../../src/core/batch.ts";
import { emptyScript, sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import { sudoMissing } from "./accounts.ts";

const HERE: Target = {
  ...{ name: "here", connection: "local", address: "localhost", port: 0, user: "root", password: undefined, keys: [] },
  ...{ passphrase: undefined, agent: undefined, hostKeyAlias: undefined, hostKeys: "strict", knownHosts: [], jump: [] },
  ...{ proxyCommand: undefined, become: undefined, connectTimeout: 5, keepalive: { interval: 5, count: 3 } },
};
const look = (text: Sh, from: Look["from"] = "host"): Look => ({ id: "a", look: text, from });
const asking = (text: Sh): Batch => ({ steps: [], looks: [look(text)] });
const acting = (text: Sh, seconds = 20): Batch => {
  const step: Step = {
    ...{
      id: "s",
      look: emptyScript,
      from: "host",
      expectedChecksum: undefined,
      onlyIfNotified: undefined,
      act: text,
      mustChangeLook: false,
    },
    ...{ notifies: [], ignoreFailure: false, timeoutSeconds: seconds },
  };
  return { steps: [step], looks: [] };
};

let root: string;
let host: RemoteHost;
let connections = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dsrctl-link-"));
  connections = 0;
  host = new RemoteHost(HERE, {
    ...{ signal: new AbortController().signal, controller: () => Promise.reject(new Error("nobody asked")) },
    onConnecting: () => void (connections += 1),
  });
});
afterEach(async () => {
  await host.close();
  rmSync(root, { recursive: true });
});

/** The connection goes, for all that use it. */
const cut = async (): Promise<void> => (await host.transport()).close();

describe("a link whose connection went", () => {
  test("waits, when it comes again, until the step that was under way has ended", async () => {
    const link = host.link(undefined);
    const running = link.run(acting(sh`touch ${root}/begun; sleep 1; touch ${root}/done`));
    const lost = expect(running).rejects.toThrow(ConnectionLost);
    await expect.poll(() => existsSync(join(root, "begun")), { timeout: 10_000 }).toBe(true);
    await cut();
    await lost;
    await link.reconnect();
    const report = await link.run(asking(sh`[ -e ${root}/done ] && echo done`));
    expect(report.looks.get("a")?.output.out).toBe("done\n");
  });

  test("comes again once, however often it is told to", async () => {
    const link = host.link(undefined);
    await link.run(asking(sh`echo`));
    await cut();
    await expect(link.run(asking(sh`echo`))).rejects.toThrow(ConnectionLost);
    await link.reconnect();
    await link.reconnect();
    expect((await link.run(asking(sh`echo yes`))).looks.get("a")?.output.out).toBe("yes\n");
    expect([connections, host.cost.connections, host.cost.execs]).toEqual([2, 2, 2]);
  });

  test.skipIf(process.getuid?.() !== 0 || sudoMissing !== undefined)(
    "is noticed by every user's shell; they share the new connection",
    async () => {
      const links = [host.link(undefined), host.link({ user: "nobody", password: undefined })];
      const ids = async (): Promise<readonly (string | undefined)[]> =>
        Promise.all(links.map(async (link) => (await link.run(asking(sh`id -u`))).looks.get("a")?.output.out));
      expect(await ids()).toEqual(["0\n", "65534\n"]);
      await cut();
      const lost = await Promise.all(links.map((link) => link.run(asking(sh`id -u`)).catch((error: unknown) => error)));
      expect(lost.every((error) => error instanceof ConnectionLost)).toBe(true);
      await Promise.all(links.map((link) => link.reconnect()));
      expect(await ids()).toEqual(["0\n", "65534\n"]);
      expect(connections).toBe(2);
    },
  );
});

describe("closing", () => {
  test("while a batch is out loses it, and nothing connects again", async () => {
    const link = host.link(undefined);
    const running = link.run(acting(sh`touch ${root}/begun; sleep 1; touch ${root}/done`));
    const lost = expect(running).rejects.toThrow(ConnectionLost);
    await expect.poll(() => existsSync(join(root, "begun")), { timeout: 10_000 }).toBe(true);
    await host.close();
    await lost;
    await expect(link.reconnect()).rejects.toThrow(Unreachable);
    expect(connections).toBe(1);
    await expect.poll(() => existsSync(join(root, "done")), { timeout: 10_000 }).toBe(true);
  });
});

describe("looks from the controller", () => {
  test("are made side by side, and one that fails spoils no other", async () => {
    const local = controllerLooks();
    const meet = (mine: string, other: string): Look =>
      look(
        sh`touch ${root}/${mine}; n=0; until [ -e ${root}/${other} ] || [ $n = 200 ]; do sleep 0.05; n=$((n + 1)); done; [ -e ${root}/${other} ] && echo met`,
      );
    const answers = await Promise.all([local.ask([meet("x", "y")]), local.ask([meet("y", "x")])]);
    expect(answers.map((each) => each.get("a")?.output.out)).toEqual(["met\n", "met\n"]);
    await expect(local.ask([look(sh`head -c 9000000 /dev/zero`)])).rejects.toThrow(Unreachable);
    for (let count = 0; count < 9; count++)
      expect((await local.ask([look(sh`echo fine`)])).get("a")?.output.out).toBe("fine\n");
    await local.close();
  });
});
