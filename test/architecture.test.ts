/** The map of CONTRIBUTING.md, held: imports go one way, from what a room stands on. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

/** Each stands on those before it, and knows none after it. */
const ROOMS = [
  "contracts",
  "vault",
  "files",
  "yaml",
  "jinja",
  "ssh-config",
  "inventory",
  "playbook",
  "keepalived",
  "tasks",
  "engine",
  "remote",
  "drills",
  "lab",
  "report",
  "commands",
  "cli",
];

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = text.matchAll(/(?:from|import) "(\.[^"]+)"|import\("(\.[^"]+)"\)/g);
  return [...found].map(([, still, lazy]) => relative(SRC, join(SRC, dirname(file), still ?? lazy ?? "")));
}

function roomOf(file: string): string {
  const [first = "", rest] = file.split("/");
  if (rest !== undefined) return first;
  const own = first.replace(/\.ts$/, "");
  return ROOMS.includes(own) ? own : "contracts";
}

test("every room is on the list", () => {
  expect(FILES.map(roomOf).filter((room) => !ROOMS.includes(room))).toEqual([]);
});

test("imports go one way", () => {
  const against = FILES.flatMap((file) =>
    importsOf(file)
      .filter((other) => ROOMS.indexOf(roomOf(other)) > ROOMS.indexOf(roomOf(file)))
      .map((other) => `${file} imports ${other}`),
  );
  expect(against).toEqual([]);
});
