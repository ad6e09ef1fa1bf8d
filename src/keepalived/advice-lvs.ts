/** Mistakes of the field in a `virtual_server`. */
import type { NamedAdvice } from "./named-advice.ts";
import { method } from "./lint-lvs.ts";
import { atOf, blocksOf, isOn, keywordOf, last, valueOf, valuesOf } from "./tree.ts";
import type { At, Block } from "./tree.ts";

export function adviseOnServer(server: Block): readonly NamedAdvice[] {
  return [...defaults(server), ...realServers(server), ...quorum(server), ...detection(server), ...persistence(server)];
}

function defaults(server: Block): readonly NamedAdvice[] {
  const { body } = server;
  const mark = valuesOf(server)[0] === "fwmark";
  const missing = [
    ...(valueOf(body, "protocol") === undefined && !mark ? ["`protocol` (it would be UDP)"] : []),
    ...((valueOf(body, "lb_algo") ?? valueOf(body, "lvs_sched")) === undefined ? ["`lb_algo` (it would be wlc)"] : []),
    ...(method(body) === undefined ? ["`lb_kind` (it would be NAT)"] : []),
  ];
  if (missing.length === 0) return [];
  return [{ name: "defaults", at: server.at, message: `without ${missing.join(", ")}`, help: "write it explicitly" }];
}

function realServers(server: Block): readonly NamedAdvice[] {
  if (blocksOf(server.body, "real_server").length > 0) return [];
  return [
    {
      name: "no-real-server",
      at: server.at,
      message: "keepalived ignores a virtual_server without a real_server: every client is refused",
    },
  ];
}

/** More than all weights together are never reached: keepalived lowers it, with a warning that is no error. */
function quorum({ body, at }: Block): readonly NamedAdvice[] {
  const wanted = last(body, "quorum");
  const usual = Number(valueOf(body, "weight") ?? 1);
  const weights = blocksOf(body, "real_server").map((real) => Number(valueOf(real.body, "weight") ?? usual));
  const sum = weights.reduce((all, each) => all + each, 0);
  if (weights.length === 0 || Number(valueOf(body, "quorum") ?? 1) <= sum) return [];
  if (sum === 0) return [{ name: "quorum", at, message: "all real servers have the weight 0: no client is served" }];
  return [
    {
      name: "quorum",
      at: wanted?.at ?? at,
      message: `all real servers together have the weight ${sum}: keepalived lowers \`quorum\` to that`,
      help: `write ${sum} at most`,
    },
  ];
}

const CHECKS = "HTTP_GET SSL_GET TCP_CHECK SMTP_CHECK DNS_CHECK MISC_CHECK UDP_CHECK PING_CHECK".split(" ");

/** The first check that takes more than ten seconds to notice a server that answers wrongly. */
function detection(server: Block): readonly NamedAdvice[] {
  const checks = blocksOf(server.body, "real_server").flatMap((real) =>
    CHECKS.flatMap((kind) => blocksOf(real.body, kind)).map((check) => slowness(check, [check, real, server])),
  );
  const slow = checks.find(({ seconds }) => seconds > 10);
  return slow === undefined ? [] : [slow.advice];
}

function slowness(check: Block, levels: readonly Block[]): { readonly seconds: number; readonly advice: NamedAdvice } {
  const kind = keywordOf(check);
  const value = (keyword: string, otherwise: number): number => inherited(levels, keyword) ?? otherwise;
  const loop = value("delay_loop", 60);
  const retries = value("retry", value("nb_get_retry", kind === "MISC_CHECK" ? 0 : kind === "DNS_CHECK" ? 3 : 1));
  const between = value("delay_before_retry", kind.endsWith("_GET") ? 3 : kind === "DNS_CHECK" ? loop : 1);
  const seconds = loop + retries * between;
  const sum = `delay_loop ${loop}${retries > 0 ? ` and ${retries} × ${between} for the retries` : ""}`;
  return { seconds, advice: slow(check.at, seconds, sum) };
}

/** The nearest level that says it. */
function inherited(levels: readonly Block[], keyword: string): number | undefined {
  const found = levels.map((level) => valueOf(level.body, keyword)).find((each) => each !== undefined);
  return found === undefined ? undefined : Number(found);
}

function slow(at: At, seconds: number, sum: string): NamedAdvice {
  return {
    name: "slow-detection",
    at,
    message: `a real server that fails keeps its clients for up to ${seconds} s (${sum})`,
    help: "`delay_loop: 2`, `retry: 2`, `delay_before_retry: 1`, `connect_timeout: 2` make that 5 s or less",
  };
}

function persistence(server: Block): readonly NamedAdvice[] {
  if (last(server.body, "persistence_timeout") === undefined) return [];
  const inhibiting = [server, ...blocksOf(server.body, "real_server")].find((each) =>
    isOn(each.body, "inhibit_on_failure"),
  );
  if (inhibiting === undefined) return [];
  return [
    {
      name: "quiescent-persistence",
      at: atOf(inhibiting.body, "inhibit_on_failure", inhibiting.at),
      message: "with persistence, a dead real server of weight 0 keeps its clients without end",
      help: "set the sysctls `net.ipv4.vs.expire_quiescent_template=1` and `net.ipv4.vs.expire_nodest_conn=1` on the directors",
    },
  ];
}
