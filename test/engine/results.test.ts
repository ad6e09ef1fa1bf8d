import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { Plays, statuses } from "./plays.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

let plays: Plays;
beforeEach(() => void (plays = new Plays()));
afterEach(() => plays.end());

/** A play on all hosts. */
const tasks = (text: string): string => `- hosts: all\n  tasks:\n${text.replace(/^(?=.)/gm, "    ")}`;

describe("what a task returned", () => {
  test("is known of a task that was skipped", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: "true", register: x, when: false }
- { name: t2, command: "true", when: x.skipped and x is not changed }
`),
    );
    expect(statuses(ran)).toEqual(["t1 skipped", "t2 changed"]);
  });

  test("is a list of results for a loop, those that were skipped among them", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: "echo {{ item }}", loop: [1, 2, 3], register: x, when: item != 2 }
- name: "{{ x.results | map(attribute='stdout') | join('-') }} {{ x.results[1].skipped }} {{ x.results[2].item }}"
  command: "true"
  when: x is changed and x.results | length == 3
- { name: none, command: "true", loop: [], register: y }
- { name: t3, command: "true", when: y.results | length == 0 and y is skipped }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t1 skipped", "t1 changed", "1--3 True 3 changed", "t3 changed"]);
  });

  test("says of a failure that was ignored that it failed", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, shell: "echo no >&2; exit 3", register: x, ignore_errors: true }
- { name: t2, command: "true", when: x is failed and x.rc == 3 and x.stderr == 'no' }
`),
    );
    expect(statuses(ran)).toEqual(["t1 ignored", "t2 changed"]);
  });

  test("of a command has what Ansible's has: what ran, when, how long, and what came of it", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: echo hi, register: a }
- { name: t2, shell: "echo no; exit 3", register: b, ignore_errors: true }
- { name: t3, command: { argv: [echo, "a b"] }, register: c }
- name: t4
  assert:
    that:
      - a.cmd == ['echo', 'hi'] and a.msg == '' and a.rc == 0
      - a.start is match('^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}$') and a.end >= a.start
      - a.delta is match('^0:00:[0-9]{2}[.][0-9]{6}$')
      - b.cmd == 'echo no; exit 3' and b.msg == 'non-zero return code' and b.rc == 3
      - c.cmd == ['echo', 'a b'] and a.attempts is not defined
`),
    );
    expect(ran.tasks.map(({ why }) => why)).toEqual([undefined, "ended with code 3: no", undefined, undefined]);
    expect(statuses(ran)).toEqual(["t1 changed", "t2 ignored", "t3 changed", "t4 ok"]);
  });

  test("of a task that is tried again says how often, as Ansible counts", async () => {
    const ran = await plays.run(
      tasks(`- name: t1
  shell: "echo x >>{{ root }}/tries; wc -l <{{ root }}/tries"
  register: a
  until: a.stdout | int >= 3
  retries: 5
  delay: 0
- { name: t2, command: "false", register: b, until: b.rc == 0, retries: 2, delay: 0, ignore_errors: true }
- { name: t3, command: "true", register: c, until: c.rc == 0, retries: 3, delay: 0 }
- { name: "{{ a.attempts }} {{ b.attempts }} {{ c.attempts }}", command: "true" }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t2 ignored", "t3 changed", "3 2 1 changed"]);
  });

  test("of what was not run: no code where it was skipped, no times where a guard held, the reason where it failed", async () => {
    plays.write("there", "");
    const ran = await plays.run(
      tasks(`- { name: t1, command: "true", register: a, when: false }
- { name: t2, command: { cmd: "true", creates: "{{ root }}/there" }, register: b }
- { name: t3, assert: { that: 1 == 2, fail_msg: not equal }, register: c, ignore_errors: true }
- { name: t4, debug: { msg: hello }, register: d }
- { name: t5, file: { path: "{{ root }}/there", content: x }, register: e }
- name: t6
  assert:
    that:
      - a.rc is not defined and a.skipped and a.skip_reason == 'Conditional result was False'
      - b.cmd == ['true'] and b.start is none and b.delta is none
      - c.msg == 'not equal' and d.msg == 'hello' and e.path == e.dest
`),
    );
    expect(statuses(ran)).toEqual(["t1 skipped", "t2 ok", "t3 ignored", "t4 ok", "t5 changed", "t6 ok"]);
  });

  test("keeps a secret of its command's a secret", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, shell: "true {{ 'hush' ~ 'hush' }}", no_log: true, register: a }
