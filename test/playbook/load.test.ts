import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { lineAndColumn } from "../../src/core/source.ts";
import { loadPlaybook } from "../../src/playbook/load.ts";
import { tagProblems, tagsIn } from "../../src/playbook/tags.ts";
import { templates } from "../../src/jinja/templates.ts";
import { isFlush } from "../../src/playbook/types.ts";
import type { Task } from "../../src/playbook/types.ts";
import { taskTypes } from "../../src/tasks/index.ts";
import { plain } from "../../src/yaml/index.ts";

const cwd = mkdtempSync(join(tmpdir(), "dsrctl-playbook-"));
afterAll(() => rmSync(cwd, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

let count = 0;
async function load(text: string) {
  const name = `${count++}.yml`;
  put(name, text);
  return loadPlaybook(name, taskTypes, { cwd, templates: templates() });
}

/** `line: message` of every problem. */
async function problemsOf(text: string): Promise<readonly string[]> {
  try {
    await load(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ message, place }) => `${place && lineAndColumn(place).line}: ${message}`);
  }
  return [];
}

async function taskOf(lines: string): Promise<Task> {
  const { plays } = await load(`- hosts: web\n  tasks:\n    - ${lines.replaceAll("\n", "\n      ")}\n`);
  const [task] = plays[0]?.tasks ?? [];
  if (task === undefined || isFlush(task)) throw new Error("no task");
  return task;
}

describe("a play", () => {
  it("with everything", async () => {
    put("vars/more.yml", "vip: 10.0.0.5\n");
    const { plays, path, directory, warnings } = await load(
      [
        "- name: web nodes",
        "  hosts: [web, '!web3']",
        "  serial: [1, 50%, '100%']",
        "  become: yes",
        "  become_user: root",
        "  become_method: sudo",
        "  gather_facts: no",
        "  max_fail_percentage: 30",
        "  any_errors_fatal: true",
        "  tags: web, base",
        "  vars: { a: 1, b: '{{ a }}' }",
        "  vars_files: [more.yml]",
        "  pre_tasks: [{ command: echo pre }]",
        "  tasks:",
        "    - command: echo one",
        "      notify: told",
        "    - meta: flush_handlers",
        "    - command: echo two",
        "  post_tasks: []",
        "  handlers:",
        "    - name: tell",
        "      listen: told",
        "      command: echo told",
      ].join("\n"),
    );
    const [play] = plays;
    expect(warnings).toEqual([]);
    expect([path, directory]).toEqual([`${count - 1}.yml`, cwd]);
    expect(play).toMatchObject({
      ...{ name: "web nodes", hosts: { text: "web,!web3" }, serial: [1, "50%", "100%"], tags: ["web", "base"] },
      ...{ become: { become: true, user: "root" }, maxFailPercentage: 30, anyErrorsFatal: true },
      vars: [
        { name: "a", value: 1 },
        { name: "b", value: "{{ a }}" },
      ],
      varsFiles: [{ path: "vars/more.yml", vars: [{ name: "vip", value: "10.0.0.5" }] }],
      handlers: [{ listen: ["told"], name: { text: "tell" } }],
    });
    const shape = play?.tasks.map((task) => (isFlush(task) ? "flush" : plain(task.args)));
    expect(shape).toEqual(["echo pre", "flush", "echo one", "flush", "echo two", "flush"]);
  });

  it("is named after its hosts when it has no name", async () => {
    const { plays } = await load("- hosts: web\n  tasks: []\n");
    expect(plays[0]).toMatchObject({ name: "web", tasks: [], serial: [], become: { become: undefined } });
  });
});

