import { describe, expect, it } from "vitest";
import { readBusctl } from "../../../src/firewalld/busctl.ts";

describe("readBusctl", () => {
  it.each([
    [`s "internal"`, ["internal"]],
    [`s ""`, [""]],
    [`b true`, [true]],
    [`as 0`, [[]]],
    [`as 2 "ssh" "a b"`, [["ssh", "a b"]]],
    [
      `(sba(ss)i) "x" false 2 "80" "tcp" "53" "udp" -5`,
      [
        [
          "x",
          false,
          [
            ["80", "tcp"],
            ["53", "udp"],
          ],
          -5,
        ],
      ],
    ],
    [`a(sssias) 0`, [[]]],
    [`a(sssias) 1 "ipv4" "nat" "PREROUTING" 0 2 "-j" "DROP"`, [[["ipv4", "nat", "PREROUTING", 0, ["-j", "DROP"]]]]],
    [`a{sa{sas}} 1 "public" 1 "interfaces" 2 "eth0" "eth1"`, [[["public", [["interfaces", ["eth0", "eth1"]]]]]]],
    [`a(sa(ss))as 0 1 "x"`, [[], ["x"]]],
    [String.raw`s "\345\206\205 it\'s \"q\" \\ \n\t\x41"`, [`内 it's "q" \\ \n\tA`]],
    [`s "内"`, ["内"]],
  ])("%s", (line, values) => expect(readBusctl(line)).toEqual(values));

  it.each(["", "Call failed: INVALID_ZONE: x", 'as 2 "a"', 's "a" "b"', '(s "a"', "s a", 'v s "a"'])(
    "%j is none",
    (line) => expect(readBusctl(line)).toBeUndefined(),
  );
});