- { name: t2, debug: { msg: "{{ a.cmd }}" } }
`),
    );
    expect(JSON.stringify(ran.tasks)).not.toContain("hushhush");
  });

  test("and when keep a task from a loop that cannot be worked out", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: "true {{ item }}", loop: "{{ nothing }}", when: nothing is defined, register: a }
- { name: t2, command: "true", register: r, when: false }
- { name: t3, command: "true {{ item }}", loop: "{{ r.results }}", when: r is not skipped }
- name: t4
  command: "true {{ item }}"
  loop: "{{ nothing }}"
  when: ["nothing is defined", "item > 1"]
- { name: "{{ a.skipped }} {{ a.results is defined }}", command: "true" }
`),
    );
    expect(statuses(ran)).toEqual(["t1 skipped", "t2 skipped", "t3 skipped", "t4 skipped", "True False changed"]);
    for (const when of ["", ", when: item > 1", ", when: nothing is not defined"]) {
      const wrong = plays.run(tasks(`- { name: t1, command: "true {{ item }}", loop: "{{ nothing }}"${when} }\n`));
      await expect(wrong).rejects.toThrow(InputError);
    }
  });

  test("says that more was printed than is kept, and the report does", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: "head -c 5000000 /dev/zero", register: x }
- { name: t2, command: "true", when: x.truncated and x.stdout | length == 4194304 }
- { name: t3, command: uname, register: x }
- { name: t4, command: "true", when: x.truncated is not defined }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t2 changed", "t3 changed", "t4 changed"]);
    const told = ran.events.find((event) => event.type === "task");
    expect(told?.why).toMatch(/^the output was truncated: it exceeds 4 MiB /);
  });

  test("is the last one's of two that keep it under the same name", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: echo one, register: x }
- { name: "t2 {{ x.stdout }}", command: "true" }
- { name: t3, command: echo two, register: x }
- { name: "t4 {{ x.stdout }}", command: "true" }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t2 one changed", "t3 changed", "t4 two changed"]);
  });

  test("is never guessed by a dry run; what is known there is used", async () => {
    plays.write("there", "");
    const dry = await plays.run(
      tasks(`- { name: t1, command: "true", register: x }
- { name: t2, command: "true", when: x is changed, register: y }
- { name: t3, command: "true", when: y is changed }
- { name: t4, command: { cmd: "true", creates: "{{ root }}/there" }, register: z }
- { name: t5, command: "true", when: z is not changed }
- { name: t6, command: "true", changed_when: false, register: w }
- { name: t7, command: "true", when: w.stdout == 'x' }
`),
      { check: true },
    );
    expect(statuses(dry)).toEqual([
      ...["t1 will-change", "t2 depends", "t3 depends", "t4 ok", "t5 will-change", "t6 ok", "t7 depends"],
    ]);
  });

  test("that no earlier task of the host returns is not waited for", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: "true", when: x is not defined }
- { name: t2, command: "true", register: x }
`),
      { check: true },
    );
    expect(statuses(ran)).toEqual(["t1 will-change", "t2 will-change"]);
  });
});

describe("expressions that judge a result", () => {
  test("decide about changed and failed, and what comes after a failure is not begun", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: echo same, register: r, changed_when: "'new' in r.stdout" }
- { name: t2, command: "false", failed_when: false }
- { name: t3, command: "true", failed_when: true }
- { name: t4, command: "touch {{ root }}/no" }
`),
    );
    expect(statuses(ran)).toEqual(["t1 ok", "t2 changed", "t3 failed"]);
    expect(plays.read("no")).toBeUndefined();
  });

  test("may use facts, and earlier results", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: echo 1, register: x }
- { name: t2, command: echo 1, register: y, changed_when: y.stdout != x.stdout }
- { name: t3, command: "true", failed_when: ansible_facts.kernel == '' }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t2 ok", "t3 changed"]);
  });

  test("that are wrong fail the host, with their place; the connection has nothing to do with it", async () => {
    const ran = await plays.run(tasks(`- { name: t1, command: "true", failed_when: nowhere == 1 }\n`));
    expect(ran.tasks).toMatchObject([{ name: expect.stringContaining("site.yml:3:") as string, status: "failed" }]);
    expect(ran.tasks[0]?.why).toContain("`nowhere` is not defined");
    expect(ran.events.filter(({ type }) => type === "host-lost")).toEqual([]);
    expect(ran.recap.get("a")).toMatchObject({ failed: 1, unknown: 0 });
  });
});

