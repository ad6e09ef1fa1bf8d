/** The kinds of values that keywords take. */

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of `90`, `1m30s`, `2h` (sshd_config(5), TIME FORMATS); `undefined` when it is none. */
export function seconds(text: string): number | undefined {
  if (!/^(?:\d+[smhdw]?)+$/i.test(text)) return undefined;
  let total = 0;
  for (const [, digits = "", unit = ""] of text.matchAll(/(\d+)([smhdw]?)/gi))
    total += Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
  return total <= 2_147_483_647 ? total : undefined;
}

export function wholeNumber(text: string, most = 2_147_483_647): number | undefined {
  return /^\+?\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

/** `yes`, `true`, `no`, `false`, in any case. */
export function flag(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case "yes":
    case "true":
      return true;
    case "no":
    case "false":
      return false;
    default:
      return undefined;
  }
}

export type Strictness = "yes" | "no" | "ask" | "accept-new";

/** StrictHostKeyChecking. */
export function strictness(text: string): Strictness | undefined {
  const word = text.toLowerCase();
  if (word === "yes" || word === "true") return "yes";
  if (word === "no" || word === "false" || word === "off") return "no";
  return word === "ask" || word === "accept-new" ? word : undefined;
}

/** A host on the way, `[user@]host[:port]` or an ssh URI. */
export interface Hop {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

const HOP = /^(?:(.+)@)?(?:\[([^\][]+)\]|([^-:/@[\]][^:/@[\]]*))(?::(\d*))?$/;

export function hop(text: string): Hop | undefined {
  const uri = /^ssh:\/\/(.*?)\/?$/i.exec(text);
  const match = HOP.exec(uri?.[1] ?? text);
  const host = match?.[2] ?? match?.[3];
  const digits = match?.[4] === "" ? undefined : match?.[4];
  const port = digits === undefined ? undefined : wholeNumber(digits, 65_535);
  if (host === undefined || (digits !== undefined && (port ?? 0) === 0)) return undefined;
  if (/\s/.test(host) || host.startsWith("-") || match?.[1]?.startsWith("-") === true) return undefined;
  return { user: match?.[1], host, port };
}

/** The chain of ProxyJump, outermost first: none for `none`, `undefined` when a hop is not one. */
export function hops(text: string): readonly Hop[] | undefined {
  if (text.toLowerCase() === "none") return [];
  const all = text.split(",").map(hop);
  return all.every((each) => each !== undefined) ? all : undefined;
}
