import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/keepalived/read.ts";
import {
  hasCheckers,
  holderAfter,
  instancesOf,
  masterDownInterval,
  realServersOf,
  strongest,
} from "../../src/drills/hosts/vrrp.ts";
import type { Contest, Instance } from "../../src/drills/hosts/vrrp.ts";

function instance(text: string): Instance {
  return instancesOf(readConfig(text, "lb1"))[0]!;
}

describe("a vrrp_instance", () => {
  test.each<[what: string, text: string, expected: Partial<Instance>]>([
    [
      "of version 2",
      "vrrp_instance A { priority 100\n advert_int 2\n}",
      { priority: 100, skew: 156 / 256, advertInterval: 2 },
    ],
    ["of version 3", "vrrp_instance A { version 3\n priority 100\n advert_int 0.1\n}", { skew: (156 / 256) * 0.1 }],
    [
      "of version 3 for all",
      "global_defs { vrrp_version 3 }\nvrrp_instance A { priority 100\n advert_int 0.1 }",
      { skew: (156 / 256) * 0.1 },
    ],
    [
      "with IPv6 is of version 3",
      "vrrp_instance A { advert_int 0.5\n virtual_ipaddress {\n FE80::1\n 2001:DB8:0::5/128 dev eth0\n}\n}",
      { skew: 78 / 256, addresses: ["fe80::1", "2001:db8::5"] },
    ],
    ["without a priority", "vrrp_instance A { }", { priority: 100, advertInterval: 1, preempts: true }],
    ["without a priority, MASTER", "vrrp_instance A { state MASTER }", { priority: 255 }],
    ["with nopreempt", "vrrp_instance A { state BACKUP\n nopreempt }", { preempts: false }],
    ["with nopreempt, MASTER: it is cleared", "vrrp_instance A { state MASTER\n nopreempt }", { preempts: true }],
    ["with a delay", "vrrp_instance A { preempt_delay 300 }", { preemptDelay: 300, preempts: true }],
    ["with fewer adverts", "global_defs { vrrp_down_timer_adverts 2 }\nvrrp_instance A { }", { downAdverts: 2 }],
    ["that tracks", "vrrp_instance A { track_script {\n check weight -20\n}\n}", { tracks: true }],
  ])("%s", (_, text, expected) => {
    expect(instance(text)).toMatchObject(expected);
  });

  test("waits for three advertisements and its skew", () => {
    expect(masterDownInterval(instance("vrrp_instance A { priority 100 }"))).toBeCloseTo(3.609);
  });
});

describe("a file", () => {
  const read = (text: string): readonly string[] =>
    instancesOf(readConfig(text, "lb1")).map(({ name, priority }) => `${name} ${priority}`);

  test.each([
    ["with comments", "# vrrp_instance X {\nvrrp_instance A { ! no\n  priority 101 # yes }\n}", ["A 101"]],
    [
      "with braces on lines of their own",
      "vrrp_instance A\n{\n priority 101\n}\nvrrp_instance B\n{\n}",
      ["A 101", "B 100"],
    ],
    ["with quotes", 'vrrp_instance "A {" {\n priority "101" }', ["A { 101"]],
    [
      "with conditions",
      "vrrp_instance A {\n@lb1 priority 101\n@lb2 priority 99\n@^lb1 priority 7\n@^lb3 advert_int 1\n}",
      ["A 101"],
    ],
    ["with definitions", "$P=101\n$I=vrrp_instance A\n$I {\n priority ${P}\n}", ["A 101"]],
    ["with a definition of several lines", "$B= \\\npriority 101 \\\nnopreempt\nvrrp_instance A {\n$B\n}", ["A 101"]],
    ["with a definition of itself", "$A=$A\nvrrp_instance A {\n $A\n}", ["A 100"]],
    ["with a brace too many", "}\nvrrp_instance A { priority 101 }", ["A 101"]],
    ["with one too few", "vrrp_instance A { priority 101 }\nvrrp_instance B {", ["A 101"]],
  ])("%s", (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("names its real servers, each once", () => {
    const config = readConfig(
      "virtual_server 10.0.0.5 80 {\n real_server 10.0.0.3 80 {\n weight 0\n }\n real_server 2001:DB8::4 80 { }\n}\nvirtual_server 10.0.0.5 443 {\n real_server 2001:db8::4 443 { }\n}",
      "",
    );
    expect(realServersOf(config)).toEqual([
      { address: "10.0.0.3", weight: 0 },
      { address: "2001:db8::4", weight: 1 },
    ]);
    expect(hasCheckers(config)).toBe(true);
    expect(hasCheckers(readConfig("vrrp_instance A { }", ""))).toBe(false);
  });
});

describe("who holds an address in the end", () => {
  const contest = (a: Partial<Instance>, b: Partial<Instance>): Contest => {
    const base = instance("vrrp_instance A { }");
    return new Map([
      ["lb1", { ...base, priority: 101, ...a }],
      ["lb2", { ...base, priority: 100, ...b }],
    ]);
  };

  test.each([
    ["preemption", {}, {}, "lb1", ["lb1"], "lb1"],
    ["nopreempt", { preempts: false }, { preempts: false }, "lb1", ["lb1"], "lb2"],
    ["nopreempt where it counts", { preempts: false }, {}, "lb1", ["lb1"], "lb2"],
    ["equal priorities", { priority: 100 }, {}, "lb1", ["lb1"], "lb2"],
    ["the other one is restarted", {}, {}, "lb1", ["lb2"], "lb1"],
    ["handed back", { preempts: false }, { preempts: false }, "lb1", ["lb1", "lb2"], "lb1"],
    ["handed back to one that preempts", {}, {}, "lb1", ["lb1", "lb2"], "lb1"],
  ] as const)("%s", (_, a, b, holder, restarted, expected) => {
    expect(holderAfter(contest(a, b), holder, restarted)).toBe(expected);
  });

  test("of several, the one with the highest priority takes over", () => {
    const three = new Map([...contest({}, {}), ["lb3", instance("vrrp_instance A { priority 50 }")]]);
    expect(strongest(three, "lb1")).toBe("lb2");
  });
});
