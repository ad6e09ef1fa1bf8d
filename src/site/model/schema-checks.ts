/** Checks within one part of the description, that the shape alone cannot say. */
import type { z } from "../../core/schema.ts";

type Ctx = z.RefinementCtx;

function oneCheck(given: Readonly<Record<string, unknown>>, ctx: Ctx): void {
  const kinds = Object.keys(given).filter((key) => given[key] !== undefined);
  if (kinds.length === 1) return;
  const message = kinds.length === 0 ? "the health check is empty" : `there are ${kinds.length} health checks`;
  ctx.addIssue({ code: "custom", message, params: { help: "write one of http, https, tcp, udp, dns, misc" } });
}

interface Ports {
  readonly port?: number | undefined;
  readonly ports?: readonly number[] | undefined;
}

function ports({ port, ports: several }: Ports, ctx: Ctx): void {
  if (port === undefined && several === undefined) {
    ctx.addIssue({
      code: "custom",
      message: "`port` is missing",
      params: { help: "write `port`, or `ports` with a list" },
    });
  } else if (port !== undefined && several !== undefined) {
    ctx.addIssue({
      code: "custom",
      path: ["port"],
      message: "`port` and `ports` exclude each other",
      params: { help: "write one port as `port`, several as `ports`" },
    });
  }
}

function distinct(list: readonly unknown[], ctx: Ctx): void {
  list.forEach((each, index) => {
    if (list.indexOf(each) !== index)
      ctx.addIssue({
        ...{ code: "custom", path: [index], message: `\`${String(each)}\` is listed twice` },
        params: { help: "leave one of them out" },
      });
  });
}

export const checks = { oneCheck, ports, distinct } as const;
