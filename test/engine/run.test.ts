import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { controllerLooks } from "../../src/remote/controller.ts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { serialBatches } from "../../src/engine/serial.ts";
import { Unreachable } from "../../src/core/problem.ts";
import type { LookResult, Batch, Look } from "../../src/core/batch.ts";
import { Plays, statuses } from "./plays.ts";
import type { Ran } from "./plays.ts";

// Real shells: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

let plays: Plays;
afterEach(() => plays.end());

const hosts = (count: number): Plays =>
  (plays = new Plays(Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, { index }]))));

/** A host that cannot be reached from the so-and-so-manieth batch on. */
function gone(name: string, from = 0): (host: string) => void {
  let batches = 0;
  return (host) => {
    if (host === name && batches++ >= from) throw new Unreachable("tcp", "nobody is there");
  };
}

const touched = (ran: Ran): readonly string[] => [...new Set(ran.batches.map(({ host }) => host))];

describe("an assertion over all hosts", () => {
  // Every host is this machine: each has the address.
  const vip = (owners: number, more = ""): string => `- hosts: all
  tasks:
    - { name: t1, command: "true" }
    - { name: v, vip: { address: 127.0.0.1, interface: lo, owners: ${owners} }${more} }
    - { name: t2, command: "true" }
`;

  test("is judged over those that can be reached; a host that goes is named once, however often it is tried", async () => {
    hosts(3);
    const ran = await plays.run(vip(7, ", retries: 3"), { before: gone("h1") });
    expect(ran.events.filter(({ type }) => type === "host-lost")).toHaveLength(1);
    expect(ran.recap.get("h1")).toMatchObject({ unreachable: 1 });
    expect(ran.tasks.find(({ name }) => name === "v")?.why).toContain("2 hosts rather than 7");
    const fine = await plays.run(vip(2), { before: gone("h1") });
    expect(statuses(fine, "h0")).toEqual(["t1 changed", "v ok", "t2 changed"]);
  });

  test("evaluates each item of a loop over the hosts that have it, at any place of their loops", async () => {
    hosts(3);
    const items = "[['127.0.0.1/8', 2], ['127.0.0.1', 1]]";
    const ran = await plays.run(`- hosts: all
  tasks:
    - name: v
      vip: { address: "{{ item[0] }}", interface: lo, owners: "{{ item[1] }}" }
      loop: "{{ ${items} if index == 0 else ${items}[:1] }}"
`);
    expect(["h0", "h1", "h2"].map((host) => statuses(ran, host))).toEqual([["v failed"], ["v failed"], ["v failed"]]);
    expect(ran.tasks.find(({ name }) => name === "v")?.why).toContain("3 hosts rather than 2");
    const apart = await plays.run(`- hosts: all
  tasks:
    - name: v
      vip: { address: 127.0.0.1, interface: "{{ item }}", owners: "{{ 3 if item == 'lo' else 0 }}" }
      loop: "{{ ['lo', 'none0'] if index == 0 else ['none0', 'lo'] }}"
`);
    expect(["h0", "h1", "h2"].map((host) => statuses(apart, host))).toEqual(Array(3).fill(["v ok", "v ok"]));
  });

  test("goes on with the host that is left when the others go during the tries", async () => {
    hosts(2);
    const ran = await plays.run(vip(1, ", retries: 2"), { before: gone("h1", 3) });
    expect(statuses(ran, "h0")).toEqual(["t1 changed", "v ok", "t2 changed"]);
    expect(ran.recap.get("h1")).toMatchObject({ unreachable: 1 });
  });

  test("is skipped once by a host, however often the others are tried", async () => {
    hosts(3);
    const ran = await plays.run(vip(9, ", retries: 3, when: index != 1"));
    expect(statuses(ran, "h1")).toEqual(["t1 changed", "v skipped", "t2 changed"]);
    expect(statuses(ran, "h0")).toEqual(["t1 changed", "v failed"]);
  });

  test("fails with hosts left out only for what is wrong whatever they are like; else it is not known, and skipped", async () => {
    hosts(2);
    const few = await plays.run(vip(3), { leftOut: ["h2"] });
    expect(statuses(few, "h0")).toEqual(["t1 changed", "v skipped", "t2 changed"]);
    expect(few.tasks.find(({ name }) => name === "v")?.why).toContain("`--limit` leaves out `h2`");
    const many = await plays.run(vip(1, ", retries: 1"), { leftOut: ["h2"] });
    expect(statuses(many, "h1")).toEqual(["t1 changed", "v failed"]);
    const registered = vip(2, ", register: x").replace(
      't2, command: "true"',
      't2, command: "true", when: x is skipped',
    );
    expect(statuses(await plays.run(registered, { leftOut: ["h2"] }))).toContain("t2 changed");
  });

  test("that is about each host alone is judged alone, whoever is left out", async () => {
    hosts(2);
    const held = vip(1).replace("owners: 1", 'held: "{{ index == 0 }}"');
    const ran = await plays.run(held, { leftOut: ["h2"] });
    expect(statuses(ran, "h0")).toEqual(["t1 changed", "v ok", "t2 changed"]);
    expect(statuses(ran, "h1")).toEqual(["t1 changed", "v failed"]);
  });

  test("with a loop is judged for every item", async () => {
    hosts(2);
    const ran = await plays.run(`- hosts: all
  tasks:
    - { name: "v{{ item }}", vip: { address: 127.0.0.1, interface: lo, owners: "{{ item }}" }, loop: [2, 1] }
`);
    expect(statuses(ran, "h0")).toEqual(["v2 ok", "v1 failed"]);
  });

  test("may be registered, and uses earlier results; a dry run says that it cannot know", async () => {
    hosts(1);
    const text = `- hosts: all
  tasks:
    - { name: t1, command: echo 1, register: x }
    - { name: v, vip: { address: 127.0.0.1, interface: lo, owners: "{{ x.stdout | int }}" }, register: y }
    - { name: t2, command: "true", when: y is not changed }
`;
    expect(statuses(await plays.run(text))).toEqual(["t1 changed", "v ok", "t2 changed"]);
    expect(statuses(await plays.run(text, { check: true }))).toEqual(["t1 will-change", "v depends", "t2 depends"]);
  });
});

