import { describe, expect, test } from "vitest";
import { readDirector, surprise } from "../../src/drills/hosts/director.ts";
import type { Director, Process } from "../../src/drills/hosts/director.ts";
import { ailments, asleep } from "../../src/drills/pair.ts";
import type { Instance } from "../../src/drills/hosts/vrrp.ts";

const VIP = "10.0.0.5";
const TABLE = ["-A -t 10.0.0.5:80 -s rr -p 50", "-a -t 10.0.0.5:80 -r 10.0.0.3:80 -g -w 1"];
const SERVERS = [{ name: "web1", address: "10.0.0.3", weight: 1 }];

const INSTANCE: Instance = {
  ...{ name: "VI_1", interface: "eth0", priority: 100, advertInterval: 1, skew: 0.6, downAdverts: 3 },
  ...{ preempts: false, preemptDelay: 0, tracks: false, addresses: [VIP] },
};

function process(pid: string, more: Partial<Process> = {}): Process {
  return { pid, parent: false, state: "S", began: "9", sleeps: 10, sockets: 0, unread: 0, ...more };
}

const PROCESSES = [process("700", { parent: true }), process("701", { sockets: 2 }), process("702")];

function director(name: string, more: Partial<Director> = {}): Director {
  const eth0 = { device: "eth0", address: name === "lb1" ? "10.0.0.1" : "10.0.0.2" };
  return {
    ...{ name, problem: undefined, clock: 100, keepalived: "active", processes: PROCESSES, addresses: [eth0] },
    ...{ table: TABLE, sent: [], instances: [INSTANCE], realServers: [], checks: true },
    ...more,
  };
}

const held = [{ device: "eth0", address: VIP }];
const lb1 = director("lb1", { addresses: held });
const lb2 = director("lb2");

describe("a pair", () => {
  test("is healthy when keepalived lives on both, one holds the VIP, and both know the same way", () => {
    expect(ailments([lb1, lb2], VIP, SERVERS)).toEqual([]);
  });

  const with2 = (more: Partial<Director>): readonly Director[] => [lb1, director("lb2", more)];

  test.each([
    { pair: [lb1], why: ["a failover needs two directors; there is one"] },
    { pair: with2({ keepalived: "failed", processes: [] }), why: ["keepalived is failed on lb2"] },
    {
      pair: with2({ problem: "it has no ipvsadm (package ipvsadm)" }),
      why: ["cannot examine lb2: it has no ipvsadm (package ipvsadm)"],
    },
    { pair: with2({ addresses: held }), why: ["lb1 and lb2 hold 10.0.0.5 at the same time"] },
    { pair: [director("lb1"), lb2], why: ["no director holds 10.0.0.5"] },
    {
      pair: [director("lb1", { addresses: [{ device: "lo", address: VIP }] }), lb2],
      why: ["no director holds 10.0.0.5"],
    },
    {
      pair: with2({ table: [] }),
      why: ["the IPVS table of lb2 has no real server", "the IPVS tables of lb1 and lb2 differ"],
    },
    { pair: with2({ instances: [] }), why: ["lb2 has no vrrp_instance with 10.0.0.5"] },
    {
      pair: with2({ processes: [process("700", { parent: true, state: "T" }), ...PROCESSES.slice(1)] }),
      why: ["keepalived's parent process 700 on lb2 is stopped (state T): it does nothing until `kill -CONT 700`"],
    },
    {
      pair: with2({ processes: [...PROCESSES.slice(0, 2), process("702", { state: "T" })] }),
      why: ["keepalived's checker process 702 on lb2 is stopped (state T): it does nothing until `kill -CONT 702`"],
    },
    {
      pair: with2({ processes: [...PROCESSES.slice(0, 2), process("702", { state: "Z" })] }),
      why: ["keepalived's checker process 702 on lb2 is dead (state Z)"],
    },
    {
      pair: with2({ processes: [PROCESSES[0]!, PROCESSES[2]!] }),
      why: ["keepalived on lb2 has no VRRP process with a socket for VRRP"],
    },
    { pair: with2({ processes: PROCESSES.slice(0, 2) }), why: ["keepalived on lb2 has no process for health checks"] },
    { pair: with2({ processes: PROCESSES.slice(0, 2), checks: false }), why: [] },
  ])("with $why", ({ pair, why }) => {
    expect(ailments(pair, VIP, SERVERS)).toEqual(why);
  });

  test("whose priority something else moves may have the VIP anywhere", () => {
    const better = { ...INSTANCE, priority: 101, preempts: true };
    const why = (tracks: boolean): readonly string[] =>
      ailments([lb1, director("lb2", { instances: [{ ...better, tracks }] })], VIP, SERVERS);
    expect(why(false)).toEqual(["10.0.0.5 is on lb1, though lb2 has the higher priority and preempts"]);
    expect(why(true)).toEqual([]);
  });
});

