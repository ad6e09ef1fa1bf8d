import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { Plays, statuses } from "./plays.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

let plays: Plays;
beforeEach(() => {
  plays = new Plays({
    a: { port: 1, url: "{{ name }}:{{ port }}", name: "A", bad: "{{ nope }}", circle: "{{ hostvars.b.circle }}" },
    b: { port: 2, url: "{{ name }}:{{ port }}", name: "B", circle: "{{ hostvars.a.circle }}" },
  });
});
afterEach(() => plays.end());

/** A play whose one task is named after an expression. */
const named = (hosts: string, expression: string): string =>
  `- hosts: ${hosts}\n  tasks: [{ name: ${JSON.stringify(`${hosts}: {{ ${expression} }}`)}, command: "true" }]\n`;

async function refusal(playbook: string): Promise<readonly string[]> {
  try {
    await plays.run(playbook);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ message, label, help }) => [message, label, help].filter(Boolean).join(" | "));
  }
  return [];
}

describe("hostvars", () => {
  test("are each rendered with their own host's variables", async () => {
    const ran = await plays.run(named("a", "groups.all | map('extract', hostvars, 'url') | join(' ')"));
    expect(statuses(ran)).toEqual(["a: A:1 B:2 changed"]);
  });

  test("hold no variables of plays, and what `-e` gives", async () => {
    const play = `- hosts: a
  vars: { own: 1 }
  tasks:
    - { name: "{{ own }} {{ hostvars.b.own is defined }} {{ hostvars.b.port }}", command: "true" }
`;
    expect(statuses(await plays.run(play, { extra: { port: 9 } }))).toEqual(["1 False 9 changed"]);
  });

  test("say which host there is not, and which variable", async () => {
    expect(await refusal(named("a", "hostvars['bb'].port"))).toEqual([
      "`hostvars['bb']` is not defined: the inventory has no host `bb` | did you mean `b`? | it has `a`, `b`",
    ]);
    expect(await refusal(named("a", "hostvars.b.prot"))).toEqual([
      "`hostvars.b.prot` is not defined: `b` has no variable `prot` | did you mean `port`?",
    ]);
    expect(statuses(await plays.run(named("a", "hostvars.nobody.x | default('none')")))).toEqual(["a: none changed"]);
  });

  test("have cycles, which are told", async () => {
    expect(await refusal(named("a", "hostvars.a.circle"))).toEqual([
      "variable cycle: circle (hosts.yml:1) → circle | one of them needs a value that does not name the others",
    ]);
  });

  test("know what a host registered in an earlier play; until then it is waited for", async () => {
    const playbook = `- hosts: b
  tasks: [{ name: t1, command: "echo {{ '{{ port }}' }}", register: r }]
${named("a", "hostvars.b.r.stdout ~ hostvars['b']['r'] is changed")}`;
    const ran = await plays.run(playbook);
    expect(statuses(ran)).toEqual(["t1 changed", "a: {{ port }}True changed"]);
    expect(statuses(await plays.run(playbook, { check: true }), "a")).toEqual([expect.stringMatching(/depends$/)]);
  });

  test("know nothing of what is registered in the same play, where hosts do not wait for each other", async () => {
    const playbook = `- hosts: all
  tasks:
    - { name: t1, command: "echo 1", register: r }
    - { name: "{{ hostvars[inventory_hostname].r.stdout }}", command: "true" }
    - { name: "{{ hostvars.b.r.stdout }}", command: "true", when: inventory_hostname == 'a' }
`;
    expect(await refusal(playbook)).toEqual([
      "`hostvars.b.r` is not defined: `r` is registered in this play itself on `b` | " +
        "move the task that sets it into an earlier play: hosts do not wait for each other within a play",
    ]);
  });

  test("know the facts of hosts of earlier plays, which are asked for then", async () => {
    const ran = await plays.run(`- hosts: b\n  tasks: [{ name: t1, command: "true" }]
${named("a", "hostvars.b.ansible_facts.kernel is string and hostvars.a.facts.kernel == hostvars.b.facts.kernel")}`);
    expect(statuses(ran)).toEqual(["t1 changed", "a: True changed"]);
    expect(await refusal(named("a", "hostvars.b.facts.kernel"))).toEqual([
      "`hostvars.b.facts` is not defined: its facts are asked for in no play before this one on `b` | " +
        "move the task that sets it into an earlier play: hosts do not wait for each other within a play",
    ]);
  });
});

describe("the other magic variables", () => {
  test("tell the play and its batches", async () => {
    const ran = await plays.run(`- hosts: all
  name: p
  serial: 1
  tasks:
    - name: "{{ [ansible_play_name, ansible_play_hosts_all, ansible_play_hosts, ansible_play_batch, play_hosts] | to_json }}"
      command: "true"
`);
    expect(statuses(ran)).toEqual([
      '["p", ["a", "b"], ["a", "b"], ["a"], ["a"]] changed',
      '["p", ["a", "b"], ["a", "b"], ["b"], ["b"]] changed',
    ]);
  });

  test("tell where things are", async () => {
    const ran = await plays.run(named("a", "[playbook_dir, inventory_dir, inventory_file | basename] | to_json"));
    expect(statuses(ran)).toEqual([`a: ["${plays.root}", "${plays.root}", "hosts.yml"] changed`]);
  });
});
