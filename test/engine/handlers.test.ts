import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { Plays, statuses } from "./plays.ts";
import type { Ran } from "./plays.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

const MARKS = "/run/dsrctl-due";

let plays: Plays;
/** Stands in every handler's name: marks are the host's, and every test is one host. */
let tag: string;
beforeEach(() => {
  plays = new Plays();
  tag = randomBytes(4).toString("hex");
});
afterEach(() => {
  for (const mark of marks()) rmSync(`${MARKS}/${mark}`);
  plays.end();
});

const marks = (): readonly string[] =>
  existsSync(MARKS) ? readdirSync(MARKS).filter((name) => name.includes(tag)) : [];
const run = (text: string, options = {}): Promise<Ran> => plays.run(text.replaceAll("%", tag), options);
const named = (ran: Ran): readonly string[] => statuses(ran).map((text) => text.replace(` ${tag}`, ""));

/** A play whose handlers note that they ran. */
const play = (tasks: string, handlers = ["h"]): string => `- hosts: all
  handlers:
${handlers.map((name) => `    - { name: "${name} %", shell: "echo ${name} >>{{ root }}/ran" }\n`).join("")}  tasks:
${tasks.replace(/^(?=.)/gm, "    ")}`;

describe.skipIf(process.getuid?.() !== 0)("handlers", () => {
  test("run once, in the order of the play, whoever notified them and how often", async () => {
    const ran = await run(
      play(
        `- { name: "t{{ item }}", command: "true", loop: [1, 2, 3], notify: "b %" }
- { name: t4, command: "true", notify: ["a %", "b %"] }
`,
        ["a", "b"],
      ),
    );
    expect(named(ran)).toEqual(["t1 changed", "t2 changed", "t3 changed", "t4 changed", "a changed", "b changed"]);
    expect([plays.read("ran"), marks()]).toEqual(["a\nb\n", []]);
  });

  test("run at each flush for what was notified since", async () => {
    const ran = await run(
      play(`- { name: t1, command: "true", notify: "h %" }
- meta: flush_handlers
- { name: t2, file: { path: "{{ root }}/f", content: "" }, notify: "h %" }
- meta: flush_handlers
- { name: t3, command: "true" }
`),
    );
    expect(named(ran)).toEqual(["t1 changed", "h changed", "t2 changed", "h changed", "t3 changed"]);
    const again = await run(play(`- { name: t2, file: { path: "{{ root }}/f", content: "" }, notify: "h %" }\n`));
    expect(named(again)).toEqual(["t2 ok"]);
  });

  test("run at a later flush although a surprise came between two", async () => {
    const ran = await run(
      play(`- { name: t1, shell: "echo x >{{ root }}/f", notify: "h %" }
- meta: flush_handlers
- { name: t2, file: { path: "{{ root }}/f", content: "y" }, notify: "h %" }
`),
    );
    expect(named(ran)).toEqual(["t1 changed", "h changed", "t2 changed", "h changed"]);
    expect(marks()).toEqual([]);
  });

  test("are not notified by what `changed_when` says changed nothing", async () => {
    const ran = await run(
      play(`- { name: t1, command: echo no, register: r, changed_when: "'yes' in r.stdout", notify: "h %" }
- { name: t2, command: echo no, changed_when: false, notify: "h %" }
`),
    );
    expect(named(ran)).toEqual(["t1 ok", "t2 ok"]);
    expect(marks()).toEqual([]);
    const both = await run(
      play(`- { name: t1, command: "true", notify: "h %" }
- { name: t2, command: echo no, register: r, changed_when: "'yes' in r.stdout", notify: "h %" }
`),
    );
    expect(named(both)).toEqual(["t1 changed", "t2 ok", "h changed"]);
  });

  test("a failure that was ignored notifies when something was changed by then, and only then", async () => {
    const nothing = await run(play(`- { name: t1, command: "false", notify: "h %", ignore_errors: true }\n`));
    expect(named(nothing)).toEqual(["t1 ignored"]);
    expect(marks()).toEqual([]);
    const half = await run(
      play(`- name: t1
  shell: { cmd: "touch {{ root }}/made; exit 1", creates: "{{ root }}/made" }
  notify: "h %"
  ignore_errors: true
`),
    );
    expect(named(half)).toEqual(["t1 ignored", "h changed"]);
  });

  test("a failed task that changed something leaves its handler due for the next run; one that did not, does not", async () => {
    await run(play(`- { name: t1, command: "false", notify: "h %" }\n`));
    expect(marks()).toEqual([]);
    const text = play(`- name: t1
  shell: { cmd: "touch {{ root }}/made; exit 1", creates: "{{ root }}/made" }
  notify: "h %"
`);
    expect(named(await run(text))).toEqual(["t1 failed"]);
    expect(named(await run(text))).toEqual(["t1 ok", "h changed"]);
    expect(named(await run(text))).toEqual(["t1 ok"]);
  });

  test("that fail stay due, and the next run does them", async () => {
    const text = `- hosts: all
  handlers: [{ name: "h %", command: "test -e {{ root }}/fine" }]
  tasks: [{ name: t1, file: { path: "{{ root }}/f", content: "" }, notify: "h %" }]
`;
    expect(named(await run(text))).toEqual(["t1 changed", "h failed"]);
    plays.write("fine", "");
    expect(named(await run(text, { check: true }))).toEqual(["t1 ok", "h will-change"]);
    expect(named(await run(text))).toEqual(["t1 ok", "h changed"]);
    expect(named(await run(text))).toEqual(["t1 ok"]);
  });

  test("may notify others, those before them and the built-in ones as well", async () => {
    const ran = await run(`- hosts: all
  handlers:
    - { name: "a %", command: "true" }
    - { name: "b %", command: "true", notify: ["a %", "c %"] }
    - { name: "c %", command: "true" }
  tasks: [{ name: t1, command: "true", notify: "b %" }]
`);
    expect(named(ran)).toEqual(["t1 changed", "b changed", "c changed", "a changed"]);
    expect(marks()).toEqual([]);
    const builtIn = await run(
      `- hosts: all
  handlers: [{ name: "a %", command: "true", notify: "restart no-such-unit-%" }]
  tasks: [{ name: t1, command: "true", notify: "a %" }]
`,
    );
    expect(named(builtIn).slice(0, 2)).toEqual(["t1 changed", "a changed"]);
    expect(builtIn.tasks[2]).toMatchObject({ status: "failed", name: `restart no-such-unit-${tag}` });
  });

  test("with a loop run for every item; the mark goes with the last", async () => {
    const ran = await run(`- hosts: all
  handlers: [{ name: "h{{ item }} %", listen: "l %", shell: "echo {{ item }} >>{{ root }}/ran", loop: [1, 2, 3], when: item != 3 }]
  tasks: [{ name: t1, command: "true", notify: "l %" }]
`);
    expect(named(ran)).toEqual(["t1 changed", "h1 changed", "h2 changed", "h3 skipped"]);
    expect([plays.read("ran"), marks()]).toEqual(["1\n2\n", []]);
  });

  test("without a name are told apart", async () => {
    const ran = await run(`- hosts: all
  handlers:
    - { listen: "l %", shell: "echo 1 >>{{ root }}/ran" }
    - { listen: "l %", shell: "echo 2 >>{{ root }}/ran" }
  tasks: [{ name: t1, command: "true", notify: "l %" }]
`);
    expect(ran.tasks.map(({ status }) => status)).toEqual(["changed", "changed", "changed"]);
    expect(plays.read("ran")).toBe("1\n2\n");
  });

  test("with a `when` that does not hold are mentioned only when they are due, and are not due any more then", async () => {
    const text = `- hosts: all
  handlers: [{ name: "h %", command: "true", when: false }]
  tasks: [{ name: t1, file: { path: "{{ root }}/f", content: "" }, notify: "h %" }]
`;
    expect(named(await run(text))).toEqual(["t1 changed", "h skipped"]);
    expect(marks()).toEqual([]);
    expect(named(await run(text))).toEqual(["t1 ok"]);
  });

  test("of the same name in two plays share their mark, and run where they are notified", async () => {
    const ran = await run(
      play(`- { name: t1, command: "true", notify: "h %" }\n`) + play(`- { name: t2, command: "true" }\n`),
    );
    expect(named(ran)).toEqual(["t1 changed", "h changed", "t2 changed"]);
  });

  test("that were notified before an assertion over all hosts run after it", async () => {
    const ran = await run(
      play(`- { name: t1, command: "true", notify: "h %" }
- { name: t2, vip: { address: 192.0.2.77, owners: 0 } }
- { name: t3, command: "true" }
`),
    );
    expect(named(ran)).toEqual(["t1 changed", "t2 ok", "t3 changed", "h changed"]);
  });

  test("a dry run names each once, and says of those that may be notified what they depend on", async () => {
    const dry = await run(
      play(
        `- { name: t1, command: "true", notify: "a %", register: x }
- meta: flush_handlers
- { name: t2, command: "true", when: x.rc == 1, notify: "b %" }
`,
        ["a", "b"],
      ),
      { check: true },
    );
    expect(named(dry)).toEqual(["t1 will-change", "a will-change", "t2 depends", "b depends"]);
    expect(dry.tasks[3]?.waitsFor?.name).toBe("t2");
    expect(marks()).toEqual([]);
  });

  test("whose name comes of a template must be declared", async () => {
    const text = `- hosts: all\n  tasks: [{ name: t1, command: "true", notify: "reload {{ unit }}", vars: { unit: nginx } }]\n`;
    await expect(run(text)).rejects.toThrow(InputError);
  });
});

