import { expect, test } from "vitest";
import { bothEnds, gist, middleCut } from "../src/text/shorten.ts";

const numbered = (count: number): string => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join("\n");

test("a few lines are told whole, without those that are empty or come twice in a row", () => {
  expect(gist(" one\n\ntwo\r\ntwo\n  three  \n")).toEqual(["one", "two", "three"]);
  expect(gist(numbered(12))).toHaveLength(12);
  expect(gist(" \n\n")).toEqual([]);
});

test("of many the first, the last, and what tells of something wrong between them", () => {
  expect(gist(numbered(13).replace("line 7", "line 7: Unknown keyword"))).toEqual([
    ...["line 1", "line 2", "line 3", "line 4", "line 5"],
    ...["… (1 line) …", "line 7: Unknown keyword", "… (3 lines) …", "line 11", "line 12", "line 13"],
  ]);
});

test("the cause of a package that cannot be configured is among them", () => {
  const said = [
    "apt-get could not install keepalived",
    ...["Reading package lists...", "Building dependency tree...", "Reading state information..."],
    ...numbered(200).split("\n"),
    "dpkg: error processing package keepalived (--configure):",
    " installed keepalived package post-installation script subprocess returned error exit status 1",
    ...numbered(40).split("\n"),
    "Errors were encountered while processing:",
    " keepalived",
    "E: Sub-process /usr/bin/dpkg returned an error code (1)",
  ];
  const told = gist(said.join("\n"));
  expect(told[0]).toBe(said[0]);
  expect(told).toContain("dpkg: error processing package keepalived (--configure):");
  expect(told.at(-1)).toBe(said.at(-1));
  expect(told).toContain("… (200 lines) …".replace("200", "199"));
});

test("a long line, and a long text that comes in pieces, keep both ends", () => {
  expect(middleCut("cause ".padEnd(50, "x") + " effect", 30)).toBe("cause xxxxxxxxxxxxx…xxx effect");
  expect(gist("a".repeat(300) + "b".repeat(300))).toEqual(["a".repeat(266) + "…" + "b".repeat(133)]);
  let kept = "";
  for (let piece = 0; piece < 1000; piece++) kept = bothEnds(`${kept}${piece}\n`, 100);
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept).toMatch(/^0\n1\n2\n[^…]*\n…\n[^…]*999\n$/);
  expect(bothEnds("short", 100)).toBe("short");
});
