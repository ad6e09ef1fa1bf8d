import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FrameParser } from "../../src/remote/shell/frame-parser.ts";
import { batchScript, setupScript } from "../../src/remote/shell/script.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import type { Batch, Look, Step } from "../../src/core/batch.ts";
import { call, emptyScript, sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import { shells, spawned } from "./spawned.ts";

const options = { shellSeconds: 10, lookSeconds: 20 };
const look = (id: string, text: Sh): Look => ({ id, look: text, from: "host" });
const step = (
  id: string,
  seen: Sh,
  planned: string | undefined,
  act: Sh | undefined,
  more: Partial<Step> = {},
): Step => ({
  ...look(id, seen),
  expectedChecksum: planned,
  act,
  mustChangeLook: true,
  notifies: [],
  onlyIfNotified: undefined,
  ignoreFailure: false,
  timeoutSeconds: 20,
  ...more,
});
const looks = (...list: Look[]): Batch => ({ steps: [], looks: list });

describe.each(shells)("a session with %s", (_name, argv) => {
  let root: string;
  let session: ShellSession;
  let stop: AbortController;
  let channel: ReturnType<typeof spawned>;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "dsrctl-session-"));
    channel = spawned(argv);
    stop = new AbortController();
    session = new ShellSession(channel, { ...options, stop: stop.signal });
  });
  afterEach(async () => {
    await session.close();
    await channel.ended;
    rmSync(root, { recursive: true });
  });

  const read = (name: string): Sh => sh`cat ${join(root, name)}`;
  const sumOf = async (id: string, text: Sh): Promise<string> =>
    (await session.run(looks(look(id, text)))).looks.get(id)?.checksum ?? "";

  test("a guard that knows the text goes on where the look prints just that, and else by the sum", async () => {
    const prints = (text: string, code = 0): Sh => sh`printf ${text}; exit ${code}`;
    const about = (id: string, text: string, code = 0): Look => look(id, prints(text, code));
    const { looks: seen } = await session.run(
      looks(about("a", "one\\n two"), about("b", "one\\n\\n"), about("c", "x", 3)),
    );
    const planned = (id: string): Partial<Step> => ({
      expectedChecksum: seen.get(id)?.checksum,
      expectedOutput: seen.get(id)?.output.out,
      mustChangeLook: false,
    });
    const done = sh`echo done`;
    const is = async (now: Sh, id: string): Promise<string | undefined> =>
      (await session.run({ steps: [step("s", now, undefined, done, planned(id))], looks: [] })).steps[0]?.is;
    expect(await is(prints("one\\n two"), "a")).toBe("applied");
    expect(await is(prints("one\\n\\n"), "b")).toBe("applied");
    expect(await is(prints("x", 3), "c")).toBe("applied");
    for (const other of [
      "one\\n two\\n",
      "one\\n",
      "one\\n two three",
      "",
      "one two",
      `one\\n two${"\\n".repeat(400)}`,
    ])
      expect(await is(prints(other), "a")).toBe("stale");
    expect(await is(prints("x"), "c")).toBe("stale");
    expect(await is(prints("one\\n"), "b")).toBe("stale");
  });

  test("looks bring back code, output and error output; equal looks run once", async () => {
    const count = sh`echo x >>${join(root, "count")}; echo out; echo err >&2; exit 3`;
    const report = await session.run(looks(look("a", count), look("b", count), look("c", sh`printf done`)));
    expect(report.looks.get("a")?.output).toMatchObject({ code: 3, out: "out\n", err: "err\n" });
    expect(report.looks.get("b")?.output.out).toBe("out\n");
    expect(report.looks.get("c")?.output).toMatchObject({ code: 0, out: "done" });
    expect(readFileSync(join(root, "count"), "utf8")).toBe("x\n");
    expect(session.cost).toMatchObject({ execs: 1, roundTrips: 1 });
  });

  test("a look cannot eat the rest of the batch: its standard input is empty", async () => {
    const report = await session.run(looks(look("a", sh`cat`), look("b", sh`echo still here`)));
    expect(report.looks.get("b")?.output.out).toBe("still here\n");
  });

  test.skipIf(process.getuid?.() !== 0)(
    "the directory of a shell that was killed goes with the next steps; those of shells that live stay",
    async () => {
      // A /run of their own: sessions of others sweep, too.
      const own = "mount -t tmpfs none /run; mkdir /run/dsrctl.0youngYO; echo ready; read -r end";
      const holder = spawn("unshare", ["-m", "/bin/sh", "-c", own], { stdio: ["pipe", "pipe", "inherit"] });
      await once(holder.stdout, "data");
      const inside = ["/usr/bin/nsenter", "-t", String(holder.pid), "-m", "--", ...argv];
      const [killed, lives, last] = [spawned(inside), spawned(inside), spawned(inside)] as const;
      const all = [killed, lives, last].map((each) => new ShellSession(each, options)) as [
        ShellSession,
        ...ShellSession[],
      ];
      const acts = { steps: [step("a", emptyScript, undefined, sh`true`, { mustChangeLook: false })], looks: [] };
      for (const each of all.slice(0, 2)) await each.run(acts);
      const there = (): readonly string[] => readdirSync(`/proc/${holder.pid}/root/run`).map((name) => `/run/${name}`);
      const dirs = (...sessions: readonly (ShellSession | undefined)[]) =>
        ["/run/dsrctl.0youngYO", ...sessions.map((each) => each?.hello?.dir ?? "")].sort();
      killed.kill();
      await killed.ended;
      await all[2]?.run(looks(look("l", sh`true`)));
      expect(there().toSorted()).toEqual(dirs(...all));
      await all[2]?.run(acts);
      expect(there().toSorted()).toEqual(dirs(...all.slice(1)));
      for (const each of all.slice(1)) await each.close();
      await Promise.all([lives.ended, last.ended]);
      holder.stdin.end();
    },
  );

  const tidy = (name: string, body: string): Sh =>
    call({ name, text: `${name}() { ${body}; }`, leavesShellUnchanged: true }, []);

  test("looks that share a shell: each has its code and its output, also behind one that ends the shell", async () => {
    const shared = [
      look("a", tidy("first", "echo out; echo err >&2; return 3")),
      look("b", tidy("ends", 'echo $shell; shell=; echo "in the middle"; exit 7')),
      look("c", tidy("behind", "cat; shell=${shell-another}; echo $shell")),
      look("d", tidy("last", "echo $shell; false")),
    ];
    const report = await session.run(looks(...shared));
    expect(shared.map(({ id }) => report.looks.get(id)?.output)).toMatchObject([
      { code: 3, out: "out\n", err: "err\n" },
      { code: 7, out: "\nin the middle\n", err: "" },
      { code: 0, out: "another\n", err: "" },
      { code: 1, out: "another\n", err: "" },
    ]);
  });

  test("a look that is not tidy disturbs no other: options, directory, variables and functions are its own", async () => {
    const wild = sh`set -fu; cd /; IFS=x; umask 077; there=1; cat() { echo mine; }; exec >&2`;
    const tell = tidy("tell", 'echo * | wc -w; pwd; echo "${there-none} $(umask) $(printf "a b" | cat) $IFS"');
    const before = await session.run(looks(look("a", tell)));
    const report = await session.run(looks(look("w", wild), look("a", tell), look("x", sh`${tell}; exit 4`)));
    expect(report.looks.get("a")?.output).toEqual(before.looks.get("a")?.output);
    expect(report.looks.get("x")?.output).toMatchObject({ code: 4, out: before.looks.get("a")?.output.out });
    expect(report.looks.get("w")?.output).toMatchObject({ code: 0 });
  });

  test("looks of steps that were not begun share a shell with the others", async () => {
    const steps = ["a", "b"].map((id) => step(id, tidy(id, `echo ${id}; exit 5`), "0 0 0", undefined));
    const report = await session.run({
      steps,
      looks: [look("c", tidy("c", "echo c")), look("d", tidy("b", "echo b; exit 5"))],
    });
    expect(report.steps).toMatchObject([{ id: "a", is: "stale" }]);
    expect(["b", "c", "d"].map((id) => report.looks.get(id)?.output)).toMatchObject([
      { code: 5, out: "b\n" },
      { code: 0, out: "c\n" },
      { code: 5, out: "b\n" },
    ]);
  });

  test("looks that wait and are asked about together are made in one process, and each is heard", async () => {
    const asks = {
      name: "ask",
      prefetch: "ask",
      leavesShellUnchanged: true,
      text: `ahead_ask() { for one; do learn ask $one "of $#"; done; }\nask() { recall ask "$1" || recalled=alone; echo "$recalled"; [ "$1" != b ] || exit 9; }`,
    } as const;
    const waiting = ["a", "b", "c"].map((id) => ({ ...look(id, call(asks, [id], id)), waitsForNetwork: true }));
    const report = await session.run(
      looks(...waiting, look("d", sh`exit 2`), { ...look("e", sh`exit 75`), waitsForNetwork: true }),
    );
    expect(["a", "b", "c", "d", "e"].map((id) => report.looks.get(id)?.output)).toMatchObject([
      { code: 0, out: "of 3\n" },
      { code: 9, out: "of 3\n" },
      { code: 0, out: "alone\n" },
      { code: 2, out: "" },
      { code: 75, out: "" },
    ]);
  });

  test("looks that wait for others are made side by side, and each is heard", async () => {
    const [there, back] = [join(root, "there"), join(root, "back")];
    // Each can end only while the other one runs.
    const one = sh`mkfifo ${there} ${back}; echo ping >${there}; cat ${back}; exit 3`;
    const two = sh`until [ -p ${back} ]; do sleep 0.1; done; cat ${there}; echo pong >${back}; echo err >&2`;
    const waits = (id: string, text: Sh): Look => ({ ...look(id, text), waitsForNetwork: true });
    const report = await session.run(looks(waits("a", one), look("b", sh`echo host`), waits("c", two)));
    const answers = ["a", "b", "c"].map((id) => report.looks.get(id)?.output);
    expect(answers).toMatchObject([
      { code: 3, out: "pong\n", err: "" },
      { code: 0, out: "host\n", err: "" },
      { code: 0, out: "ping\n", err: "err\n" },
    ]);
  });

  test("of very many looks that wait for others each is heard", async () => {
    const many = Array.from({ length: 70 }, (_, index) => ({
      ...look(`${index}`, sh`exit ${index}`),
      waitsForNetwork: true,
    }));
    const report = await session.run(looks(...many));
    expect(many.map(({ id }) => report.looks.get(id)?.output.code)).toEqual(many.map(({ id }) => Number(id)));
  });

  test("a step acts when it looks as planned, and is looked at again", async () => {
    writeFileSync(join(root, "f"), "old\n");
    const planned = await sumOf("f", read("f"));
    const report = await session.run({
      steps: [step("f", read("f"), planned, sh`echo new >${join(root, "f")}; echo said`)],
      looks: [look("after", sh`echo end`)],
    });
    expect(report.steps).toMatchObject([
      { id: "f", is: "applied", timedOut: false, act: { code: 0, out: "said\n" }, after: { output: { out: "new\n" } } },
    ]);
    expect(report.looks.get("after")?.output.out).toBe("end\n");
    expect(session.cost.roundTrips).toBe(2);
  });

  test("a surprise stops the batch before it acts, and brings fresh looks of all that was not begun", async () => {
    writeFileSync(join(root, "f"), "1\n");
    writeFileSync(join(root, "g"), "1\n");
    const [f, g] = [await sumOf("f", read("f")), await sumOf("g", read("g"))];
    const report = await session.run({
      steps: [
        step("f", read("f"), f, sh`echo 2 >${join(root, "f")}; echo 2 >${join(root, "g")}`),
        step("g", read("g"), g, sh`echo never >${join(root, "g")}`),
        step("h", read("f"), f, sh`echo never >${join(root, "f")}`),
      ],
      looks: [look("rest", sh`echo rest`)],
    });
    expect(report.steps.map(({ id, is }) => [id, is])).toEqual([
      ["f", "applied"],
      ["g", "stale"],
    ]);
    expect([...report.looks].map(([id, answer]) => [id, answer.output.out])).toEqual(
      expect.arrayContaining([
        ["g", "2\n"],
        ["h", "2\n"],
        ["rest", "rest\n"],
      ]),
    );
    expect(readFileSync(join(root, "f"), "utf8")).toBe("2\n");
  });

  test("a failed act ends the batch; `set -e` holds inside it", async () => {
    const report = await session.run({
      steps: [
        step("a", sh`echo`, undefined, sh`false; touch ${join(root, "no")}`),
        step("b", sh`echo`, undefined, sh`touch ${join(root, "no")}`),
      ],
      looks: [look("c", sh`echo`)],
    });
    expect(report.steps).toMatchObject([{ id: "a", is: "applied", act: { code: 1 } }]);
    expect(report.looks.size).toBe(0);
    expect(existsSync(join(root, "no"))).toBe(false);
  });

  test("an act that has no effect ends the batch, unless it is an event or may fail", async () => {
    const planned = await sumOf("a", sh`echo same`);
    const steps = [step("a", sh`echo same`, planned, sh`:`), step("b", sh`echo`, undefined, sh`:`)];
    expect((await session.run({ steps, looks: [] })).steps.map(({ id }) => id)).toEqual(["a"]);
    const tolerant = [step("a", sh`echo same`, planned, sh`:`, { ignoreFailure: true }), ...steps.slice(1)];
    expect((await session.run({ steps: tolerant, looks: [] })).steps.map(({ id }) => id)).toEqual(["a", "b"]);
    const event = [step("a", sh`echo same`, planned, sh`:`, { mustChangeLook: false }), ...steps.slice(1)];
    expect((await session.run({ steps: event, looks: [] })).steps.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("a deadline is kept on the host, for the whole process group", async () => {
    const report = await session.run({
      steps: [
        step("a", sh`echo`, undefined, sh`sleep 30 & sleep 30; touch ${join(root, "no")}`, { timeoutSeconds: 1 }),
      ],
      looks: [],
    });
    expect(report.steps).toMatchObject([{ id: "a", is: "applied", timedOut: true }]);
    expect(existsSync(join(root, "no"))).toBe(false);
  });

  describe("what an act prints without end", () => {
    const MOST = 4 << 20;
    const wordy = (act: Sh): Batch => ({
      steps: [
        step("a", emptyScript, undefined, act, { mustChangeLook: false, unboundedOutput: true, ignoreFailure: true }),
      ],
      looks: [look("l", sh`echo looked`)],
    });
    const acted = async (act: Sh, by = session) => {
      const { steps, looks: seen } = await by.run(wordy(act));
      expect(seen.get("l")?.output.out).toBe("looked\n");
      const [told] = steps;
      if (told?.is !== "applied") throw new Error(JSON.stringify(told));
      return told.act;
    };
    const flood = (bytes: number): Sh => sh`head -c ${bytes} /dev/zero | tr '\0' x`;

    test("is kept as far as it is sent, and the act runs on to its end", async () => {
      await session.run(looks(look("a", emptyScript)));
      const room = sh`du -sk ${session.hello?.dir ?? ""} >${join(root, "room")}`;
      const said = await acted(sh`${flood(100e6)}; ${flood(30e6)} >&2; ${room}; exit 3`);
      expect(said).toMatchObject({ code: 3, cut: true });
      expect([said.out.length, said.err.length]).toEqual([MOST, MOST]);
      expect(Number.parseInt(readFileSync(join(root, "room"), "utf8"))).toBeLessThan(8400);
      expect(await acted(sh`echo short; echo words >&2`)).toEqual(
        expect.objectContaining({ code: 0, out: "short\n", err: "words\n" }),
      );
      expect((await acted(sh`head -c ${MOST} /dev/zero`)).cut).toBeUndefined();
      expect((await acted(sh`head -c ${MOST + 1} /dev/zero`)).cut).toBe(true);
    });

    test("holds up nobody when something that was left behind goes on with it", async () => {
      const left = sh`{ echo begun; while :; do echo more; sleep 0.05; done; } & echo $! >${join(root, "left")}; echo "done"`;
      expect((await acted(left)).out).toContain("done\n");
      expect(await acted(sh`echo another`)).toMatchObject({ out: "another\n", err: "" });
      const pid = Number(readFileSync(join(root, "left"), "utf8"));
      await session.close();
      await channel.ended;
      expect(() => process.kill(pid, 0)).not.toThrow();
      process.kill(pid);
    });

    test.skipIf(process.getuid?.() !== 0)("fails nothing where there is little room for it", async () => {
      const small = `mount -t tmpfs -o size=300k none /run; mount -t tmpfs -o ro none /dev/shm; exec "$@"`;
      const narrow = spawned(["/usr/bin/unshare", "-m", "/bin/sh", "-c", small, "sh", ...argv]);
      const there = new ShellSession(narrow, options);
      const said = await acted(sh`${flood(10e6)}; ${flood(10e6)} >&2; df -k /run >/dev/null; exit 5`, there);
      expect(said).toMatchObject({ code: 5, cut: true });
      expect(there.hello?.dir).toMatch(/^\/run\//);
      expect(await acted(sh`echo short`, there)).toMatchObject({ code: 0, out: "short\n" });
      await there.close();
      await narrow.ended;
    });

    test.skipIf(process.getuid?.() !== 0)(
      "goes elsewhere where there is none; with none at all it is said",
      async () => {
        const full = "mount -t tmpfs -o size=4k none /run; mount -t tmpfs -o ro none /dev/shm";
        const mounts = (more: string) => [
          "/usr/bin/unshare",
          "-m",
          "/bin/sh",
          "-c",
          `${full}; ${more}; exec "$@"`,
          "sh",
          ...argv,
        ];
        const other = spawned(mounts(":"));
        const there = new ShellSession(other, options);
        expect(await acted(sh`echo short`, there)).toMatchObject({ code: 0, out: "short\n" });
        expect(there.hello?.dir).toMatch(/^\/tmp\//);
        await there.close();
        await other.ended;
        const none = spawned(mounts("mount -t tmpfs -o ro none /tmp"));
        let err = "";
        none.onError((chunk) => void (err += Buffer.from(chunk).toString()));
        const nowhere = new ShellSession(none, options);
        await expect(nowhere.run(looks(look("a", sh`true`)))).rejects.toThrow("no shell came");
        expect(err).toMatch(
          /^no temporary directory can be made in \/run, \/dev\/shm or \/tmp: .*Read-only file system\n$/,
        );
      },
    );

    test("and what a look does ends the session, with no more than is sent kept", async () => {
      const endless = looks(look("a", sh`{ yes; yes >&2; } || du -sk "$dsr_dir" >${join(root, "room")}`));
      await expect(session.run(endless)).rejects.toThrow(`a look printed ${MOST} bytes and more`);
      expect(Number.parseInt(readFileSync(join(root, "room"), "utf8"))).toBeLessThan(8400);
    });
  });

  test("a handler acts only when it is due, once", async () => {
    const key = `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const ran = sh`echo ran >>${join(root, "ran")}; dsr_undue ${key}`;
    const handler = step("h", emptyScript, undefined, ran, {
      mustChangeLook: false,
      onlyIfNotified: { key, unit: undefined },
    });
    const change = step("c", sh`date +%N`, undefined, sh`:`, {
      mustChangeLook: false,
      notifies: [{ key, unit: undefined }],
    });
    expect((await session.run({ steps: [handler], looks: [] })).steps).toEqual([{ id: "h", is: "unchanged" }]);
    const second = await session.run({ steps: [change, handler], looks: [] });
    expect(second.steps).toMatchObject([{ is: "applied" }, { is: "applied" }]);
    expect((await session.run({ steps: [handler], looks: [] })).steps).toMatchObject([{ is: "unchanged" }]);
    expect(readFileSync(join(root, "ran"), "utf8")).toBe("ran\n");
  });

  describe("steps that have to last", () => {
    const log = (word: string): Sh => sh`echo ${word} >>${root}/log`;
    const logged = (): string => readFileSync(join(root, "log"), "utf8").trim().split("\n").join(" ");
    /** Leaves its name for its calm, which looks for it there. */
    const lasting = (id: string, more: Partial<Step> = {}): Step =>
      step(id, sh`echo ${id}`, undefined, sh`${log(`act-${id}`)}; echo ${id} >&3`, {
        ...{ mustChangeLook: false, stabilityCheck: sh`read -r left <&3; [ "$left" = ${id} ]; ${log(`calm-${id}`)}` },
        ...more,
      });
    const logging = (): Step => step("other", sh`echo`, undefined, log("other"), { mustChangeLook: false });
    const fails = sh`echo 'it died' >&2; exit 3`;

    test("are acted on one after another, then asked, then told in order; nothing else is begun before", async () => {
      const report = await session.run({
        steps: [lasting("a"), lasting("b"), logging()],
        looks: [look("l", log("l"))],
      });
      expect(logged()).toBe("act-a act-b calm-a calm-b other l");
      expect(report.steps).toMatchObject(["a", "b", "other"].map((id) => ({ id, is: "applied", act: { code: 0 } })));
      expect(report.steps).toMatchObject([
        { after: { output: { out: "a\n" } } },
        { after: { output: { out: "b\n" } } },
        {},
      ]);
    });

    // Busybox asks nobody for a sleep.
    test.skipIf(argv[0] === "/bin/busybox")("wait half a second once; not where the acts left nothing", async () => {
      const sleep = join(root, "sleep");
      writeFileSync(sleep, `#!/bin/sh\necho "$1" >>${root}/log\n`, { mode: 0o755 });
      const counting = spawned(argv, { ...process.env, PATH: `${root}:${process.env.PATH ?? ""}` });
      const other = new ShellSession(counting, options);
      await other.run({ steps: [lasting("a"), lasting("b")], looks: [] });
      await other.run({ steps: [lasting("c", { act: log("act-c"), stabilityCheck: log("calm-c") })], looks: [] });
      await other.close();
      await counting.ended;
      expect(logged()).toBe("act-a act-b 0.5 calm-a calm-b act-c calm-c");
    });

    test("fail in their own words; those that were acted on are told, and no further one is begun", async () => {
      const report = await session.run({
        steps: [lasting("a", { stabilityCheck: fails }), lasting("b"), logging()],
        looks: [look("l", log("l"))],
      });
      expect(report.steps).toMatchObject([
        { id: "a", is: "applied", act: { code: 3, err: "it died\n" }, timedOut: false },
        { id: "b", is: "applied", act: { code: 0 } },
      ]);
      expect(report.steps.length).toBe(2);
      expect(report.looks.size).toBe(0);
      expect(logged()).toBe("act-a act-b calm-b");
    });

    test("fail the second of them, and the first lasts; both fail, and both are told", async () => {
      const second = await session.run({
        steps: [lasting("a"), lasting("b", { stabilityCheck: fails }), logging()],
        looks: [],
      });
      expect(second.steps).toMatchObject([{ act: { code: 0 } }, { id: "b", act: { code: 3, err: "it died\n" } }]);
      const both = await session.run({
        steps: [lasting("a", { stabilityCheck: fails }), lasting("b", { stabilityCheck: fails })],
        looks: [],
      });
      expect(both.steps).toMatchObject([{ act: { code: 3 } }, { act: { code: 3 } }]);
      const tolerant = await session.run({
        steps: [lasting("a", { stabilityCheck: fails, ignoreFailure: true }), logging()],
        looks: [],
      });
      expect(tolerant.steps).toMatchObject([{ act: { code: 3 } }, { id: "other", act: { code: 0 } }]);
    });

    test("an act that fails ends the row; the ones before it are still asked", async () => {
      const report = await session.run({
        steps: [lasting("a"), lasting("b", { act: fails }), lasting("c")],
        looks: [],
      });
      expect(report.steps).toMatchObject([
        { id: "a", act: { code: 0 } },
        { id: "b", act: { code: 3, err: "it died\n" } },
      ]);
      expect(logged()).toBe("act-a calm-a");
    });

    test("a surprise ends the row, and what there is nothing to do about does not", async () => {
      const planned = await sumOf("b", sh`echo b`);
      const right = lasting("b", { expectedChecksum: planned, act: undefined, stabilityCheck: emptyScript });
      const odd = lasting("c", { expectedChecksum: "0 1 2" });
      const report = await session.run({ steps: [lasting("a"), right, odd, lasting("d")], looks: [] });
      expect(report.steps.map(({ is }) => is)).toEqual(["applied", "unchanged", "stale"]);
      expect(["c", "d"].map((id) => report.looks.get(id)?.output.out)).toEqual(["c\n", "d\n"]);
      expect(logged()).toBe("act-a calm-a");
      const failed = await session.run({ steps: [lasting("a", { stabilityCheck: fails }), right, odd], looks: [] });
      expect(failed.steps.map(({ is }) => is)).toEqual(["applied", "unchanged"]);
    });

    test("what has to be done once is done by the first that is asked, row by row", async () => {
      const once = (id: string, more: Partial<Step> = {}): Step =>
        lasting(id, { stabilityCheck: sh`read -r done <&4 || { ${log(`once-${id}`)}; echo done >&4; }`, ...more });
      const steps = [once("a", { act: fails, ignoreFailure: true }), once("b"), once("c"), logging(), once("d")];
      expect((await session.run({ steps, looks: [] })).steps).toMatchObject([{ act: { code: 3 } }, {}, {}, {}, {}]);
      expect(logged()).toBe("act-b act-c once-b other act-d once-d");
    });

    test("two that are about the same thing are not acted on together", async () => {
      const about = (id: string): Step =>
        lasting(id, { look: call({ name: "of", text: "of() { echo; }" }, [], "unit") });
      await session.run({ steps: [about("a"), about("b"), lasting("c")], looks: [] });
      expect(logged()).toBe("act-a calm-a act-b act-c calm-b calm-c");
    });

    test("one without effect has failed, and the deadline holds for act and calm together", async () => {
      const planned = await sumOf("a", sh`echo a`);
      const same = await session.run({
        steps: [lasting("a", { expectedChecksum: planned, mustChangeLook: true }), lasting("b")],
        looks: [],
      });
      expect(same.steps.map(({ id }) => id)).toEqual(["a", "b"]);
      expect(same.looks.size).toBe(0);
      const slow = lasting("c", { stabilityCheck: sh`sleep 30`, timeoutSeconds: 1 });
      expect((await session.run({ steps: [slow], looks: [] })).steps).toMatchObject([{ timedOut: true }]);
    });
  });

  test("the shell leaves nothing behind", async () => {
    await session.run(looks(look("a", sh`echo`)));
    const dir = session.hello?.dir ?? "";
    expect(existsSync(dir)).toBe(true);
    await session.close();
    await channel.ended;
    expect(existsSync(dir)).toBe(false);
  });

  test("a cut lets the running step end, begins no other, and is reported as lost", async () => {
    const done = join(root, "done");
    const begun = join(root, "begun");
    const running = session.run({
      steps: [
        step("a", sh`echo`, undefined, sh`touch ${begun}; sleep 1; touch ${done}`, { mustChangeLook: false }),
        step("b", sh`echo`, undefined, sh`touch ${join(root, "no")}`, { mustChangeLook: false }),
      ],
      looks: [],
    });
    const lost = expect(running).rejects.toThrow(ConnectionLost);
    await expect.poll(() => existsSync(begun) && session.hello !== undefined, { timeout: 10_000 }).toBe(true);
    channel.cut();
    await lost;
    await expect.poll(() => existsSync(session.hello?.dir ?? ""), { timeout: 10_000 }).toBe(false);
    expect(existsSync(done)).toBe(true);
    expect(existsSync(join(root, "no"))).toBe(false);
  });

  test("told to halt, the running step ends and no other begins; nothing of it is left over", async () => {
    // Ends when the shell has heard, so that the order of things is certain.
    const heard = sh`touch ${root}/begun; until [ -e ${root}/heard ]; do sleep 0.1; done; touch ${root}/done`;
    const running = session.run({
      steps: [
        step("a", sh`echo`, undefined, heard, { mustChangeLook: false }),
        step("b", sh`echo`, undefined, sh`touch ${root}/no`, { mustChangeLook: false }),
      ],
      looks: [look("c", sh`echo`)],
    });
    await expect.poll(() => existsSync(join(root, "begun")), { timeout: 10_000 }).toBe(true);
    stop.abort();
    const mark = join(session.hello?.dir ?? "", "halt");
    await expect.poll(() => existsSync(mark), { timeout: 10_000 }).toBe(true);
    writeFileSync(join(root, "heard"), "");
    const report = await running;
    expect(report.steps.map(({ id, is }) => [id, is])).toEqual([["a", "applied"]]);
    expect([existsSync(join(root, "done")), existsSync(join(root, "no"))]).toEqual([true, false]);
    const { pid } = session.hello!;
    const children = sh`cat /proc/${pid}/task/${pid}/children | wc -w`;
    expect((await session.run(looks(look("d", children)))).looks.get("d")?.output.out.trim()).toBe("1");
  });

  test("a halt that the shell reads together with the batch is heard all the same", async () => {
    await session.run(looks(look("a", sh`echo`)));
    stop.abort();
    const heard = sh`until [ -e ${session.hello!.dir}/halt ]; do sleep 0.1; done`;
    const steps = ["a", "b"].map((id) => step(id, sh`echo`, undefined, heard, { mustChangeLook: false }));
    expect((await session.run({ steps, looks: [] })).steps.length).toBeLessThan(2);
  });

  test("steps leave no ear behind, and a halt between batches is nothing to the next", async () => {
    const act = step("a", sh`echo`, undefined, sh`:`, { mustChangeLook: false });
    expect((await session.run({ steps: [act], looks: [] })).steps).toMatchObject([{ is: "applied" }]);
    stop.abort();
    channel.write("\n");
    const { pid } = session.hello!;
    const children = sh`cat /proc/${pid}/task/${pid}/children | wc -w`;
    expect((await session.run(looks(look("d", children)))).looks.get("d")?.output.out.trim()).toBe("1");
  });

  test("a cut with steps on their way is lost, also when the shell was not heard of", async () => {
    const running = session.run({ steps: [step("a", sh`echo`, undefined, sh`:`)], looks: [] });
    const lost = expect(running).rejects.toThrow(ConnectionLost);
    channel.cut();
    await lost;
  });

  test("any bytes come back as they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), async (bytes) => {
        const octal = [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, "0")}`).join("");
        const report = await session.run(looks(look("a", sh`printf %b ${octal}`)));
        expect(Buffer.from(report.looks.get("a")?.output.bytes ?? []).equals(Buffer.from(bytes))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("any words arrive as they are", async () => {
    const word = fc.string({ unit: "binary", maxLength: 80 }).filter((text) => !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
        const report = await session.run(looks(look("a", sh`for w in ${words}; do printf '%s\036' "$w"; done`)));
        const expected = Buffer.from(words.map((each) => `${each}\u001e`).join(""));
        expect(Buffer.from(report.looks.get("a")?.output.bytes ?? []).equals(expected)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a batch that is cut while it is on its way", () => {
  test.each(shells)("runs not at all under %s, wherever it is cut", async (_name, argv) => {
    const root = mkdtempSync(join(tmpdir(), "dsrctl-cut-"));
    const touched = join(root, "touched");
    const { text } = batchScript({ steps: [step("a", sh`echo`, undefined, sh`touch ${touched}`)], looks: [] });
    const last = text.lastIndexOf("}");
    for (const at of [...Array(12).keys()].map((index) => Math.floor((last * (index + 1)) / 13)).concat(last)) {
      const channel = spawned(argv);
      channel.onData(() => undefined);
      channel.write(setupScript("0".repeat(32)) + text.slice(0, at));
      channel.end();
      await channel.ended;
    }
    expect(existsSync(touched)).toBe(false);
    rmSync(root, { recursive: true });
  });
});

describe("frames", () => {
  const group = "n L l0:0\n1 3 l0.o\n2 0 l0.e\nabc";

  test("are understood however the bytes are cut into chunks, and noise before the first line is set aside", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 30 }), (sizes) => {
        const noises: string[] = [];
        const tags: string[] = [];
        const frames = new FrameParser(
          "n",
          (hello) => noises.push(hello.noise),
          (each) => tags.push(`${each.tag}:${each.parts.get("l0")?.output.out}`),
        );
        let rest = Buffer.from(`Last login\nDSRCTL/1 n 7 /run/x\n${group}${group}`);
        for (const size of sizes) {
          frames.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        frames.push(rest);
        expect(noises).toEqual(["Last login\n"]);
        expect(tags).toEqual(["L:abc", "L:abc"]);
      }),
    );
  });

  test("that are not ours end the session", () => {
    const frames = new FrameParser(
      "n",
      () => undefined,
      () => undefined,
    );
    frames.push(Buffer.from("DSRCTL/1 n 7 /run/x\n"));
    expect(() => frames.push(Buffer.from("x L l0:0\n"))).toThrow(/unexpected output/);
  });

  test("half a group is kept back", () => {
    const groups: string[] = [];
    const frames = new FrameParser(
      "n",
      () => undefined,
      (each) => groups.push(each.tag),
    );
    frames.push(Buffer.from(`DSRCTL/1 n 7 /run/x\n${group.slice(0, -1)}`));
    expect(groups).toEqual([]);
  });
});
