/** keepalived stops in order: it gives its addresses up with a last advertisement of priority 0 (RFC 5798, 6.4.3). */
import { sh } from "../../core/shell.ts";
import { freshUntil, strikeLook, surprise } from "../hosts/director.ts";
import type { Fault } from "./fault.ts";

export const keepalivedStopped: Fault = {
  name: "keepalived-stopped",
  guard: (seen, vip, planned) => ({ look: strikeLook(vip, freshUntil(seen)), planned }),
  refused: surprise,
  // The service manager does not wait for the end: a keepalived that ends slowly must not keep the drill from looking.
  inject: sh`systemctl --no-block stop keepalived`,
  undo: sh`systemctl start keepalived`,
  healsItself: false,
  words: {
    injected: "keepalived stopped",
    undone: "keepalived started again",
    left: "cannot start keepalived: it is still stopped there",
    notUndone: (host) => `cannot start keepalived on ${host}`,
  },
};