describe("hosts that fail", () => {
  const failing = (keys: string): string => `- hosts: all
  ${keys}
  tasks:
    - { name: t1, command: "test {{ index }} -gt 1" }
    - { name: v, vip: { address: 192.0.2.7, owners: 0 } }
    - { name: t2, command: "true" }
- hosts: all
  tasks: [{ name: t3, command: "true" }]
`;

  test("leave the run; the others go on", async () => {
    hosts(4);
    const ran = await plays.run(failing(""));
    expect(statuses(ran, "h0")).toEqual(["t1 failed"]);
    expect(statuses(ran, "h3")).toEqual(["t1 changed", "v ok", "t2 changed", "t3 changed"]);
  });

  test("end the run at once where any error is fatal", async () => {
    hosts(4);
    const ran = await plays.run(failing("any_errors_fatal: true"));
    expect(statuses(ran, "h3")).toEqual(["t1 changed"]);
  });

  test("keep those that wait for their turn from being touched, once there are too many", async () => {
    hosts(8);
    const ran = await plays.run(failing("max_fail_percentage: 12"), { forks: 1 });
    expect(touched(ran)).toEqual(["h0"]);
    const more = await plays.run(failing("max_fail_percentage: 20"), { forks: 1 });
    expect(touched(more)).toEqual(["h0", "h1"]);
    const exactly = await plays.run(failing("max_fail_percentage: 25"), { forks: 1 });
    expect(touched(exactly)).toHaveLength(8);
  });

  test("count within their batch of `serial`; later batches are not begun", async () => {
    hosts(6);
    const ran = await plays.run(failing('serial: ["34%", 1]\n  max_fail_percentage: 50'));
    expect(touched(ran)).toEqual(["h0", "h1"]);
  });
});

