/** After the last of the lab's tests: the hosts are taken down. */
import { down, missing } from "../../src/lab/index.ts";

export async function teardown(): Promise<void> {
  if (missing().length === 0) await down(() => undefined);
}
