import { describe, expect, it } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { jsonReporter } from "../../src/report/json.ts";
import { linesReporter } from "../../src/report/lines.ts";
import { RUNS, end, counts, recorder, start, task, tellAll } from "./events.ts";

/** What a hostile host may print: each would do something to a terminal, or to who reads it. */
const ATTACKS: Readonly<Record<string, string>> = {
  "clears the screen": "\u001b[2J",
  "moves the cursor up": "\u001b[1A",
  "erases the line": "\u001b[2K",
  "colours what follows": "\u001b[32mok\u001b[0m",
  hides: "\u001b[8mhidden\u001b[28m",
  "sets the title (BEL)": "\u001b]0;title\u0007",
  "sets the title (ST)": "\u001b]2;title\u001b\\",
  "writes the clipboard": "\u001b]52;c;cm0gLXJm\u0007",
  "makes a link": "\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\",
  "asks for an answer": "\u001b[6n",
  "asks for the terminal's name": "\u001bZ",
  "device control string": "\u001bPq#0;2;0;0;0\u001b\\",
  "application program command": "\u001b_Gf=24\u001b\\",
  "privacy message": "\u001b^x\u001b\\",
  "start of string": "\u001bXx\u001b\\",
  "resets the terminal": "\u001bc",
  "other screen": "\u001b[?1049h",
  "mouse reports": "\u001b[?1000h",
  "other character set": "\u001b(0",
  "C1 CSI": "\u009b2J",
  "C1 OSC": "\u009d0;title\u009c",
  "C1 DCS": "\u0090q\u009c",
  "carriage return": "failed\rok",
  backspace: "failed\b\b\b\b\b\bok",
  bell: "\u0007",
  "shift out": "\u000e",
  "turned around": "\u202egnp.exe\u202c",
  "zero width and byte order": "o\u200bk\ufeff\u2060",
  "line and paragraph separators, tags": "a\u2028b\u2029c\u{e0041}",
};

/** Nothing that a terminal obeys or a reader does not see, but for line ends. */
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

function everywhere(text: string): readonly Event[] {
  return [
    ...start(["web1"]),
    { type: "warning", problem: { severity: "warning", code: "advice", message: text, help: text, note: text } },
    { type: "play-start", play: text, hosts: ["web1"], tasks: 1 },
    task("web1", text, {
      ...{ kind: "command", label: text, status: "failed", why: text, hint: text, out: text, err: text },
      waitsFor: { host: "web1", name: text },
      delta: { before: { a: text, b: [text] }, after: { a: "x", b: ["y"] }, keys: ["a", "b"] },
      text: { path: text, before: text, after: `${text}\nmore` },
    }),
    task("web1", "says", { kind: "debug", label: text }),
    {
      type: "host-lost",
      host: "web1",
      state: "unreachable",
      stage: "tcp",
      code: "unreachable-tcp",
      why: text,
      hint: text,
    },
    ...end([counts("web1", { failed: 1 })], true),
  ];
}

describe("nothing that a host says reaches the terminal as anything but text", () => {
  it("there are 29 attacks", () => expect(Object.keys(ATTACKS)).toHaveLength(29));

  it.each(Object.entries(ATTACKS))("%s", (_, attack) => {
    expect(attack).toMatch(UNSEEN);
    for (const make of [linesReporter, jsonReporter]) {
      const { options, writes } = recorder({ diff: true, verbosity: 2 });
      const reporter = make(options);
      tellAll(reporter, everywhere(attack));
      reporter.abandon();
      expect(writes.join("")).not.toMatch(UNSEEN);
    }
  });

  it("JSON holds them all the same", () => {
    const { options, writes } = recorder();
    for (const attack of Object.values(ATTACKS)) jsonReporter(options).tell(task("web1", attack));
    expect(writes.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(Object.values(ATTACKS));
  });

  it("tabs of a text stay tabs", () => {
    const { options, writes } = recorder({ diff: true });
    tellAll(linesReporter(options), RUNS.changed);
    expect(writes.join("")).toContain("-\tstate MASTER\n");
  });
});
