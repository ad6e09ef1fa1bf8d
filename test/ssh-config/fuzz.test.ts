/** A short run of the properties in fuzz.ts. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { knownHostsHolds, sshConfigHolds, text } from "./fuzz.ts";

it("any bytes are an ssh_config, or one with problems that have a place", async () => {
  await expect(fc.assert(fc.asyncProperty(text, sshConfigHolds), { numRuns: 300 })).resolves.toBeUndefined();
});

it("any bytes are a known_hosts file", () => {
  expect(() => fc.assert(fc.property(text, knownHostsHolds), { numRuns: 1000 })).not.toThrow();
});
