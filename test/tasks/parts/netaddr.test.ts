import { describe, expect, it } from "vitest";
import { canonicalProtocol, network } from "../../../src/tasks/parts/netaddr.ts";
import { portRange, rangeText, without } from "../../../src/firewalld/port-range.ts";

describe("network", () => {
  it.each([
    ["10.0.0.5", "10.0.0.5"],
    ["10.0.0.5/32", "10.0.0.5"],
    ["10.0.0.5/255.255.255.255", "10.0.0.5"],
    ["10.0.0.5/24", "10.0.0.0/24"],
    ["10.0.0.5/255.255.255.0", "10.0.0.0/24"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["10.0.0.5/0", "0.0.0.0/0"],
    ["10.0.0.5/33", undefined],
    ["10.0.0.5/255.0.255.0", undefined],
    ["10.0.0.5/0.0.0.255", undefined],
    ["2001:db8::/ffff:ffff::", undefined],
    ["10.0.0/24", undefined],
    ["10.0.0.5/24/24", undefined],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["2001:db8::1/128", "2001:db8::1"],
    ["2001:db8::ffff:1/64", "2001:db8::/64"],
    ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
    ["::ffff:10.0.0.1/128", "::ffff:10.0.0.1"],
    ["::/0", "::/0"],
    ["fe80::1%eth0", undefined],
    ["2001:db8::/129", undefined],
    ["eth0", undefined],
  ])("%s is %s", (text, canonical) => expect(network(text)).toBe(canonical));
});

it.each([
  ["vrrp", "112"],
  ["VRRP", "112"],
  ["112", "112"],
  ["constructor", "constructor"],
])("protocol %s is %s", (text, canonical) => expect(canonicalProtocol(text)).toBe(canonical));

describe("ports", () => {
  const ranges = (texts: readonly string[]) => texts.map((text) => portRange(text)!);

  it.each([
    ["1-100/tcp", ["22/tcp"], ["1-21/tcp", "23-100/tcp"]],
    ["22/tcp", ["1-100/tcp"], []],
    ["1-100/tcp", ["90-200/tcp", "1-10/tcp"], ["11-89/tcp"]],
    ["1-100/tcp", ["50/udp"], ["1-100/tcp"]],
    ["1-100/tcp", ["1-50/tcp", "51-100/tcp"], []],
  ])("%s without %j is %j", (text, others, rest) => {
    expect(without(portRange(text)!, ranges(others)).map(rangeText)).toEqual(rest);
  });

  it.each(["0/tcp", "80", "80-70/tcp", "70000/tcp", "80/TCP", "80:90/tcp"])("%s is no range", (text) => {
    expect(portRange(text)).toBeUndefined();
  });
});
