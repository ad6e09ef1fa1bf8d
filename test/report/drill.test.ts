import { describe, expect, it } from "vitest";
import type { FailoverReport } from "../../src/drills/failover.ts";
import { drillView } from "../../src/report/drill.ts";
import type { DrillView } from "../../src/report/drill.ts";
import { registerSecret } from "../../src/core/secret.ts";
import { expectEvents } from "./valid.ts";

const CANARY = "drill-canary-5f1c";

const NOTHING = { trouble: [], notAsBefore: [], notes: [], stopped: [] };

const REPORT: FailoverReport = {
  ...{ master: "lb1", backup: "lb2", takeover: 3.61, proved: true, restored: true, interrupted: false },
  ...{ holder: "lb2", because: "`nopreempt`: the director that took over keeps it", ...NOTHING },
  probes: {
    ...{ total: 100, lost: 12, longest: 1.2 },
    outages: [{ source: "10.0.0.100", seconds: 1.2, from: 5, to: 6.2, open: false }],
    sources: new Map([
      ["10.0.0.100", { total: 50, lost: 12, longest: 1.2 }],
      ["10.0.0.101", { total: 50, lost: 0, longest: 0 }],
    ]),
    servedBefore: new Map([["web1", 40]]),
    servedAfter: new Map([
      [`web2 ${CANARY}`, 30],
      ["\u001b[2Jweb2", 18],
    ]),
    reasons: new Map([[`HTTP ${CANARY}`, 12]]),
  },
};

function shown(json: boolean, tell: (view: DrillView) => void): string {
  let [out, err] = ["", ""];
  tell(
    drillView({
      ...{ color: false, json },
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    }),
  );
  return out + err;
}

const FORMS = [
  ["text", false],
  ["json", true],
] as const;

async function golden(name: string, form: string, text: string): Promise<void> {
  await expect(text).toMatchFileSnapshot(`golden/${name}.${form === "json" ? "jsonl" : "txt"}`);
}

describe("a drill", () => {
  registerSecret(CANARY);

  it.each(FORMS)("as %s tells no secret, and nothing that a terminal obeys", async (form, json) => {
    const text = shown(json, (view) => {
      view.tell({ at: 0.04, what: "the pair is healthy; this director holds the VIP", host: "lb1" });
      view.tell({ at: 2.5, what: `does not serve: ${CANARY}`, host: "lb2" });
      view.connection({
        ...{ type: "connection", host: "lb1", result: "failed", by: "ssh2", ms: 12.3 },
        steps: [
          { step: "proxy", command: `nc ${CANARY}` },
          { step: "banner", said: "\u001b[2J", ms: 1 },
          { step: "failed", stage: "proxy", why: CANARY },
        ],
      });
      view.refused([`keepalived is ${CANARY} on lb1`], false);
      view.report({ ...REPORT, notes: [`not proven: ${CANARY}`] }, 0.05);
    });
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain("\u001b");
    expectEvents(text);
    await golden("drill", form, text);
  });

  const ends: readonly (readonly [name: string, report: FailoverReport])[] = [
    ["drill-preempted", { ...REPORT, holder: "lb1", because: "it preempts", interrupted: true }],
    [
      "drill-handed",
      {
        ...{ ...REPORT, proved: false, holder: "lb1", because: "" },
        trouble: [
          "clients were not served by lb2 within 5.6 s: 10.0.0.100 gets no service: timed out × 22",
          "10.0.0.5 was handed to lb1, since lb2 did not serve",
        ],
      },
    ],
    [
      "drill-no-effect",
      {
        ...{ ...REPORT, proved: false, takeover: undefined, holder: "lb1", because: "" },
        trouble: ["the fault had no effect: lb1 still held 10.0.0.5 5.7 s after keepalived was stopped there"],
      },
    ],
    [
      "drill-lost",
      {
        ...{ ...REPORT, restored: false, holder: "lb2", because: "" },
        trouble: [`cannot start keepalived on lb1: lb1: ${CANARY} (tcp)`],
        notAsBefore: [`lb1: ${CANARY} (tcp)`],
        stopped: [{ host: "lb1", command: "systemctl start keepalived" }],
      },
    ],
  ];

  it.each(ends.flatMap(([name, report]) => FORMS.map(([form, json]) => ({ name, form, json, report }))))(
    "that ends as $name, as $form",
    async ({ name, form, json, report }) => {
      const text = shown(json, (view) => view.report(report, 0.2));
      expectEvents(text);
      expect(text).not.toContain(CANARY);
      await golden(name, form, text);
    },
  );
});
