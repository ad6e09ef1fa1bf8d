import type { DrillDefinition } from "./definition.ts";

export const failover: DrillDefinition = {
  name: "failover",
  summary:
    "stop keepalived on the master, check from the client that the backup serves, then start keepalived again (docs/drills.md)",
  fault: "keepalived-stopped",
  target: "master",
  expects: ["takeover", "served", "restored"],
};
