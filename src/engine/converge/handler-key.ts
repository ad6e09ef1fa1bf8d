/** Names the handlers of a host, and asks the host which of them are notified. */
import { createHash } from "node:crypto";
import { builtInHandler } from "../../playbook/built-in.ts";
import type { HandlerRef, Look } from "../../core/batch.ts";
import { lines, sh } from "../../core/shell.ts";
import type { Output } from "../../core/task-type.ts";

/** A handler's key: a file name on the host, the same in every run. */
export function handlerRef(name: string): HandlerRef {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const sum = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return { key: `${plain.slice(0, 60)}-${sum}`, unit: builtInHandler(name)?.unit };
}

/** One look for all handlers of a run: prints the keys of those that are due. */
export function notifiedHandlersLook(dues: readonly HandlerRef[]): Look {
  const each = dues.map(({ key, unit }) => sh`dsr_due ${key} ${unit ?? ""} || :`);
  return { id: "due", look: lines(each), from: "host" };
}

export function parseNotifiedHandlers(seen: Output): readonly string[] {
  return seen.out.split("\n").filter((line) => line !== "");
}
