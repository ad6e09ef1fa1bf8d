/** The failover drill on a site that does what no real one does on command. test/lab/drill.test.ts has the real one. */
import { describe, expect, test } from "vitest";
import { Refused } from "../../src/drills/failover.ts";
import type { FailoverReport } from "../../src/drills/failover.ts";
import { FakeSite, gone, lostConnection } from "./fake.ts";

function reported(outcome: FailoverReport | Refused): FailoverReport {
  if (outcome instanceof Refused) throw outcome;
  return outcome;
}

function refused(outcome: FailoverReport | Refused): readonly string[] {
  if (outcome instanceof Refused) return outcome.reasons;
  throw new Error(`it was not refused: ${JSON.stringify(outcome)}`);
}

function isStop(batch: { readonly steps: readonly { readonly act: { text(): string } | undefined }[] }): boolean {
  return batch.steps[0]?.act?.text().includes(" stop ") === true;
}

function isStart(batch: { readonly steps: readonly { readonly act: { text(): string } | undefined }[] }): boolean {
  return batch.steps[0]?.act?.text().includes(" start ") === true;
}

describe("after a failover", () => {
  test("with `nopreempt` the VIP stays with the director that took over", async () => {
    const site = new FakeSite();
    expect(reported(await site.drill())).toMatchObject({
      ...{ master: "lb1", backup: "lb2", proved: true, restored: true, holder: "lb2" },
      ...{
        because: "`nopreempt`: the director that took over keeps it",
        trouble: [],
        notAsBefore: [],
        stopped: [],
      },
    });
    expect(site.stopped.size).toBe(0);
    expect(site.lb1).toMatchObject({ running: expect.any(Number) as number, holds: false });
  });

  test("with preemption it is on the preferred one again", async () => {
    const site = new FakeSite();
    for (const each of site.directors) each.nopreempt = false;
    const report = reported(await site.drill());
    expect(report).toMatchObject({ proved: true, restored: true, holder: "lb1", because: "it preempts", trouble: [] });
    expect(site.lb2.holds).toBe(false);
  });

  test("where it is not where its settings put it, that is told", async () => {
    const site = new FakeSite();
    site.lb2.before = () => {
      // Somebody stops the new master while the first is coming up.
      if (site.stopped.size > 0 || !site.lb2.holds || site.lb1.running === 0) return;
      site.halt(site.lb2);
      site.start(site.lb2);
    };
    const report = reported(await site.drill());
    expect(report.restored).toBe(false);
    expect(report.notAsBefore).toContain("10.0.0.5 is on lb1; its settings put it on lb2");
  });
});

