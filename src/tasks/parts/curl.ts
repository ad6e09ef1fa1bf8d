/** One HTTP request by curl on a host, as shell; and its outcome. */
import { bracketed } from "../../text/ip.ts";
import { lines, sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import { Secret } from "../../core/secret.ts";
import { Blocked } from "../../core/task-type.ts";
import type { Output } from "../../core/task-type.ts";

export interface Request {
  readonly url: string;
  readonly method: "GET" | "HEAD" | "OPTIONS";
  /** Seconds for the connection, and for everything. */
  readonly timeout: number;
  /** Where to connect instead of the URL's host. */
  readonly connectTo: { readonly address: string; readonly port: number } | undefined;
  readonly headers: readonly (readonly [name: string, value: string | Secret])[];
  readonly insecure: boolean;
  /** The source address; one of the host's own. */
  readonly source: string | undefined;
}

/** How many bytes of a body are read. */
const BODY_LIMIT = 65536;

/**
 * What to do with the body: nothing, search a text in it (its beginning is printed if the text is missing), or print
 * it.
 */
export type Body = "ignored" | "printed" | { readonly holds: string };

/**
 * Prints what `Body` demands and then, on a line of its own, `answered STATUS` or the error. The body and curl's report
 * use different descriptors (3 and 4), so that neither can be mistaken for the other.
 */
export function request(asked: Request, body: Body): Sh {
  return lines([
    sh`need curl curl
exec 5>&1
log=$({ { ${curl(asked)} -o /dev/fd/3 -w '\nstatus %{http_code}\n' 3>&1 >&4 2>&4; printf '\nexit %s\n' "$?" >&4; } |
{ ${consumer(body)}; cat >/dev/null; } >&5; } 4>&1)`,
    VERDICT,
  ]);
}

/** Header values are read from standard input, because every user can see arguments. */
function curl(asked: Request): Sh {
  const headers = asked.headers.map(([name, value]) => headerLine(name, value));
  const config = headers.length === 0 ? sh`</dev/null` : sh`-K -`;
  const feed = headers.length === 0 ? sh`` : sh`printf '%s\n' ${headers} | `;
  return sh`${feed}curl -qgsSv --noproxy '*' ${options(asked)} ${asked.url} ${config}`;
}

function options(asked: Request): readonly string[] {
  const seconds = String(asked.timeout);
  return [
    ...["--connect-timeout", seconds, "-m", seconds],
    ...(asked.method === "HEAD" ? ["-I"] : asked.method === "GET" ? [] : ["-X", asked.method]),
    ...(asked.insecure ? ["-k"] : []),
    ...(asked.source === undefined ? [] : ["--interface", asked.source]),
    ...(asked.connectTo === undefined ? [] : elsewhere(new URL(asked.url), asked.connectTo)),
  ];
}

/**
 * Options that connect to another address. `--connect-to` exists since curl 7.49; RHEL 7 has 7.29, where `--resolve`
 * works unless the port differs.
 */
export function elsewhere(url: URL, to: { readonly address: string; readonly port: number }): readonly string[] {
  const address = bracketed(to.address);
  const port = portOf(url);
  if (port === to.port && !url.hostname.startsWith("[")) return ["--resolve", `${url.hostname}:${port}:${address}`];
  return ["--connect-to", `::${address}:${to.port}`];
}

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === "https:" ? 443 : 80);
}

/** A line of a curl configuration file (curl(1), `--config`). */
function headerLine(name: string, value: string | Secret): string | Secret {
  const line = (text: string): string => `header = "${`${name}: ${text}`.replace(/["\\]/g, (each) => `\\${each}`)}"`;
  return value instanceof Secret ? new Secret(line(value.reveal())) : line(value);
}

function consumer(body: Body): Sh {
  if (body === "ignored") return sh`:`;
  const text = sh`head -c ${BODY_LIMIT} | tr -d '\000'`;
  if (body === "printed") return text;
  // Patterns in whole parentheses: older shells take a lone one for the end of `$(`.
  return sh`page=$(${text}); case $page in (*${body.holds}*) echo found ;; (*) echo missing; printf %s "$page" | head -c 200 ;; esac`;
}

/** curl(1), EXIT CODES. The texts are strerror's, because curl's own last line has changed over the years. */
const VERDICT = sh`set -- $(printf '%s\n' "$log" | sed -n 's/^status //p; s/^exit //p')
case $2:$log in
0:*) printf '\nanswered %s\n' "$1" ;;
28:*'* Connected to '*|28:*'* Established connection '*) printf '\nno_answer\n' ;;
28:*) printf '\ntimed_out\n' ;;
6:*) printf '\nunresolved\n' ;;
7:*'onnection refused'*) printf '\nrefused\n' ;;
7:*'o route to host'*|7:*' is unreachable'*) printf '\nno_route\n' ;;
7:*'imed out'*) printf '\ntimed_out\n' ;;
7:*'ermission denied'*|7:*'not permitted'*) printf '\nforbidden\n' ;;
16:*|18:*|52:*|55:*|56:*|92:*|95:*) printf '\nclosed\n' ;;
35:*|5[13489]:*|60:*|6[46]:*|77:*|8[023]:*|9[01]:*) printf '\ntls %s\n' "$(printf '%s\n' "$log" | sed -n 's/^curl: ([0-9]*) //p' | head -n 1)" ;;
*) printf '%s\n' "$log" | grep -a '^curl: ' >&2; exit 1 ;;
esac`;

/** The outcome of a request. */
export interface Reply {
  /** The verdict's first word. */
  readonly outcome: string;
  readonly status: number | undefined;
  /** For `tls`: what is wrong. */
  readonly detail: string;
  /** For `{ holds }`: whether it does. */
  readonly found: boolean | undefined;
  /** The body, as far as it was printed. */
  readonly page: string;
}

export function readReply(seen: Output, body: Body): Reply | Blocked {
  if (seen.code !== 0) return new Blocked(`curl could not ask: ${seen.err.trim() || `it ended with ${seen.code}`}`);
  const end = seen.out.lastIndexOf("\n", seen.out.length - 2);
  const [outcome = "", ...rest] = seen.out
    .slice(end + 1)
    .trim()
    .split(" ");
  const printed = seen.out.slice(0, Math.max(end, 0));
  const newline = printed.indexOf("\n");
  const verdict = newline < 0 ? printed : printed.slice(0, newline);
  const detail = rest.join(" ");
  const status = outcome === "answered" ? Number(detail) : undefined;
  if (typeof body === "string") return { outcome, status, detail, found: undefined, page: printed };
  return { outcome, status, detail, found: verdict === "found", page: printed.slice(verdict.length + 1) };
}
