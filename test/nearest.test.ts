import { describe, expect, it } from "vitest";
import { didYouMean, listNames, closestMatch } from "../src/text/suggest.ts";

describe("nearest", () => {
  const words = ["when", "web", "sysctl", "children", "service", "path", "tags", "Reload nginx"];
  it.each([
    ["whn", "when"],
    ["wbe", "web"],
    ["sysctll", "sysctl"],
    ["childern", "children"],
    ["pth", "path"],
    ["serv", "service"],
    ["WEB", "web"],
    ["reload nginx", "Reload nginx"],
    ["tagg", "tags"],
  ])("%s → %s", (name, meant) => expect(closestMatch(name, words)).toBe(meant));

  it.each(["a", "x", "abcd", "wxyz", "sctl", "", "childrn_of_mine"])("%j is near nothing", (name) =>
    expect(closestMatch(name, words)).toBeUndefined(),
  );

  it("prefers fewer slips", () => expect(closestMatch("lb1", ["lb22", "lb2", "lb11"])).toBe("lb2"));
  it("a swap is one slip", () => expect(closestMatch("ab12", ["ba12"])).toBe("ba12"));
});

it("speaks in sentences", () => {
  expect(didYouMean("wbe", ["web"])).toBe("did you mean `web`?");
  expect(didYouMean("nope", ["web"])).toBeUndefined();
  expect(listNames(["a", "b", "c"], 2)).toBe("`a`, `b` and 1 more");
});
