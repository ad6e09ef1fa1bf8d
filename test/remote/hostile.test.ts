/** What a host can do to us with bytes: whatever it sends, only its own session ends, soon, and in bounded memory. */
import { describe, expect, test } from "vitest";
import { Unreachable } from "../../src/core/problem.ts";
import { FrameParser, WireError } from "../../src/remote/shell/frame-parser.ts";
import { ShellSession } from "../../src/remote/shell/shell-session.ts";
import type { Shell } from "../../src/remote/shell/open-shell.ts";
import type { Ended } from "../../src/remote/transport/transport.ts";
import { ConnectionLost } from "../../src/core/batch.ts";
import type { Batch, BatchResult, Look, Step } from "../../src/core/batch.ts";
import { emptyScript, sh } from "../../src/core/shell.ts";

/** The far end as an attacker has it: it reads what we send, and says what the test wants. */
class Attacker implements Shell {
  killed = false;
  readonly #answer: (nonce: string, attacker: Attacker) => void;
  #data: (chunk: Uint8Array) => void = () => undefined;
  #error: (chunk: Uint8Array) => void = () => undefined;
  #end: (ended: Ended) => void = () => undefined;
  #nonce = "";
  readonly ended = new Promise<Ended>((resolve) => (this.#end = resolve));

  constructor(answer: (nonce: string, attacker: Attacker) => void) {
    this.#answer = answer;
  }

  write(data: string | Uint8Array): void {
    const text = typeof data === "string" ? data : Buffer.from(data).toString();
    this.#nonce = /dsr_nonce=([0-9a-f]{32})/.exec(text)?.[1] ?? this.#nonce;
    queueMicrotask(() => this.#answer(this.#nonce, this));
  }

  say(text: string | Uint8Array): void {
    if (!this.killed) this.#data(typeof text === "string" ? Buffer.from(text) : text);
  }

  complain(text: string): void {
    this.#error(Buffer.from(text));
  }

  end(): void {
    this.#end({ is: "exit", code: 0 });
  }

  kill(): void {
    this.killed = true;
    this.#end({ is: "signal", signal: "KILL" });
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#data = listener;
  }

  onError(listener: (chunk: Uint8Array) => void): void {
    this.#error = listener;
  }

  refusal(): Unreachable {
    return new Unreachable("shell", "no shell came");
  }
}

const look: Look = { id: "a", look: sh`echo`, from: "host" };
const step = (id: string): Step => ({
  ...{ ...look, id, expectedChecksum: undefined, onlyIfNotified: undefined, act: emptyScript, mustChangeLook: false },
  ...{ notifies: [], ignoreFailure: false, timeoutSeconds: 1 },
});
const LOOKS: Batch = { steps: [], looks: [look] };
const STEPS: Batch = { steps: [step("s0"), step("s1")], looks: [look] };
const options = { shellSeconds: 5, lookSeconds: 5 };

const hello = (nonce: string): string => `DSRCTL/1 ${nonce} 7 /run/x\n`;
const part = (name: string): string => `0 0 ${name}.o\n0 0 ${name}.e\n`;
const acted = (index: number): string => `A${index} act:0 l0:0\n${part("act")}${part("l0")}`;

/** What comes of a batch when the host answers with these groups (each without its nonce). */
async function attack(batch: Batch, ...groups: readonly string[]): Promise<BatchResult> {
  const attacker = new Attacker((nonce, host) => {
    host.say(hello(nonce));
    for (const group of groups) host.say(`${nonce} ${group}`);
  });
  return new ShellSession(attacker, options).run(batch);
}

describe("answers", () => {
  test("that are right are taken", async () => {
    const report = await attack(STEPS, acted(0), acted(1), `L l0:0\n${part("l0")}`);
    expect(report.steps.map(({ id }) => id)).toEqual(["s0", "s1"]);
  });

  test.each<[string, Batch, readonly string[]]>([
    ["to a step that was not sent", STEPS, ["G7\n"]],
    ["to a step twice", STEPS, [acted(0), acted(0)]],
    ["to steps out of order", STEPS, [acted(1)]],
    ["to a step after a surprise", STEPS, [`S0 l0:0\n${part("l0")}`, acted(1)]],
    ["without the act", STEPS, [`A0 l0:0\n${part("l0")}`]],
    ["of an unknown kind", STEPS, ["Z0\n"]],
    ["that end before the last step", STEPS, [acted(0), `L l0:0\n${part("l0")}`]],
    ["that lack a look", LOOKS, ["L\n"]],
    ["that say failed when nothing was begun", STEPS, ["X\n"]],
    ["that say halted when nobody asked for it", STEPS, [acted(0), "H\n"]],
    ["with a name without a code", LOOKS, [`L l0\n${part("l0")}`]],
    ["longer than any answer", LOOKS, ["L l0:0\n1 99999999999999999999 l0.o\n1 0 l0.e\n"]],
    ["with a length that is none", LOOKS, ["L l0:0\n1 -5 l0.o\n1 0 l0.e\n"]],
  ])("%s end the session", async (_name, batch, groups) => {
    await expect(attack(batch, ...groups)).rejects.toThrow(ConnectionLost);
  });

  test("with a wrong nonce end the session; what they say is shown without control characters, and shortened", async () => {
    const attacker = new Attacker((nonce, host) => host.say(`${hello(nonce)}\u001b[2J${"x".repeat(9999)}\n`));
    const error: unknown = await new ShellSession(attacker, options).run(LOOKS).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionLost);
    expect((error as ConnectionLost).message).not.toContain("\u001b");
    expect((error as ConnectionLost).message.length).toBeLessThan(300);
    expect(attacker.killed).toBe(true);
  });

  test.each(["in the same packet", "later"])("to nothing end the session (%s)", async (when) => {
    const end = (nonce: string): string => `${nonce} L l0:0\n${part("l0")}`;
    let late: () => void = () => undefined;
    const attacker = new Attacker((nonce, host) => {
      host.say(hello(nonce) + end(nonce) + (when === "later" ? "" : end(nonce)));
      late = () => host.say(end(nonce));
    });
    const session = new ShellSession(attacker, options);
    await session.run(LOOKS);
    if (when === "later") late();
    await expect(session.run(LOOKS)).rejects.toThrow("an unexpected answer");
    expect(attacker.killed).toBe(true);
  });
});

describe("output without end", () => {
  const megabyte = Buffer.alloc(1 << 20, "x");

  test("before the first line is no shell", async () => {
    const attacker = new Attacker((_nonce, host) => {
      for (let count = 0; count < 100 && !host.killed; count++) host.say(megabyte);
    });
    await expect(new ShellSession(attacker, options).run(LOOKS)).rejects.toThrow(Unreachable);
    expect(attacker.killed).toBe(true);
  });

  test("in a header ends the session after a megabyte or two", async () => {
    let said = 0;
    const attacker = new Attacker((nonce, host) => {
      host.say(`${hello(nonce)}${nonce} L`);
      for (; said < 100 && !host.killed; said++) host.say(megabyte);
    });
    await expect(new ShellSession(attacker, options).run(LOOKS)).rejects.toThrow(ConnectionLost);
    expect(said).toBeLessThan(3);
  });

  test("on the error output before the first line is no shell either", async () => {
    let said = 0;
    const attacker = new Attacker((_nonce, host) => {
      for (; said < 100 && !host.killed; said++) host.complain("y".repeat(1 << 20));
    });
    await expect(new ShellSession(attacker, options).run(LOOKS)).rejects.toThrow(Unreachable);
    expect(said).toBeLessThan(4);
  });

  test("on the error output of a shell costs nothing, and the answer is heard all the same", async () => {
    const attacker = new Attacker((nonce, host) => {
      const flood = "y".repeat(1 << 20);
      host.say(hello(nonce));
      for (let count = 0; count < 50; count++) host.complain(flood);
      host.say(`${nonce} L l0:0\n${part("l0")}`);
    });
    expect((await new ShellSession(attacker, options).run(LOOKS)).looks.size).toBe(1);
  });

  test("costs what it weighs, however small the pieces it comes in", () => {
    let groups = 0;
    const frames = new FrameParser(
      "n",
      () => undefined,
      () => (groups += 1),
    );
    // Were each piece copied with all before it, this would take minutes.
    const body = 3 << 20;
    const text = `DSRCTL/1 n 7 /run/x\nn L l0:0\n1 ${body} l0.o\n2 0 l0.e\n${"z".repeat(body)}`;
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 8) frames.push(bytes.subarray(at, at + 8));
    expect(groups).toBe(1);
  });

  test("of lines that are no answer is refused at the first", () => {
    const frames = new FrameParser(
      "n",
      () => undefined,
      () => undefined,
    );
    frames.push(Buffer.from("DSRCTL/1 n 7 /run/x\n"));
    expect(() => frames.push(Buffer.from("n L l0:0\nnot a sum\n"))).toThrow(WireError);
  });
});

describe("what hears of a step", () => {
  test("may throw: the batch is heard to its end, and then that is thrown", async () => {
    const attacker = new Attacker((nonce, host) =>
      host.say(`${hello(nonce)}${nonce} ${acted(0)}${nonce} ${acted(1)}${nonce} L l0:0\n${part("l0")}`),
    );
    const heard: string[] = [];
    const session = new ShellSession(attacker, options);
    const running = session.run(STEPS, ({ id }) => {
      heard.push(id);
      if (id === "s0") throw new RangeError("mine");
    });
    await expect(running).rejects.toThrow(RangeError);
    expect(heard).toEqual(["s0", "s1"]);
    expect(attacker.killed).toBe(false);
  });
});
