/** Compares the report of a drill with the expectations of its definition. */
import type { DrillDefinition, Expectation } from "./definitions/definition.ts";
import type { FailoverReport } from "./failover.ts";

const MET: Readonly<Record<Expectation, (report: FailoverReport) => boolean>> = {
  takeover: ({ takeover }) => takeover !== undefined,
  served: ({ proved }) => proved,
  restored: ({ restored }) => restored,
};

/** The expectations that the report does not meet. */
export function unmet({ expects }: DrillDefinition, report: FailoverReport): readonly Expectation[] {
  return expects.filter((each) => !MET[each](report));
}
