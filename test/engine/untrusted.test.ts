/** What came from a host, and what is written with `!unsafe`, is data wherever it goes. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { showPlace } from "../../src/core/source.ts";
import { Plays, statuses } from "./plays.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

let plays: Plays;
beforeEach(() => void (plays = new Plays({ a: {}, b: {} })));
afterEach(() => plays.end());

const EVIL = "{{ 1 + 1 }}{% for x in y %}{# #}";

/** Every way that leads on from `v`, which holds EVIL (in `v.deep[0]` as well). */
const WAYS = (v: string): string => `
    - { name: "1 {{ ${v}.text }}", command: "true" }
    - { name: "2 {{ w }}", command: "true", vars: { w: "{{ ${v}.text }}" } }
    - { name: "3 {{ w.x[0] }}", command: "true", vars: { w: { x: ["{{ ${v}.text }}"] } } }
    - { name: "4 {{ item }}", command: "true", loop: ["{{ ${v}.text }}"] }
    - { name: "5 {{ item }}", command: "true", loop: "{{ ${v}.deep }}" }
    - { name: "6 {{ lookup('vars', 'w') }}", command: "true", vars: { w: "{{ ${v}.text }}" } }
    - { name: "7 {{ ${v}.deep | map('upper') | map('lower') | first }}", command: "true" }
    - { name: "8 right", command: "true", when: [${v}.text is search('1 . 1'), "${v}.deep[0] == ${v}.text"] }
    - { name: "9", template: { src: t.j2, path: "{{ root }}/out" }, vars: { w: "{{ ${v}.text }}" } }
`;
const EXPECTED = [...[1, 2, 3, 4, 5, 6, 7].map((n) => `${n} ${EVIL} changed`), "8 right changed", "9 changed"];

beforeEach(() => plays.write("templates/t.j2", "{{ w }}|{{ [w] | to_json | from_json | first }}\n"));

test("written with `!unsafe`, alone or within", async () => {
  const v = `{ text: !unsafe "${EVIL}", deep: [!unsafe "${EVIL}"] }`;
  const ran = await plays.run(`- hosts: a\n  vars: { v: ${v} }\n  tasks:${WAYS("v")}`);
  expect(statuses(ran)).toEqual(EXPECTED);
  expect(plays.read("out")).toBe(`${EVIL}|${EVIL}\n`);
});

test("in what a task is called, and whom it notifies", async () => {
  const handler = `\n  handlers: [{ name: "restart it", command: "true" }, { name: !unsafe "${EVIL}", command: "true" }]\n`;
  const tasks = `  tasks:\n    - { name: !unsafe "${EVIL}", command: "true", notify: !unsafe "${EVIL}" }`;
  const ran = await plays.run(`- hosts: a\n${tasks}${handler}`);
  expect(statuses(ran)).toEqual([`${EVIL} changed`, `${EVIL} changed`]);
});

test("what a host printed, here and through `hostvars`", async () => {
  plays.write("evil", EVIL);
  const register = `    - { name: r, command: "cat {{ root }}/evil", register: r }\n`;
  const play = (hosts: string, v: string): string =>
    `- hosts: ${hosts}\n  vars: { v: { text: "{{ ${v}.stdout }}", deep: ["{{ ${v}.stdout }}"] } }\n  tasks:\n`;
  const ran = await plays.run(play("a", "r") + register + WAYS("v").slice(1) + play("b", "hostvars.a.r") + WAYS("v"));
  expect(statuses(ran, "a").slice(1)).toEqual(EXPECTED);
  expect(statuses(ran, "b")).toEqual(EXPECTED.map((each) => each.replace("9 changed", "9 ok")));
});

test("a mistake in a variable's template is shown in the file that has it", async () => {
  plays.write("vars.yml", 'deep:\n  - x: "fine"\n    y: >-\n      a {{ port | int }}\n      {{ prot }}\nport: 1\n');
  const play = `- hosts: a\n  vars_files: vars.yml\n  vars: { z: "{{ deep[0].y }}" }\n  tasks:\n    - command: echo {{ z }}\n`;
  const problem = await plays
    .run(play)
    .catch((error: unknown) => (error instanceof InputError ? error.problems[0] : error));
  expect(problem).toMatchObject({ message: "`prot` is not defined", label: "did you mean `port`?" });
  const { place, related } = problem as NonNullable<InputError["problems"][number]>;
  expect(place === undefined ? "" : showPlace(place)).toBe("vars.yml:5:10");
  expect(related?.map((each) => `${showPlace(each.place)} ${each.label}`)).toEqual([
    "vars.yml:6:7 `port` is defined here",
    "site.yml:5:24 `z` is used here",
  ]);
});
