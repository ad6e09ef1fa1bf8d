/** The plan at the end of a dry run on this machine: data that can be compared, without a secret. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event, HostPlan, PlanEntry } from "../../src/core/event.ts";
import { expectEvents } from "../report/valid.ts";
import { dsrctl } from "../vault/dsrctl.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dsrctl-plan-"));
  writeFileSync(join(dir, "hosts"), "[all]\none\ntwo\n[all:vars]\nansible_connection=local\n");
  writeFileSync(join(dir, "password"), "of the vault\n", { mode: 0o600 });
});
afterEach(() => rmSync(dir, { recursive: true }));

async function dryRun(tasks: string, ...options: readonly string[]): Promise<readonly HostPlan[]> {
  writeFileSync(join(dir, "play.yml"), `- hosts: all\n  tasks:\n${tasks.replaceAll("$DIR", dir)}`);
  const { out } = await dsrctl(dir, "play", "play.yml", "-i", "hosts", "--check", "--json", ...options);
  const said = out.toString();
  expectEvents(said);
  const events = said.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Event] : []));
  const plans = events.flatMap((event) => (event.type === "plan" ? [event.hosts] : []));
  expect(plans, said).toHaveLength(1);
  expect(events.at(-1)?.type).toBe("run-end");
  return plans[0]!;
}

const entries = (plans: readonly HostPlan[]): readonly PlanEntry[] => plans.flatMap(({ tasks }) => tasks);

const TASKS = `
    - name: the greeting is there
      file: { path: "$DIR/{{ inventory_hostname }}", content: "{{ item }}" }
      loop: [hello]
    - name: only on one
      file: { path: $DIR/one-only, state: directory }
      when: inventory_hostname == "one"
    - name: the directory is there
      file: { path: $DIR/directory, state: directory }
      notify: restart
  handlers:
    - name: restart
      command: "true"
`;

test("names each task of each host in order, with its difference and the look that was judged", async () => {
  const [one, two] = await dryRun(TASKS);
  expect([one?.host, two?.host]).toEqual(["one", "two"]);
  expect(one?.tasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
    "0.0.0 will-change",
    "0.1 will-change",
    "0.2 will-change",
    "0.h0-0 will-change",
  ]);
  expect(two?.tasks.map(({ status }) => status)).toEqual(["will-change", "skipped", "will-change", "will-change"]);
  expect(one?.tasks[2]).toMatchObject({ kind: "file", delta: { keys: ["kind"] } });
  expect(one?.tasks[2]?.look).toMatch(/^0 \d+ \d+$/);
});

test("is equal for an equal state, and differs only where the state does", async () => {
  const first = await dryRun(TASKS);
  expect(await dryRun(TASKS)).toEqual(first);
  writeFileSync(join(dir, "two"), "good morning");
  const later = entries(await dryRun(TASKS));
  const differing = entries(first).filter((entry, index) => JSON.stringify(entry) !== JSON.stringify(later[index]));
  expect(differing.map(({ id, label }) => `${id} ${label}`)).toEqual([`0.0.0 ${dir}/two`]);
});

test("contains no secret, and no checksum that a secret could be guessed from", async () => {
  writeFileSync(join(dir, "vars.yml"), "word: s3cret\n");
  await dsrctl(dir, "vault", "encrypt", "vars.yml", "--vault-password-file", "password");
  writeFileSync(join(dir, "one"), "s3cret");
  writeFileSync(join(dir, "page.j2"), "{{ word }}");
  const plans = await dryRun(
    `
    - file: { path: "$DIR/{{ inventory_hostname }}", content: "{{ word }}" }
    - template: { path: $DIR/page, src: page.j2 }
    - file: { path: $DIR/hidden, content: hidden }
      no_log: true
    - file: { path: $DIR/shown, content: shown }
`,
    ...["-e", "@vars.yml", "--vault-password-file", "password"],
  );
  expect(JSON.stringify(plans)).not.toMatch(/s3cret|"before":"hidden|content":"hidden/);
  expect(plans[0]?.tasks.map(({ status, look }) => [status, look === undefined])).toEqual([
    ["ok", true],
    ["will-change", true],
    ["will-change", true],
    ["will-change", false],
  ]);
});