describe("a task", () => {
  it("with everything", async () => {
    const task = await taskOf(
      [
        "name: '{{ item }} is there'",
        "ansible.builtin.command: echo {{ item }}",
        "args: { creates: /x }",
        "when: [ready, x is defined]",
        "loop: [a, b]",
        "register: said",
        "notify: [restart nginx, '{{ what }}']",
        "tags: [one, two]",
        "become: false",
        "ignore_errors: true",
        "no_log: yes",
        "retries: 3",
        "delay: 0.5",
        "until: said.rc == 0",
        "changed_when: false",
        "failed_when: [said.rc > 1, not ready]",
        "vars: { x: 1 }",
        "timeout: 30",
      ].join("\n"),
    );
    expect(task).toMatchObject({
      ...{ name: { text: "{{ item }} is there" }, register: "said", tags: ["one", "two"], retries: 3, delay: 0.5 },
      when: [{ text: "ready" }, { text: "x is defined" }],
      notify: [{ text: "restart nginx" }, { text: "{{ what }}" }],
      ...{ become: { become: false, user: undefined }, ignoreErrors: true, noLog: true, changedWhen: false },
      failedWhen: [{ text: "said.rc > 1" }, { text: "not ready" }],
      ...{ until: [{ text: "said.rc == 0" }], vars: [{ name: "x", value: 1 }], timeout: 30 },
    });
    expect(task.type.kind).toBe("command");
    expect(plain(task.args)).toEqual({ cmd: "echo {{ item }}", creates: "/x" });
    expect(task.place.source.text.slice(task.place.start, task.place.end)).toBe("ansible.builtin.command");
  });

  it("with as little as possible", async () => {
    expect(await taskOf("command: uptime")).toMatchObject({
      ...{ name: undefined, when: [], loop: undefined, register: undefined, notify: [], tags: [], until: [], vars: [] },
      ...{
        ignoreErrors: false,
        noLog: false,
        retries: undefined,
        delay: 5,
        changedWhen: undefined,
        timeout: undefined,
      },
    });
  });

  it("a text that looks like a number or a boolean stays the text", async () => {
    expect(plain((await taskOf("command: true")).args)).toBe("true");
    expect(plain((await taskOf("shell: 0755")).args)).toBe("0755");
    expect((await taskOf("command: x\nwhen: true")).when).toMatchObject([{ text: "true" }]);
  });
});

