import type { DrillDefinition } from "./definition.ts";

export const failover: DrillDefinition = {
  name: "failover",
  summary:
    "stop keepalived on the director that holds the VIP, prove from the client that the backup serves, put the service back (docs/drills.md)",
  fault: "keepalived-stopped",
  target: "master",
  expects: ["takeover", "served", "restored"],
};