describe("a backup that cannot serve", () => {
  test("hands the VIP back, and keepalived runs on both", async () => {
    const site = new FakeSite();
    site.onPass = () => void (site.lb2.serves = !site.lb2.holds);
    const report = reported(await site.drill());
    expect(report).toMatchObject({ proved: false, restored: true, holder: "lb1", stopped: [] });
    expect(report.trouble).toEqual([
      expect.stringMatching(
        /^clients were not served by lb2 within 5\.6 s: 10\.0\.0\.100 gets no service: timed out × \d+, /,
      ),
      "10.0.0.5 was handed to lb1, since lb2 did not serve",
    ]);
    expect(report.probes.longest).toBeLessThan(10);
    expect(site.directors.map(({ running, holds }) => [running !== undefined, holds])).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  test("and loses the VIP to one that preempts: nobody need hand it over", async () => {
    const site = new FakeSite();
    for (const each of site.directors) each.nopreempt = false;
    site.onPass = () => void (site.lb2.serves = !site.lb2.holds);
    const report = reported(await site.drill());
    expect(report).toMatchObject({ proved: false, restored: true, holder: "lb1" });
    expect(report.trouble).toHaveLength(1);
  });

  test("in time, though it does later, has failed; nobody takes the VIP from one that serves", async () => {
    const site = new FakeSite();
    let struck: number | undefined;
    site.onPass = (now) => {
      if (site.lb1.running !== undefined) return;
      site.latency = 9;
      struck ??= now;
      site.lb2.serves = now > struck + 7;
    };
    const report = reported(await site.drill({ patience: 120 }));
    expect(report).toMatchObject({ proved: false, restored: true, holder: "lb2" });
    expect(report.trouble).toEqual([
      expect.stringMatching(/^clients were not served for 7\.\d s, which is longer than 5\.6 s$/),
    ]);
  });

  test("for one source only has failed as well", async () => {
    const site = new FakeSite();
    site.onPass = () => (site.lb2.holds ? site.lost.add("10.0.0.101") : site.lost.clear());
    const report = reported(await site.drill());
    expect(report.proved).toBe(false);
    expect(report.trouble[0]).toMatch(/: 10\.0\.0\.101 gets no service: timed out × \d+$/);
    expect(report.holder).toBe("lb1");
  });

  test("since it hangs from the strike on leaves the VIP to the first, which is started in time", async () => {
    const site = new FakeSite();
    site.onPass = () => {
      if (site.lb1.running === undefined) site.lb2.state = "T";
    };
    const report = reported(await site.drill({ patience: 8 }));
    expect(report).toMatchObject({ proved: false, restored: false, holder: "lb1", takeover: undefined, stopped: [] });
    expect(report.trouble[0]).toMatch(/^lb2 did not take 10\.0\.0\.5 within 5\.\d s$/);
    expect(report.notAsBefore).toContain(
      "keepalived's VRRP process 701 on lb2 is stopped (state T): it does nothing until `kill -CONT 701`",
    );
    expect(report.probes.longest).toBeLessThan(11);
  });

  test("any more while the drill holds on ends the drill early", async () => {
    const site = new FakeSite();
    const began = site.clock.now();
    let took: number | undefined;
    site.onPass = (now) => {
      if (site.lb2.holds) took ??= now;
      site.lb2.serves = took === undefined || now < took + 5 || !site.lb2.holds;
    };
    const report = reported(await site.drill({ hold: 600 }));
    expect(report).toMatchObject({ proved: false, restored: true, holder: "lb1" });
    expect(report.trouble[0]).toMatch(/^a client was not served for 5\.\d s while the backup held the VIP$/);
    expect(site.clock.now() - began).toBeLessThan(120);
  });
});

test("a controller that sees it late, on hosts that are slow to answer, blames nobody: the probes tell", async () => {
  const site = new FakeSite();
  site.onPass = () => {
    if (site.lb1.running === undefined) site.latency = 9;
  };
  const report = reported(await site.drill({ patience: 120 }));
  expect(report).toMatchObject({ proved: true, restored: true, holder: "lb2", trouble: [] });
  expect(report.takeover).toBeGreaterThan(8);
  expect(report.probes.longest).toBeLessThan(1);
});

describe("what happens between the look and the strike", () => {
  test("a VIP that moved is not struck for, and nothing is claimed", async () => {
    const site = new FakeSite();
    site.lb1.before = (batch) => {
      if (!isStop(batch)) return;
      site.lb1.holds = false;
      site.lb2.holds = true;
    };
    expect(refused(await site.drill())).toEqual(["the strike on lb1 failed: it no longer holds 10.0.0.5"]);
    expect(site.lb1.running).toBe(0);
    expect(site.stopped.size).toBe(0);
  });

  test("keepalived that was started anew is not struck", async () => {
    const site = new FakeSite();
    site.lb1.before = (batch) => (site.lb1.pid += isStop(batch) ? 10 : 0);
    expect(refused(await site.drill())[0]).toContain("keepalived was started or stopped");
    expect(site.lb1.running).toBe(0);
  });

  test("a controller that slept looks again", async () => {
    const site = new FakeSite();
    let slept = false;
    site.lb1.before = (batch) => {
      if (!isStop(batch) || slept) return;
      slept = true;
      site.clock.jump(300);
    };
    expect(reported(await site.drill())).toMatchObject({ proved: true, restored: true });
    expect(site.told).toContain(
      "lb1: strike cancelled: its last state is more than 10 s old; examining the pair again",
    );
  });

  test("a controller that slept while the VIP moved says so", async () => {
    const site = new FakeSite();
    site.lb1.before = (batch) => {
      if (!isStop(batch)) return;
      site.halt(site.lb1);
      site.clock.jump(60);
      site.start(site.lb1);
      site.clock.jump(60);
    };
    expect(refused(await site.drill())).toEqual(["the strike on lb1 failed: it no longer holds 10.0.0.5"]);
    expect(site.lb1.running).not.toBeUndefined();
  });

  test("a VIP that moved between the first look and the last is not struck for", async () => {
    const site = new FakeSite();
    site.onPass = (now) => {
      if (now < 103 || !site.lb1.holds) return;
      site.lb1.holds = false;
      site.lb2.holds = true;
    };
    expect(refused(await site.drill())).toEqual(["10.0.0.5 moved during the examination, from lb1 to lb2"]);
  });

  test("an interruption while a host does not answer: nothing waits for it", async () => {
    const site = new FakeSite();
    site.latency = 1000;
    site.onPass = (now) => {
      if (now > 102) site.stop.abort();
    };
    expect(refused(await site.drill())).toEqual(["interrupted before the strike"]);
    expect(site.told).toBe("");
    expect(site.lb1.running).toBe(0);
  });

  test("an interruption: nothing was touched", async () => {
    const site = new FakeSite();
    site.onPass = (now) => {
      if (now > 102) site.stop.abort();
    };
    expect(refused(await site.drill())).toEqual(["interrupted before the strike"]);
    expect(site.lb1.running).toBe(0);
  });
});

test("a strike that stops nothing has failed: the fault had no effect", async () => {
  const site = new FakeSite();
  site.lb1.deaf = true;
  const report = reported(await site.drill());
  expect(report).toMatchObject({ proved: false, restored: true, takeover: undefined, holder: "lb1" });
  expect(report.trouble).toEqual([
    expect.stringMatching(
      /^the fault had no effect: lb1 still held 10\.0\.0\.5 5\.\d s after keepalived was stopped there$/,
    ),
  ]);
});

describe("when a host is lost", () => {
  test("after the strike, the report says what is stopped there, and the command that starts it", async () => {
    const site = new FakeSite();
    site.lb1.before = (batch) => {
      if (isStart(batch)) gone();
    };
    const report = reported(await site.drill());
    expect(report).toMatchObject({ proved: true, restored: false });
    expect(report.stopped).toEqual([{ host: "lb1", command: "systemctl start keepalived" }]);
    expect(report.trouble).toEqual(["cannot start keepalived on lb1: lb1: no answer from 10.0.0.1:22 (tcp)"]);
    expect(report.notAsBefore).toContain("keepalived is inactive on lb1");
    expect(report.probes.total).toBeGreaterThan(50);
  });

  test("for a while, keepalived is started once it is back", async () => {
    const site = new FakeSite();
    let until = 0;
    site.lb1.before = (batch) => {
      if (isStart(batch)) until ||= site.clock.now() + 12;
      if (site.clock.now() < until) gone();
    };
    const report = reported(await site.drill());
    expect(report).toMatchObject({ restored: true, stopped: [] });
    expect(site.told).toContain("lb1: cannot start keepalived: it is still stopped there: lb1: no answer");
  });

  test("in the middle of the strike, it is taken to be stopped, and started", async () => {
    const site = new FakeSite();
    let lost = false;
    site.lb1.before = (batch) => {
      if (!isStop(batch) || lost) return;
      lost = true;
      site.halt(site.lb1);
      lostConnection();
    };
    const report = reported(await site.drill());
    expect(report).toMatchObject({ restored: true, stopped: [] });
    expect(report.trouble).toEqual([
      "lb1: connection lost while keepalived was being stopped: the connection was closed",
    ]);
  });

  test("and it is the backup, the first is started at once", async () => {
    const site = new FakeSite();
    site.lb2.before = () => {
      if (site.lb1.running === undefined) gone();
    };
    const report = reported(await site.drill());
    expect(report).toMatchObject({ proved: false, stopped: [] });
    expect(report.trouble[0]).toBe("lb2: no answer from 10.0.0.1:22 (tcp)");
    expect(site.lb1.running).not.toBeUndefined();
  });

  test("and it is the client, the drill ends, and what it cannot prove it does not say", async () => {
    const site = new FakeSite();
    site.onPass = () => {
      if (site.lb1.running === undefined) site.clientLost = true;
    };
    const report = reported(await site.drill({ patience: 6 }));
    expect(report).toMatchObject({ proved: false, restored: false, stopped: [] });
    expect(report.notAsBefore).toContain("connection to the client lost");
  });

  test("before the strike, that is all there is to say", async () => {
    const site = new FakeSite();
    site.lb2.before = gone;
    await expect(site.drill()).rejects.toThrow("lb2: no answer from 10.0.0.1:22");
    expect(site.lb1.running).toBe(0);
  });
});

test("an interruption after the strike puts everything back", async () => {
  const site = new FakeSite();
  site.onPass = () => {
    if (site.lb2.holds) site.stop.abort();
  };
  expect(reported(await site.drill({ hold: 600 }))).toMatchObject({ interrupted: true, restored: true, stopped: [] });
  expect(site.lb1.running).not.toBe(undefined);
});

describe("a drill is refused, and nothing is touched,", () => {
  const cases: readonly {
    readonly when: string;
    readonly set: (site: FakeSite) => void;
    readonly why: string | RegExp;
  }[] = [
    {
      when: "when the backup's VRRP process is stopped",
      set: (site) => (site.lb2.state = "T"),
      why: "keepalived's VRRP process 701 on lb2 is stopped (state T): it does nothing until `kill -CONT 701`",
    },
    {
      when: "when it does not read what arrives",
      set: (site) => (site.lb2.unread = 1),
      why: "keepalived's VRRP process 701 on lb2 hangs: it does not read the advertisements that arrive",
    },
    {
      when: "when the master's VRRP process does not run",
      set: (site) => (site.lb1.wakes = false),
      why: /^keepalived's VRRP process 701 on lb1 hangs: it has not run for 5\.\d s$/,
    },
    {
      when: "when the backup's firewall shuts the clients out",
      set: (site) => (site.lb2.doorShut = true),
      why: "lb2 cannot serve: its firewall blocks port 80 (probed from 10.0.0.100, 10.0.0.101)",
    },
    {
      when: "when a real server is down",
      set: (site) => (site.lb2.weights["10.0.0.4"] = 0),
      why: "lb2 forwards no client to web2 (10.0.0.4): its weight is 0",
    },
    {
      when: "when a real server is in no table",
      set: (site) => {
        for (const each of site.directors) delete each.weights["10.0.0.4"];
      },
      why: "lb1 forwards no client to web2 (10.0.0.4): the IPVS table does not contain it",
    },
    {
      when: "when a real server answers a wrong page",
      set: (site) => (site.pages["10.0.0.4"] = "missing\n<h1>It works</h1>\nanswered 200\n"),
      why: "web2 (10.0.0.4) answers a wrong page: `<h1>It works</h1>` does not contain `web`",
    },
    {
      when: "when a real server answers a wrong status",
      set: (site) => (site.pages["10.0.0.4"] = "found\n\nanswered 503\n"),
      why: "web2 (10.0.0.4) answers 503",
    },
    {
      when: "when nothing proves a real server",
      set: (site) => {
        site.pages["10.0.0.4"] = "\nno_route\n";
        site.sent["10.0.0.101"] = "10.0.0.3";
      },
      why: "web2 (10.0.0.4) is not proven: it does not serve the client at its own address (no route), and none of the client's addresses is sent to it",
    },
    {
      when: "when one of the client's addresses is not served",
      set: (site) => site.lost.add("10.0.0.101"),
      why: /^\d+ of \d+ probes failed before the strike: timed out × \d+ \(from 10\.0\.0\.101\)$/,
    },
    {
      when: "when the VIP is not where preemption puts it",
      set: (site) => {
        for (const each of site.directors) each.nopreempt = false;
        site.lb2.priority = 102;
        site.lb2.before = () => (site.lb2.holds = false);
      },
      why: "10.0.0.5 is on lb1, though lb2 has the higher priority and preempts",
    },
    {
      when: "when another address has no owner",
      set: (site) => (site.config = "vrrp_instance VI_2 { virtual_ipaddress {\n 10.0.0.6/32 dev eth0\n} }"),
      why: "no director holds 10.0.0.6",
    },
    {
      when: "when the client is lost",
      set: (site) => (site.clientLost = true),
      why: "connection to the client lost before the strike",
    },
  ];

  test.each(cases)("$when", async ({ set, why }) => {
    const site = new FakeSite();
    set(site);
    expect(refused(await site.drill())).toContainEqual(typeof why === "string" ? why : expect.stringMatching(why));
    expect(site.lb1.running).toBe(0);
    expect(site.stopped.size).toBe(0);
  });
});

test("a director that shuts everybody out at its own address proves nothing about the other", async () => {
  const site = new FakeSite();
  for (const each of site.directors) each.doorShut = true;
  expect(reported(await site.drill()).notes).toEqual([
    "not known beforehand whether lb2 lets the clients in: lb1 does not at its own address either",
  ]);
});

test("a real server that no source is sent to is named", async () => {
  const site = new FakeSite();
  site.sent["10.0.0.101"] = "10.0.0.3";
  expect(reported(await site.drill()).notes).toEqual([
    "not proven through the VIP: web2 (10.0.0.4) (no client address is forwarded there; add `sources` to a client's `site_host`)",
  ]);
});
