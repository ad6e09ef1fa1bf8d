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
    ctx.addIssue({ code: "custom", path: ["port"], message: "`port` and `ports` exclude each other" });
  }
  several?.forEach((each, index) => {
    if (several.indexOf(each) !== index)
      ctx.addIssue({ code: "custom", path: ["ports", index], message: `port ${each} is listed twice` });
  });
}

export const checks = { oneCheck, ports } as const;
