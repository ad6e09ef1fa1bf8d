/** The language as Ansible has it, where it shows in what a play does. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Plays, statuses } from "./plays.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

let plays: Plays;
beforeEach(() => void (plays = new Plays()));
afterEach(() => plays.end());

describe("none", () => {
  test("stays none as a variable, is no text within one, and leaves an argument out", async () => {
    plays.write("f", "x");
    const ran = await plays.run(`- hosts: all
  vars: { n: null, m: "{{ n }}", mm: "{{ m }}", text: "a{{ n }}b" }
  tasks:
    - name: t1
      assert: { that: [m is none, mm is none, m is not string, "text == 'ab'", "(m | default('x')) is none"] }
    - { name: t2, file: { path: "{{ root }}/f", content: x, mode: "{{ m }}", owner: "{{ n }}" } }
    - { name: t3, command: "true", when: m is not none }
    - { name: "t4{{ n }}", debug: { msg: "{{ m }}" } }
    - { name: t5, debug: { var: m } }
`);
    expect(statuses(ran)).toEqual(["t1 ok", "t2 ok", "t3 skipped", "t4 ok", "t5 ok"]);
    expect(ran.tasks.slice(3).map(({ label }) => label)).toEqual(["Hello world!", "null"]);
  });
});

describe("words of a play and a task", () => {
  test("errors may be ignored in a whole play, and minded in a task of it", async () => {
    const ran = await plays.run(`- hosts: all
  ignore_errors: true
  tasks:
    - { name: t1, command: "false" }
    - { name: t2, command: "true" }
    - { name: t3, command: "false", ignore_errors: false }
    - { name: t4, command: "true" }
`);
    expect(statuses(ran)).toEqual(["t1 ignored", "t2 changed", "t3 failed"]);
  });

  test("nothing of a play with no_log is shown", async () => {
    const ran = await plays.run(`- hosts: all
  no_log: "yes"
  tasks:
    - { name: t1, shell: "echo of no concern; exit 1" }
`);
    expect(JSON.stringify(ran.tasks)).not.toContain("concern");
  });

  test("an empty condition holds, empty args add nothing, flags are words in capitals too", async () => {
    const ran = await plays.run(`- hosts: all
  tasks:
    - { name: t1, command: "true", when: "" }
    - name: t2
      command: "true"
      args:
    - { name: t3, command: "false", ignore_errors: "Yes" }
    - { name: t4, command: "false", when: ["", false] }
`);
    expect(statuses(ran)).toEqual(["t1 changed", "t2 changed", "t3 ignored", "t4 skipped"]);
  });

  test("handlers are flushed by the full name of meta", async () => {
    const ran = await plays.run(`- hosts: all
  handlers:
    - { name: h, command: "true" }
  tasks:
    - { name: t1, command: "true", notify: h }
    - ansible.builtin.meta: flush_handlers
    - { name: t2, command: "true" }
`);
    expect(statuses(ran)).toEqual(["t1 changed", "h changed", "t2 changed"]);
  });
});

test("an act that says much has its first cause and its last words in the reason", async () => {
  const many = "echo the cause; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo line $i; done; echo was not touched";
  const ran = await plays.run(`- hosts: all\n  tasks:\n    - { name: t1, shell: "{ ${many}; } >&2; exit 1" }\n`);
  expect(ran.tasks[0]?.why).toBe(
    "ended with code 1: the cause; line 1; line 2; line 3; line 4; … (8 lines) …; line 13; line 14; was not touched",
  );
});
