import { describe, expect, it } from "vitest";
import { compactHosts } from "../../src/report/compact-hosts.ts";

const numbered = (prefix: string, from: number, to: number, digits = 0, suffix = ""): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => prefix + String(from + index).padStart(digits, "0") + suffix);

describe("names of many hosts", () => {
  it.each([
    ["one", ["web1"], "web1"],
    ["two", ["lb1", "lb2"], "lb[1-2]"],
    ["leading zeros", numbered("web", 1, 20, 2), "web[01-20]"],
    ["several ranges", ["web01", "web07", "web03", "web02"], "web[01-03,07]"],
    ["several prefixes, in order of their first", ["web2", "lb1", "web1", "db"], "web[1-2], lb1, db"],
    ["more digits from 10 on", numbered("n", 8, 11), "n[8-11]"],
    ["more digits than the zeros", ["n08", "n09", "n10", "n099", "n100"], "n[08-10,099-100]"],
    ["the same number, written in two ways", ["n1", "n01", "n2", "n02"], "n[1,01,2,02]"],
    ["a domain", numbered("web", 1, 3, 2, ".example.com"), "web[01-03].example.com"],
    ["the number that differs", numbered("r2-web", 1, 4, 0, ".dc1"), "r2-web[1-4].dc1"],
    ["two racks", [...numbered("r1-n", 1, 3), ...numbered("r2-n", 1, 3)], "r1-n[1-3], r2-n[1-3]"],
    ["addresses", numbered("10.0.0.", 9, 11), "10.0.0.[9-11]"],
    ["numbers that are no numbers", ["a12345678901234567890", "a12345678901234567891"], ""],
    ["names without numbers", ["alpha", "beta"], "alpha, beta"],
    ["a minus within a name", ["web-1", "web-3"], "web-[1,3]"],
    ["twice the same", ["a1", "a1", "a2"], "a[1-2]"],
    ["none", [], ""],
  ])("%s", (_, hosts, shown) => expect(compactHosts(hosts)).toBe(shown || hosts.join(", ")));

  it.each([
    [30, "web[1,3,5,7,9,11] and 14 more"],
    [20, "web[1,3] and 18 more"],
    [12, "20 hosts"],
    [200, "web[1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39]"],
  ])("cut at %i columns, with a count of the rest", (columns, shown) => {
    const odd = Array.from({ length: 20 }, (_, index) => `web${index * 2 + 1}`);
    expect(compactHosts(odd, columns)).toBe(shown);
  });

  it("one host is never cut", () => expect(compactHosts(["a-very-long-name"], 5)).toBe("a-very-long-name"));
});