describe("a bug", () => {
  test("met on one host ends the run in order, and the others are told why", async () => {
    hosts(2);
    const text = `- hosts: all
  tasks:
    - { name: t1, shell: "touch {{ root }}/begun; until [ -e {{ root }}/met ]; do sleep 0.1; done; {{ heard }}", when: index == 0 }
    - { name: t2, file: { path: "{{ root }}/never", content: "" }, when: index == 0 }
    - { name: t3, command: "true", register: x, when: index == 1 }
`;
    const bug = new TypeError("planted");
    // What an act prints lies beside the mark that nothing more is to be begun.
    const heard = 'until [ -e "$(dirname "$(readlink /proc/$$/fd/1)")/halt" ]; do sleep 0.1; done';
    const before = async (host: string, { steps }: Batch): Promise<void> => {
      if (host !== "h1" || steps.length === 0) return;
      await expect.poll(() => plays.read("begun"), { timeout: 20_000 }).toBe("");
      plays.write("met", "");
      throw bug;
    };
    await expect(plays.run(text, { before, extra: { heard } })).rejects.toBe(bug);
    const tasks = plays.events.flatMap((event) =>
      event.type === "task" && event.status !== "skipped" ? [`${event.host} ${event.name} ${event.status}`] : [],
    );
    expect(tasks).toEqual(["h0 t1 changed", "h0 t2 not-run"]);
    expect(plays.read("never")).toBeUndefined();
    expect(plays.events.filter(({ type }) => type === "host-lost")).toMatchObject([
      { host: "h1", state: "unknown", stage: "bug" },
      { host: "h0", state: "ended", stage: "bug", why: expect.stringContaining("on h1 ended") as string },
    ]);
  });
});

describe("how far a host is", () => {
  test("is told: what it looks at, each task that it is in, and the end", async () => {
    hosts(1);
    const text = `- hosts: all
  handlers: [{ name: h, command: "true" }]
  tasks:
    - { name: t1, command: "true", notify: h }
    - { name: t2, file: { path: "{{ root }}/f{{ item }}", content: "" }, loop: [1, 2] }
    - { name: t3, command: "true", when: index > 0 }
    - { name: t4, vip: { address: 192.0.2.7, owners: 0 } }
`;
    const { events } = await plays.run(text);
    const told = events.flatMap((event) =>
      event.type === "host-progress" ? [`${event.doing} ${event.done}/${event.total}`] : [],
    );
    expect(told).toEqual(["looking 0/4", "t1 0/4", "t2 1/4", "t2 1/4", "t4 3/4", "h 3/4", "done 4/4"]);
    expect(events.filter(({ type }) => type === "play-start")).toMatchObject([{ tasks: 4 }]);
  });
});

describe("serial", () => {
  test.each([
    [["50%"], 3, [1, 1, 1]],
    [["1%"], 5, [1, 1, 1, 1, 1]],
    [["30%"], 10, [3, 3, 3, 1]],
    [[1, "50%"], 10, [1, 5, 4]],
    [[7], 3, [3]],
    [[], 3, [3]],
    [[2], 0, []],
  ] as const)("%j of %i hosts", (serial, count, sizes) => {
    plays = new Plays();
    const batches = serialBatches([...Array(count).keys()], serial);
    expect(batches.map((batch) => batch.length)).toEqual(sizes);
    expect(batches.flat()).toEqual([...Array(count).keys()]);
  });
});

describe("looks from the controller", () => {
  test("are made after the steps before them, never on what was seen while those ran", async () => {
    hosts(1);
    const seen: (string | undefined)[] = [];
    const controller = (looks: readonly Look[]): Promise<ReadonlyMap<string, LookResult>> => {
      const served = plays.read("served");
      seen.push(served);
      const out = served === undefined ? "" : `HTTP/1.1 200 OK\r\n\r\n${served}`;
      const output = { code: served === undefined ? 7 : 0, out, err: "", bytes: Buffer.from(out) };
      return Promise.resolve(new Map(looks.map(({ id }) => [id, { output, checksum: "" }])));
    };
    const text = `- hosts: all
  tasks:
    - { name: t1, file: { path: "{{ root }}/served", content: "page" } }
    - { name: t2, http: { url: "http://192.0.2.1/", from: controller } }
    - { name: t3, command: "true" }
`;
    const ran = await plays.run(text, { controller });
    expect(seen).toEqual([undefined, "page"]);
    expect(statuses(ran)[0]).toBe("t1 changed");
  });
});

