/** Names, and the first of several addresses that answers. */
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveAddresses } from "../../src/remote/transport/resolve.ts";
import { NEVER } from "../../src/remote/transport/deadline.ts";
import { connectTcp } from "../../src/remote/transport/tcp.ts";
import { containing, fakeServer, unreachable } from "./faults.ts";
import { commandLines, freePort } from "./sshd.ts";

describe("names and addresses", () => {
  it("an address is itself, /etc/hosts counts, also for several addresses", async () => {
    expect(await resolveAddresses("10.0.0.1", 1, NEVER)).toEqual(["10.0.0.1"]);
    expect(await resolveAddresses("fe80::1%lo", 1, NEVER)).toEqual(["fe80::1%lo"]);
    expect(await resolveAddresses("LocalHost", 1, NEVER)).toContain("127.0.0.1");
  });

  it("a name that there is not", async () => {
    const error = await unreachable(resolveAddresses("no-such-host.invalid", 5, NEVER));
    expect(error).toMatchObject({ stage: "dns", message: "the name `no-such-host.invalid` has no address" });
  });

  it("F26 of two addresses one is dead: the other is tried soon", async () => {
    const server = await fakeServer(() => undefined);
    const start = performance.now();
    // 127.0.0.2 refuses at once; the next is tried at once.
    const socket = await connectTcp(["127.0.0.2", "127.0.0.1"], server.port, 5, NEVER);
    expect(performance.now() - start).toBeLessThan(200);
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.destroy();
    await server.stop();
  });

  it("F26 none of them answers: all are named", async () => {
    const port = await freePort();
    const error = await unreachable(connectTcp(["127.0.0.2", "127.0.0.1"], port, 5, NEVER));
    expect(error).toMatchObject({
      stage: "tcp",
      message: `127.0.0.2:${port}, 127.0.0.1:${port} refused the connection`,
    });
  });

  describe.skipIf(process.getuid?.() !== 0)("F26 at a DNS server of the test's", () => {
    // The real getent and the real resolver library, in a mount namespace with another resolv.conf.
    const dir = mkdtempSync(join(tmpdir(), "dsrctl-dns-"));
    const server = createSocket("udp4");
    const path = process.env["PATH"];
    beforeAll(async () => {
      await new Promise<void>((resolve) => void server.bind(53, "127.77.0.1", resolve));
      server.on("message", (query, peer) => {
        const answer = reply(query);
        if (answer !== undefined) server.send(answer, peer.port, peer.address);
      });
      writeFileSync(
        join(dir, "resolv.conf"),
        "nameserver 127.77.0.1\nsearch lan.test\noptions timeout:30 attempts:1\n",
      );
      const getent = execFileSync("sh", ["-c", "command -v getent"]).toString().trim();
      writeFileSync(
        join(dir, "inside"),
        `#!/bin/sh\nmount --bind ${dir}/resolv.conf /etc/resolv.conf\nexec ${getent} "$@"\n`,
        { mode: 0o755 },
      );
      writeFileSync(join(dir, "getent"), `#!/bin/sh\nexec unshare -m ${dir}/inside "$@"\n`, { mode: 0o755 });
      process.env["PATH"] = `${dir}:${path}`;
    });
    afterAll(() => {
      process.env["PATH"] = path;
      server.close();
      rmSync(dir, { recursive: true });
    });

    it("a name and a short name, by the search domain", async () => {
      expect(await resolveAddresses("two.lan.test", 5, NEVER)).toEqual(["10.1.1.1", "10.1.1.2"]);
      expect(await resolveAddresses("two", 5, NEVER)).toEqual(["10.1.1.1", "10.1.1.2"]);
    });

    it("0.22 forty names that nobody answers: all given up at their deadline, not one after the other, and another goes on", async () => {
      const start = performance.now();
      const [good, ...errors] = await Promise.all([
        resolveAddresses("two", 5, NEVER),
        ...Array.from({ length: 40 }, (_, index) => unreachable(resolveAddresses(`dead${index}.lan.test`, 1, NEVER))),
      ]);
      expect(performance.now() - start).toBeLessThan(3000);
      expect(good).toEqual(["10.1.1.1", "10.1.1.2"]);
      for (const error of errors) expect(error).toMatchObject({ stage: "dns", message: containing("within 1 s") });
      await expect
        .poll(() => commandLines().filter((each) => each.includes("ahosts\0--\0dead")), { timeout: 5000 })
        .toEqual([]);
    });
  });
});

/** Answers A queries for `two.lan.test`; names with `dead` get none, others do not exist. */
function reply(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at]!; size > 0; size = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + size));
    at += size + 1;
  }
  const name = labels.join(".");
  if (name.includes("dead")) return undefined;
  const question = query.subarray(12, at + 5);
  const isA = query.readUInt16BE(at + 1) === 1;
  const found = name === "two.lan.test";
  const records = found && isA ? ["10.1.1.1", "10.1.1.2"] : [];
  const header = Buffer.from([query[0]!, query[1]!, 0x81, found ? 0x80 : 0x83, 0, 1, 0, records.length, 0, 0, 0, 0]);
  const bodies = records.map((ip) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...ip.split(".").map(Number)]),
  );
  return Buffer.concat([header, question, ...bodies]);
}
