import { describe, expect, it } from "vitest";
import type { FailoverReport } from "../../src/drills/failover.ts";
import { drillView } from "../../src/report/drill.ts";
import { remember } from "../../src/secret.ts";

const CANARY = "drill-canary-5f1c";

const REPORT: FailoverReport = {
  ...{ master: "lb1", backup: "lb2", takeover: 3.61, proved: true, restored: true, interrupted: false },
  probes: {
    ...{ total: 100, lost: 12, longest: 1.2, outages: [{ seconds: 1.2, from: 5, to: 6.2, open: false }] },
    servedBefore: new Map([["web1", 40]]),
    servedAfter: new Map([
      [`web2 ${CANARY}`, 30],
      ["\u001b[2Jweb2", 18],
    ]),
    reasons: new Map([[`HTTP ${CANARY}`, 12]]),
  },
};

function shown(json: boolean): { readonly out: string; readonly err: string } {
  let [out, err] = ["", ""];
  const view = drillView({
    ...{ color: false, json },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  view.tell({ at: 0.04, what: "the pair is healthy; it holds the VIP", host: "lb1" });
  view.tell({ at: 2.5, what: `not whole: ${CANARY}`, host: "lb2" });
  view.refused([`keepalived is ${CANARY} on lb1`]);
  view.report(REPORT, 0.05);
  return { out, err };
}

describe("a drill", () => {
  remember(CANARY);

  it.each([
    ["text", false],
    ["json", true],
  ])("as %s tells no secret, and nothing that a terminal obeys", async (name, json) => {
    const { out, err } = shown(json);
    expect(out + err).not.toContain(CANARY);
    expect(out + err).not.toContain("\u001b");
    await expect(out + err).toMatchFileSnapshot(`golden/drill.${name === "json" ? "jsonl" : "txt"}`);
  });
});
