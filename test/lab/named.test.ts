/** Labs of one machine do not see each other. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_LAB, dsrctl, inLab, must, on } from "./site.ts";
import type { Said } from "./site.ts";

const OTHER = "another";

describe.skipIf(NO_LAB !== "")(`a second lab${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  const fine = ({ code, out, err }: Said): void => expect(code, out + err).toBe(0);

  beforeAll(async () => fine(await dsrctl("lab", "up", "web1", "client")));
  afterAll(async () => {
    fine(await inLab(OTHER, "lab", "down"));
    await must("client", "rm -f /run/enough");
  });

  test("is brought up, used and taken down while the first one serves", async () => {
    const requests = on("client", "while [ ! -e /run/enough ]; do curl -s -m 5 http://10.0.0.3/ || echo lost; done");
    fine(await inLab(OTHER, "lab", "up", "web1", "web2"));
    const said = await inLab(OTHER, "lab", "ssh", "web1", "cat", "/etc/hostname", "/etc/machine-id");
    expect(said.out).toMatch(/^web1\n/);
    expect(said.out).not.toBe(`web1\n${await must("web1", "cat /etc/machine-id")}`);
    const states = JSON.parse((await inLab(OTHER, "lab", "status", "--json")).out) as {
      readonly hosts: readonly { readonly state: string }[];
    };
    expect(states.hosts.map(({ state }) => state)).toEqual(["down", "down", "up", "up", "down"]);
    fine(await inLab(OTHER, "lab", "down"));
    expect(existsSync(`/run/dsrctl-${OTHER}`)).toBe(false);
    await must("client", "touch /run/enough");
    expect((await requests).out).toMatch(/^(web1\n)+$/);
    expect(await must("client", "curl -s http://10.0.0.3/")).toBe("web1\n");
  });

  test("of the same name, in another root file system, is refused", () => {
    const program = `mount -t tmpfs tmpfs /run && exec ${process.execPath} bin/dsrctl.cjs lab down`;
    const { status, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", program], { encoding: "utf8" });
    expect(stderr).toContain("started in another root file system: give this one a name (DSRCTL_LAB=NAME)");
    expect(status).toBe(1);
  });

  test.each(["", "Lab", "-x", "a.b", "a".repeat(32)])("must have a name that paths can have: %j", async (name) => {
    const { code, err } = await inLab(name, "lab", "status");
    expect(err).toContain("DSRCTL_LAB is not a valid name of a lab");
    expect(code).toBe(1);
  });
});
