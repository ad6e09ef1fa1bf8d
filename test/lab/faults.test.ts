/** The ways to break the lab's hosts, each seen from outside. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATHS } from "../../src/lab/site.ts";
import { NO_LAB, dsrctl, must, on } from "./site.ts";

const DELAYED = join(PATHS.run, "delay/10.0.0.4");
const until = { timeout: 60_000, interval: 300 };

describe.skipIf(NO_LAB !== "")(`a host of the lab${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  const lab = async (...args: readonly string[]): Promise<void> => {
    const { code, out, err } = await dsrctl("lab", ...args);
    expect(code, out + err).toBe(0);
  };
  const state = async (host: string): Promise<string | undefined> => {
    const said = JSON.parse((await dsrctl("lab", "status", "--json")).out) as {
      readonly hosts: readonly { readonly name: string; readonly state: string }[];
    };
    return said.hosts.find(({ name }) => name === host)?.state;
  };
  const answers = async (address: string): Promise<boolean> =>
    (await on("client", `ping -c 1 -W 1 ${address} >/dev/null`)).code === 0;

  beforeAll(() => lab("up"));
  afterAll(() => lab("up"));

  test.each([
    ["web2", "10.0.0.4"],
    ["lb2", "10.0.0.2"],
  ])("%s can be cut off and healed", async (host, address) => {
    await lab("cut", host);
    expect(await state(host)).toBe("cut");
    expect(await answers(address)).toBe(false);
    await lab("heal", host);
    await expect.poll(() => answers(address), until).toBe(true);
  });

  test("can be frozen, and goes on where it was", async () => {
    await must("web2", "echo before >/root/frozen");
    await lab("freeze", "web2");
    expect(await state("web2")).toBe("frozen");
    await lab("thaw", "web2");
    expect((await must("web2", "cat /root/frozen")).trim()).toBe("before");
  });

  test("loses its power and keeps its disk", async () => {
    await must("web2", "echo kept >/root/kept; sync");
    await lab("kill", "web2");
    expect(await state("web2")).toBe("down");
    await lab("up", "web2");
    expect((await must("web2", "cat /root/kept; rm /root/kept")).trim()).toBe("kept");
  });

  test("comes up reachable and quick, though it lost its power while it was cut off and slow", async () => {
    await lab("delay", "web2", "--ms", "50");
    await lab("cut", "web2");
    await lab("kill", "web2");
    await lab("up", "web2");
    expect(await state("web2")).toBe("up");
    expect(existsSync(DELAYED)).toBe(false);
  });

  test("of user-mode Linux sends its packets late, and loses some", async () => {
    await lab("delay", "lb2", "--ms", "30", "--jitter", "5", "--loss", "1");
    expect(await must("lb2", "tc qdisc show dev eth0")).toMatch(/netem .*delay 30ms\s+5ms loss 1%/);
    await lab("delay", "lb2", "--off");
    expect(await must("lb2", "tc qdisc show dev eth0")).not.toContain("netem");
  });

  test("in a container gets late what ssh sends, where the kernel cannot delay packets", async () => {
    await lab("delay", "web2", "--ms", "50");
    const slow = existsSync(DELAYED);
    const told = slow ? readFileSync(DELAYED, "utf8") : "50 0\n";
    expect(told).toBe("50 0\n");
    expect((await must("web2", "cat /etc/hostname")).trim()).toBe("web2");
    await lab("delay", "web2", "--off");
    expect(existsSync(DELAYED)).toBe(false);
  });
});