describe("a VRRP process that has not run between two looks", () => {
  const later = (clock: number, more: Partial<Process> = {}): readonly Director[] => [
    director("lb2", { clock, processes: [PROCESSES[0]!, process("701", { sockets: 2, ...more })] }),
  ];

  test("hangs, when it should have", () => {
    expect(asleep([lb2], later(105))).toEqual(["keepalived's VRRP process 701 on lb2 hangs: it has not run for 5.0 s"]);
  });

  test.each([
    { what: "too early to tell", now: later(101.5) },
    { what: "it has run", now: later(105, { sleeps: 11 }) },
    { what: "it is another of that number", now: later(105, { began: "10" }) },
  ])("does not: $what", ({ now }) => {
    expect(asleep([lb2], now)).toEqual([]);
  });
});

test("a director is understood from what it prints", () => {
  const out = `--clock
812.31
--unit
active
--processes
700
700 S 4211 12 0 0
701 S 4213 340 2 1
702 T 4213 88 0 0
--addresses
lo 127.0.0.1/8
eth0 10.0.0.1/24
eth0 2001:DB8::5/128
--table
${TABLE.join("\n")}
--sent
10.0.0.100 10.0.0.3
--config
id lb1
vrrp_instance VI_1 {
  interface eth0
  priority 101
  virtual_ipaddress { 2001:db8:0::5 }
}
virtual_server 10.0.0.5 80 { real_server 10.0.0.3 80 { weight 3 } }
# --table
`;
  expect(readDirector("lb1", { output: { code: 0, out, err: "", bytes: Buffer.from(out) }, checksum: "" })).toEqual({
    ...{ name: "lb1", problem: undefined, clock: 812.31, keepalived: "active", table: TABLE, checks: true },
    processes: [
      { pid: "700", parent: true, state: "S", began: "4211", sleeps: 12, sockets: 0, unread: 0 },
      { pid: "701", parent: false, state: "S", began: "4213", sleeps: 340, sockets: 2, unread: 1 },
      { pid: "702", parent: false, state: "T", began: "4213", sleeps: 88, sockets: 0, unread: 0 },
    ],
    addresses: [
      { device: "lo", address: "127.0.0.1" },
      { device: "eth0", address: "10.0.0.1" },
      { device: "eth0", address: "2001:db8::5" },
    ],
    sent: ["10.0.0.100 10.0.0.3"],
    instances: [
      {
        ...{ name: "VI_1", interface: "eth0", priority: 101, advertInterval: 1, skew: 155 / 256, downAdverts: 3 },
        ...{ preempts: true, preemptDelay: 0, tracks: false, addresses: ["2001:db8::5"] },
      },
    ],
    realServers: [{ address: "10.0.0.3", weight: 3 }],
  });
});

test("a look that has failed says why", () => {
  const failed = { code: 127, out: "", err: "dsrctl: need ipvsadm ipvsadm\n", bytes: Buffer.alloc(0) };
  expect(readDirector("lb1", { output: failed, checksum: "" }).problem).toBe("it has no ipvsadm (package ipvsadm)");
});

test.each([
  [
    "holder\n700 alive 9\n",
    { late: false, why: expect.stringContaining("keepalived was started or stopped") as string },
  ],
  ["late\nholder\n700 alive 9\n", { late: true, why: "its last state is more than 10 s old" }],
  ["late\n700 alive 9\n", { late: false, why: "it no longer holds 10.0.0.5" }],
])("%j in the moment of the strike", (seen, expected) => {
  expect(surprise(seen, VIP)).toEqual(expected);
});