describe("tries", () => {
  const count = `echo x >>{{ root }}/n; test $(wc -l <{{ root }}/n) -ge`;

  test("end when `until` holds, its delay between them", async () => {
    const delays: number[] = [];
    const sleep = (seconds: number): Promise<void> => Promise.resolve(void delays.push(seconds));
    const ran = await plays.run(
      tasks(`- { name: t1, shell: "echo x >>{{ root }}/n; wc -l <{{ root }}/n", register: r, until: r.stdout | int >= 3, retries: 5, delay: 2 }
`),
      { sleep },
    );
    expect(statuses(ran)).toEqual(["t1 changed"]);
    expect([plays.read("n"), delays]).toEqual(["x\nx\nx\n", [2, 2]]);
  });

  test("that are used up fail, and say which condition does not hold", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, command: echo 1, register: r, until: r.stdout == '2', retries: 1 }\n`),
    );
    expect(ran.tasks).toMatchObject([{ status: "failed", why: "`until` does not hold: 1" }]);
  });

  test("come before an error is ignored, and nothing overtakes them", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, shell: "${count} 2", retries: 3, ignore_errors: true }
- { name: t2, shell: "cp {{ root }}/n {{ root }}/seen" }
- { name: t3, command: "false", retries: 1, ignore_errors: true }
- { name: t4, command: "true" }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t2 changed", "t3 ignored", "t4 changed"]);
    expect(plays.read("seen")).toBe("x\nx\n");
  });

  test("stop at an interruption, and the last one is reported", async () => {
    let interrupted = false;
    const ran = await plays.run(tasks(`- { name: t1, shell: "${count} 9", retries: 9 }\n`), {
      sleep: () => Promise.resolve(void (interrupted = true)),
      stop: () => interrupted,
    });
    expect(statuses(ran)).toEqual(["t1 failed"]);
    expect(plays.read("n")).toBe("x\n");
  });

  test("a command that ends with 124 by itself was not stopped", async () => {
    const ran = await plays.run(
      tasks(`- { name: t1, shell: exit 124, timeout: 5 }\n- { name: t2, command: "true" }\n`),
    );
    expect(ran.tasks).toMatchObject([{ status: "failed", why: "ended with code 124 without output" }]);
  });
});

describe("variables", () => {
  test("of a task stand above its play's and below `-e`; loop items above all", async () => {
    const ran = await plays.run(
      `- hosts: all
  vars: { v: play, e: play }
  tasks:
    - { name: "{{ v }} {{ e }} {{ item }}", command: "true", vars: { v: task, e: task }, loop: [one] }
`,
      { extra: { e: extra, item: extra } },
    );
    expect(statuses(ran)).toEqual([`task ${extra} one changed`]);
  });
  const extra = "extra";

  test("written with `!unsafe` are data, in a play and in a task", async () => {
    const ran = await plays.run(`- hosts: all
  vars: { v: !unsafe "{{ nowhere }}" }
  tasks:
    - { name: "{{ v }} {{ w }}", command: "true", vars: { w: !unsafe "{% no %}" } }
`);
    expect(statuses(ran)).toEqual(["{{ nowhere }} {% no %} changed"]);
  });

  test("`omit` leaves an argument out", async () => {
    plays.write("there", "");
    const ran = await plays.run(
      tasks(`- { name: t1, command: { cmd: "true", creates: "{{ where | default(omit) }}" } }
- { name: t2, command: { cmd: "true", creates: "{{ root }}/there" } }
`),
    );
    expect(statuses(ran)).toEqual(["t1 changed", "t2 ok"]);
  });

  test("facts that only a template file uses, or a variable deep inside, are asked for", async () => {
    plays.write("templates/t.j2", "{{ ansible_facts.hostname }}\n");
    const ran = await plays.run(`- hosts: all
  tasks:
    - { name: t1, template: { src: t.j2, path: "{{ root }}/out" } }
    - { name: "t2 {{ v.deep[0] != '' }}", command: "true", vars: { v: { deep: ["{{ ansible_facts.kernel }}"] } } }
`);
    expect(statuses(ran)).toEqual(["t1 changed", "t2 True changed"]);
    expect(plays.read("out")?.trim()).not.toBe("");
  });

  test("a result that only a template file uses is waited for, and a dry run says so", async () => {
    plays.write("templates/t.j2", "{{ said.stdout }}");
    const text = tasks(`- { name: t1, command: echo hello, register: said }
- { name: t2, template: { src: t.j2, path: "{{ root }}/out" } }
`);
    expect(statuses(await plays.run(text, { check: true }))).toEqual(["t1 will-change", "t2 depends"]);
    expect(statuses(await plays.run(text))).toEqual(["t1 changed", "t2 changed"]);
    expect(plays.read("out")).toBe("hello");
  });

  test("facts that only a later play uses are asked for once, with the first looks", async () => {
    const ran = await plays.run(`- hosts: all
  tasks:
    - { name: t1, file: { path: "{{ root }}/a", content: "1" } }
- hosts: all
  tasks:
    - { name: t2, file: { path: "{{ root }}/b", content: "{{ facts.hostname }}" } }
`);
    expect(statuses(ran)).toEqual(["t1 changed", "t2 changed"]);
    expect(ran.batches.filter(({ batch }) => batch.looks.some(({ id }) => id === "facts"))).toHaveLength(1);
  });

  test("that are wrong are found before anything is done", async () => {
    await expect(
      plays.run(tasks(`- { name: t1, command: "true" }\n- { name: "{{ no }}", command: "true" }\n`)),
    ).rejects.toThrow(InputError);
  });
});