describe("arguments are checked at load as far as they are no templates", () => {
  const task = (args: string) => problemsOf(`- hosts: web\n  tasks:\n    - file: ${args}\n`);
  it.each([
    ["{ path: /a, state: presnt }", [/^3: `state` must be one of .*, not `presnt`$/]],
    ["{ path: '{{ p }}', state: presnt }", [/^3: `state` must be one of/]],
    ["{ path: '{{ p }}', pth: x, mode: '{{ m }}' }", [/^3: `file` has no argument `pth`$/]],
    ["{ path: '{{ p }}', state: '{{ s }}', content: '{{ c }}', src: x }", []],
    ["{ path: '{{ p }}' }", []],
    ["'{{ args }}'", []],
    ["{ path: relative }", [/^3: `path`: expected an absolute path/]],
    ["{ path: !unsafe '{{ p }}' }", [/^3: `path`: expected an absolute path/]],
    ["{ path: '{{ p | }}' }", [/^3: expected a filter's name/]],
    ["{ path: '{{ p | frobnicate }}' }", [/^3: .*`frobnicate`/]],
  ])("%s", async (args, wanted) => {
    const problems = await task(args);
    expect(problems).toHaveLength(wanted.length);
    for (const [index, pattern] of wanted.entries()) expect(problems[index]).toMatch(pattern);
  });
});

it("an argument that is missing is missed, whatever templates stand beside it", async () => {
  expect(await problemsOf("- hosts: web\n  tasks:\n    - reachable: { port: '{{ p }}' }\n")).toEqual([
    "3: `address` is required by `reachable`",
  ]);
});

describe("lookups", () => {
  const using = (plugin: string): string =>
    `- hosts: all\n  tasks:\n    - debug: { msg: "{{ lookup('${plugin}', 'x') if false else 1 }}" }\n`;

  it("that are not supported are told at load, wherever they stand", async () => {
    expect(await problemsOf(using("first_found"))).toEqual(["3: lookup `first_found` is not supported"]);
    expect(await problemsOf(using("ansible.builtin.url"))).toEqual(["3: lookup `url` is not supported"]);
    expect(await problemsOf(using("manala.roles.templates"))).toEqual([
      "3: lookup `manala.roles.templates` is not supported",
    ]);
    const when = "- hosts: all\n  tasks:\n    - { command: uptime, when: \"query('fileglob', '*')\" }\n";
    expect(await problemsOf(when)).toEqual(["3: lookup `fileglob` is not supported"]);
    expect(await problemsOf(using("ansible.builtin.file"))).toEqual([]);
  });

  it("that do not exist are told when that is asked for", async () => {
    expect(await problemsOf(using("fiel"))).toEqual([]);
    put("lookup.yml", using("fiel"));
    const strict = loadPlaybook("lookup.yml", taskTypes, { cwd, templates: templates({ onlyKnownLookups: true }) });
    await expect(strict).rejects.toThrow("unknown lookup `fiel`");
  });
});

describe("handlers", () => {
  const play = (notify: string, handlers = "[]") =>
    load(`- hosts: lb\n  tasks:\n    - command: x\n      notify: ${notify}\n  handlers: ${handlers}\n`);
  it("`reload X` and `restart X` need no declaration", async () => {
    expect((await play("[reload keepalived, restart php@8.2.service]")).warnings).toEqual([]);
  });
  it.each(["reload", "reload two words", "start nginx", "Restart nginx"])("`%s` does", async (name) => {
    await expect(play(name)).rejects.toThrow(`unknown handler \`${name}\``);
  });
  it("a name from a template is not known yet", async () => {
    expect((await play("'{{ x }}'", "[{ name: a, command: x }]")).warnings).toEqual([]);
  });
  it("handlers may notify handlers", async () => {
    const { warnings } = await play("a", "[{ name: a, command: x, notify: b }, { name: b, command: y }]");
    expect(warnings).toEqual([]);
  });
  it("need a name", async () => {
    await expect(play("reload x", "[{ command: y }]")).rejects.toThrow("a handler needs a `name`");
  });
});

describe("all that is wrong is said at once", () => {
  it("over plays, tasks, handlers and files of variables", async () => {
    put("vars/bad.yml", "a-b: 1\nc: '{{ x | }}'\n");
    const problems = await problemsOf(
      [
        "- hosts: web",
        "  vars_files: [bad.yml, none.yml]",
        "  tasks:",
        "    - comand: x",
        "    - command: x",
        "      whn: y",
        "      register: 1x",
        "- tasks: [{ meta: noop }, { debug: , msg: x }]",
        "  handlers: [{ name: a, command: x, when: 'a b' }]",
      ].join("\n"),
    );
    expect(problems).toHaveLength(11);
    expect(problems).toContain("4: unknown task type `comand`");
    expect(problems).toContain("1: `a-b` is not a variable name: a letter or `_`, then letters, digits and `_`");
    expect(problems).toContain("8: the play has no `hosts`");
    expect(problems).toContain("8: `meta: noop` is not supported yet");
  });

  it("a task with keywords only says which one is unknown, and that it does nothing", async () => {
    expect(await problemsOf("- hosts: web\n  tasks:\n    - name: x\n      whn: y\n")).toEqual([
      "4: unknown task keyword `whn`",
      "3: the task does nothing: it has no task type",
    ]);
  });
});

describe("tags", () => {
  it("`--tags` must name tags that there are", async () => {
    const playbook = await load(
      "- hosts: web\n  tags: web\n  tasks:\n    - { command: x, tags: [a, b] }\n  handlers:\n    - { name: h, listen: told, tags: c, command: x }\n",
    );
    expect(tagsIn(playbook)).toEqual(["a", "b", "c", "web"]);
    expect(tagProblems(playbook, ["a", "all", "never"], "--tags")).toEqual([]);
    expect(tagProblems(playbook, ["a", "wbe"], "--tags")).toMatchObject([
      { message: "no task has the tag `wbe`", label: "did you mean `web`?", place: { start: 2, end: 5 } },
    ]);
  });
});

describe("finding it", () => {
  it.each([
    ["site.yml", "playbooks/site.yml"],
    ["site", "playbooks/site.yml"],
    ["playbooks/site.yml", "playbooks/site.yml"],
    ["./here.yml", "./here.yml"],
    ["here", "here.yml"],
  ])("%s", async (argument, path) => {
    put("playbooks/site.yml", "- hosts: web\n  tasks: []\n");
    put("here.yml", "- hosts: web\n  tasks: []\n");
    expect((await loadPlaybook(argument, taskTypes, { cwd, templates: templates() })).path).toBe(path);
  });

  it("vars_files are looked for beside the playbook", async () => {
    put("playbooks/vars/own.yml", "x: 1\n");
    put("playbooks/with-vars.yml", "- hosts: web\n  vars_files: own.yml\n  tasks: []\n");
    const { plays } = await loadPlaybook("with-vars", taskTypes, { cwd, templates: templates() });
    expect(plays[0]?.varsFiles[0]?.path).toBe("playbooks/vars/own.yml");
  });
});
