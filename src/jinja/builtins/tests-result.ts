/** Tests about what a task returned. */
import { fail } from "../errors/fault.ts";
import { native } from "../values/native.ts";
import type { Native, Natives } from "../values/native.ts";
import { equals, truth, withArticle } from "../values/python.ts";
import { Dict, kind } from "../values/values.ts";
import type { Value } from "../values/values.ts";

function result(test: (result: Dict) => boolean): Native {
  return native("value", (args) => {
    const value = args.value("value");
    return value instanceof Dict
      ? test(value)
      : fail(`this test needs what a task returned, got ${withArticle(kind(value))}`);
  });
}

function flag(name: string): (result: Dict) => boolean {
  return (it) => truth(it.get(name) ?? false);
}

function changed(it: Dict): boolean {
  const own = it.get("changed");
  if (own !== undefined) return truth(own);
  const results: Value = it.get("results") ?? [];
  return Array.isArray(results) && results.some((each) => each instanceof Dict && truth(each.get("changed") ?? false));
}

/** For tasks that run in the background; others have started and finished. */
function progress(name: string): Native {
  return result((it) => equals(it.get(name) ?? 1, 1));
}

const failed = result(flag("failed"));
const succeeded = result((it) => !flag("failed")(it));

export const RESULT_TESTS: Natives = {
  failed,
  failure: failed,
  succeeded,
  success: succeeded,
  successful: succeeded,
  changed: result(changed),
  change: result(changed),
  skipped: result(flag("skipped")),
  skip: result(flag("skipped")),
  unreachable: result(flag("unreachable")),
  reachable: result((it) => !flag("unreachable")(it)),
  started: progress("started"),
  finished: progress("finished"),
};
