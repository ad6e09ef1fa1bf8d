import { expect, it } from "vitest";
import { parseInterface } from "../../src/text/ip-network.ts";

it.each([
  ["192.0.2.5", 32],
  ["192.0.2.5/24", 24],
  ["192.0.2.5/255.255.255.0", 24],
  ["192.0.2.5/0.0.0.255", 24],
  ["192.0.2.5/255.255.255.255", 32],
  ["192.0.2.5/0.0.0.0", 0],
  ["192.0.2.5/255.0.255.0", undefined],
  ["2001:db8::1", 128],
  ["2001:db8::1/ffff:ffff::", 32],
  ["2001:db8::1/129", undefined],
])("the prefix of %s is %s", (text, prefix) => expect(parseInterface(text)?.prefix).toBe(prefix));