describe("looks that wait for the network", () => {
  test.each(["host", "controller"] as const)("are made side by side from the %s", async (from) => {
    hosts(1);
    // Nobody is answered before both have asked.
    const asking: ServerResponse[] = [];
    const server = createServer((_request, response) => {
      if (asking.push(response) === 2) for (const each of asking) each.end("both are here");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const local = controllerLooks();
    const http = (path: string): string => `http: { url: "${url}/${path}", body: both, timeout: 10, from: ${from} }`;
    const text = `- hosts: all\n  tasks:\n    - { name: t1, ${http("1")} }\n    - { name: t2, ${http("2")} }\n`;
    try {
      const ran = await plays.run(text, { check: true, controller: (looks) => local.ask(looks) });
      expect(statuses(ran)).toEqual(["t1 ok", "t2 ok"]);
    } finally {
      await local.close();
      server.close();
    }
  });
});

describe("answers that were brought ahead", () => {
  test.each(["changed_when: false", "failed_when: false", "ignore_errors: true"])(
    "do not hold after an act, whatever was said of it (%s)",
    async (says) => {
      hosts(1);
      plays.write("f", "1");
      const ran = await plays.run(`- hosts: all
  tasks:
    - { name: t1, shell: "rm {{ root }}/f; ${says.startsWith("changed") ? "true" : "false"}", ${says}, register: x }
    - { name: "t2 {{ x.rc }}", command: "true" }
- hosts: all
  tasks:
    - { name: t3, file: { path: "{{ root }}/f", content: "1" } }
`);
      expect(statuses(ran).at(-1)).toBe("t3 changed");
      expect(plays.read("f")).toBe("1");
    },
  );
});

describe("a command", () => {
  const failed = async (task: string): Promise<string | undefined> => {
    hosts(1);
    return (await plays.run(`- hosts: all\n  tasks: [{ name: t1, ${task} }]\n`)).tasks[0]?.why;
  };

  test("is a program, and not what only a shell knows", async () => {
    expect(await failed("command: cd /")).toMatch(/^ended with code 127: .*cd/);
  });

  test("that a signal ends has failed; so has one that its deadline ends", async () => {
    expect(await failed("command: { argv: [sh, -c, 'kill -9 $$'] }")).toContain("ended with code 137");
    expect(await failed("command: sleep 60, timeout: 1")).toBe("timed out after 1 s; it was stopped");
  });

  test("has each argument as it is, a handler to notify or none", async () => {
    for (const notify of ["", ", notify: h"]) {
      hosts(1);
      const ran = await plays.run(`- hosts: all
  handlers: [{ name: h, command: "true" }]
  tasks:
    - { name: t1, command: { argv: [printf, '%s|', "a b", "c'd", "", "$HOME", -k, "*é"] }${notify} }
`);
      expect(ran.tasks[0]?.out).toBe("a b|c'd||$HOME|-k|*é|");
      expect(statuses(ran)).toEqual(["t1 changed", ...(notify === "" ? [] : ["h changed"])]);
    }
  });
});

describe("a converged host", () => {
  test("is asked once, whatever the number of plays, handlers and flushes", async () => {
    hosts(1);
    const play = (name: string): string => `- hosts: all
  handlers: [{ name: "converged ${name}", command: "true" }]
  pre_tasks: [{ name: p, file: { path: "{{ root }}/p${name}", content: "" }, notify: "converged ${name}" }]
  tasks:
    - { name: t, file: { path: "{{ root }}/t${name}", content: "" }, notify: "converged ${name}" }
    - meta: flush_handlers
    - { name: v, vip: { address: 192.0.2.7, owners: 0 } }
`;
    await plays.run(play("1") + play("2"));
    const ran = await plays.run(play("1") + play("2"));
    expect(ran.recap.get("h0")).toMatchObject({ ok: 6, changed: 0 });
    expect(ran.batches).toHaveLength(1);
  });

  test("is not asked again because another one has run a command that changes nothing", async () => {
    hosts(2);
    const play = `- hosts: all
  tasks:
    - { name: t1, file: { path: "{{ root }}/f{{ index }}", content: "" } }
    - { name: t2, command: "true", changed_when: false }
    - { name: t3, file: { path: "{{ root }}/g{{ index }}", content: "" } }
`;
    await plays.run(play);
    const over = (): boolean => plays.events.some((event) => event.type === "task" && event.name === "t3");
    // What h1 is asked first is under way until h0 has come to its end.
    let asked = 0;
    const ran = await plays.run(play, {
      before: async (host) => {
        if (host === "h1" && asked++ === 0) await vi.waitUntil(over, { timeout: 30_000, interval: 5 });
      },
    });
    expect(statuses(ran, "h1")).toEqual(["t1 ok", "t2 ok", "t3 ok"]);
    expect(ran.batches.map(({ host }) => host)).toEqual(["h0", "h1", "h0", "h1"]);
  });

  test("is looked at behind the last of its commands, and not before, for what stands there; all of that together", async () => {
    hosts(1);
    const file = (name: string): string => `{ name: ${name}, file: { path: "{{ root }}/${name}", content: "" } }`;
    const probe = (name: string): string => `{ name: ${name}, command: "true", changed_when: false }`;
    const tasks = [file("a"), probe("p"), file("b"), probe("q"), file("c"), file("d")];
    const text = `- hosts: all\n  tasks: [${tasks.join(", ")}]\n- hosts: all\n  tasks: [${file("e")}]\n`;
    await plays.run(text);
    const ran = await plays.run(text);
    expect(ran.recap.get("h0")).toMatchObject({ ok: 7, changed: 0 });
    const asked = ran.batches.map(({ batch: { steps, looks } }) => [
      steps.map(({ id }) => id),
      looks.map(({ id }) => id),
    ]);
    expect(asked).toEqual([
      [[], ["0.0", "0.1", "0.2", "0.3"]],
      [
        ["0.1", "0.2", "0.3"],
        ["0.4", "0.5"],
      ],
      [[], ["1.0"]],
    ]);
    const dry = await plays.run(text, { check: true });
    expect(dry.batches).toHaveLength(1);
  });

  const own = `- hosts: all
  tasks: [{ name: t1, file: { path: "{{ root }}/f{{ index }}", content: "" } }]
`;

  test("is asked again, when another one was changed, only for what that may have moved", async () => {
    hosts(2);
    await plays.run(own.replaceAll("f{{", "g{{") + own);
    const ran = await plays.run(`${own}- hosts: h0
  tasks: [{ name: t2, file: { path: "{{ root }}/moved", content: "" } }]
- hosts: h1
  tasks:
    - { name: t3, file: { path: "{{ root }}/g{{ index }}", content: "" } }
    - { name: t4, shell: { cmd: "false", unless: "test -e {{ root }}/moved" } }
`);
    expect(statuses(ran, "h1")).toEqual(["t1 ok", "t3 ok", "t4 ok"]);
    const asked = ran.batches.filter(({ host }) => host === "h1").map(({ batch }) => batch.looks.map(({ id }) => id));
    expect(asked).toEqual([["0.0", "2.0", "2.1"], ["2.1"]]);
  });

  test("looks at what others may have moved behind what it has to do before that, in the same round trip", async () => {
    hosts(2);
    await plays.run(own);
    const ran = await plays.run(`${own}- hosts: h0
  tasks: [{ name: t2, file: { path: "{{ root }}/moved", content: "" } }]
- hosts: h1
  tasks:
    - { name: t3, file: { path: "{{ root }}/g", content: "" } }
    - { name: t4, shell: { cmd: "false", unless: "test -e {{ root }}/moved" } }
`);
    expect(statuses(ran, "h1")).toEqual(["t1 ok", "t3 changed", "t4 ok"]);
    const sent = ran.batches.filter(({ host }) => host === "h1").map(({ batch }) => batch);
    expect(sent.map(({ steps }) => steps.map(({ id }) => id))).toEqual([[], ["2.0"]]);
    expect(sent[1]?.looks.map(({ id }) => id)).toEqual(["2.1"]);
  });
});