describe.skipIf(process.getuid?.() !== 0)("tasks of several users", () => {
  test("keep their order, each in its own shell", async () => {
    const ran = await run(`- hosts: all
  tasks:
    - { name: t1, shell: "id -u >>{{ root }}/ids; chmod a+w {{ root }}/ids" }
    - { name: t2, shell: "id -u >>{{ root }}/ids", become: true, become_user: nobody }
    - { name: t3, shell: "id -u >>{{ root }}/ids" }
`);
    expect(named(ran)).toEqual(["t1 changed", "t2 changed", "t3 changed"]);
    expect(plays.read("ids")).toBe("0\n65534\n0\n");
  });

  test("look in the shell of their own user", async () => {
    plays.write("mine", "1");
    const text = `- hosts: all
  tasks:
    - { name: t1, file: { path: "{{ root }}/mine", content: "1" } }
    - { name: t2, shell: { cmd: "false", unless: "test $(id -u) = 65534" }, become: true, become_user: nobody }
`;
    const ran = await run(text);
    expect(named(ran)).toEqual(["t1 ok", "t2 ok"]);
    expect(ran.batches.map(({ user, batch }) => [user, batch.looks.length, batch.steps.length])).toEqual([
      ["", 1, 0],
      ["nobody", 1, 0],
    ]);
  });

  const NOBODY = ", become: true, become_user: nobody";

  test.each([
    { handler: "root", as: "", by: NOBODY, uid: "0\n" },
    { handler: "nobody", as: NOBODY, by: "", uid: "65534\n" },
  ])("$handler's handler is notified by another; the next run knows when it was not run", async ({ as, by, uid }) => {
    plays.write("ran", "");
    chmodSync(plays.path("ran"), 0o666);
    const text = (last: string): string => `- hosts: all
  handlers: [{ name: "h %", shell: "id -u >>{{ root }}/ran"${as} }]
  tasks:
    - { name: t1, file: { path: "{{ root }}/f", content: "" }, notify: "h %"${by} }
    - { name: t2, command: "${last}" }
`;
    expect(named(await run(text("false")))).toEqual(["t1 changed", "t2 failed"]);
    expect(plays.read("ran")).toBe("");
    expect(named(await run(text("true")))).toEqual(["t1 ok", "t2 changed", "h changed"]);
    expect(plays.read("ran")).toBe(uid);
    expect(named(await run(text("true")))).toEqual(["t1 ok", "t2 changed"]);
  });

  test.each([NOBODY, ""])("a mark that was made elsewhere for nothing is taken back there (%s)", async (as) => {
    const ran = await run(`- hosts: all
  handlers: [{ name: "h %", command: "true"${as} }]
  tasks:
    - { name: t1, command: echo no, register: r, changed_when: "'yes' in r.stdout", notify: "h %"${as === "" ? NOBODY : ""} }
    - { name: t2, command: "true"${as} }
`);
    expect(named(ran)).toEqual(["t1 ok", "t2 changed"]);
    expect(ran.batches.flatMap(({ batch }) => batch.notifications ?? [])).toHaveLength(1);
    expect(ran.batches.flatMap(({ batch }) => batch.clearNotifications ?? [])).toHaveLength(1);
    expect([marks(), readdirSync(plays.root).includes(".dsrctl-due")]).toEqual([[], false]);
  });
});
