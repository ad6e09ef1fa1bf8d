import { isIP } from "../text/ip.ts";
import { address, integer, text, z } from "../core/schema.ts";
import { Secret } from "../core/secret.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Delta } from "../core/task-type.ts";
import { portOf, readReply, request } from "./parts/curl.ts";
import type { Body, Request } from "./parts/curl.ts";
import { oneOrMore } from "./parts/list.ts";
import { flag } from "./parts/flag.ts";

const url = z.string({ error: "expected a URL" }).superRefine((value, ctx) => {
  const wrong = urlProblem(value);
  if (wrong !== undefined) ctx.addIssue({ code: "custom", message: wrong });
});

function urlProblem(value: string): string | undefined {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    return "expected a URL that begins with `http://` or `https://`";
  if (parsed.username !== "" || parsed.password !== "")
    return "a password in a URL is seen by all; give an `Authorization` header";
  return /[\s\p{Cc}]/u.test(value) ? "a blank in a URL; write `%20`" : undefined;
}

const connectTo = z
  .string({ error: "expected `ADDRESS` or `ADDRESS:PORT`" })
  .transform(
    (value) => /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(value)?.groups ?? { six: value },
  )
  .refine(
    ({ six, four, port }) => isIP(six ?? four ?? "") !== 0 && Number(port ?? 1) >= 1 && Number(port ?? 1) <= 65535,
    {
      error: "expected `ADDRESS` or `ADDRESS:PORT` (an IPv6 address in brackets)",
    },
  );

const regex = z.string().superRefine((value, ctx) => {
  try {
    new RegExp(value);
  } catch (error) {
    ctx.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
  }
});

const headerValue = z
  .union([text, z.instanceof(Secret)], { error: "expected text" })
  .refine((value) => !/[\r\n\0]/.test(value instanceof Secret ? value.reveal() : value), "a line break in a header");

const shape = z.strictObject({
  url: url.describe("What to ask for. Redirects are not followed: they are the answer."),
  status: oneOrMore("status", integer(100, 599), "a status code or a list of them")
    .default([200])
    .describe("The status, or a list of those that are right. 200 when left out."),
  body: text
    .transform((value) => value.replace(/\n+$/, ""))
    .refine((value) => value !== "", "an empty text is in every body")
    .optional()
    .describe("A text that must be in the body (its first 64 KiB)."),
  body_matches: regex
    .optional()
    .describe("A regular expression (JavaScript's) that must match the body (its first 64 KiB)."),
  method: z
    .enum(["GET", "HEAD", "OPTIONS"])
    .default("GET")
    .describe("The method; only those that change nothing (RFC 9110, 9.2.1)."),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected the name of a header"), headerValue)
    .default({})
    .describe("Request headers. Authorization, cookies and the like are never shown."),
  timeout: integer(1, 300).default(5).describe("Seconds until the whole answer must be there."),
  from: z
    .enum(["host", "controller"])
    .default("host")
    .describe("Who asks: the host, or the machine that dsrctl runs on."),
  connect_to: connectTo
    .optional()
    .describe(
      "Connect to this address (and port) whatever the URL says, so that a VIP can be asked for a site by name.",
    ),
  source: address
    .optional()
    .describe(
      "Ask from this address of the asking host. A client with several reaches several persistent real servers.",
    ),
  insecure: flag.default(false).describe("Take any TLS certificate."),
});

interface HttpArgs extends Request {
  readonly statuses: readonly number[];
  readonly body: string | undefined;
  readonly bodyMatches: RegExp | undefined;
  readonly from: "host" | "controller";
}

const SENSITIVE = /^(?:proxy-)?authorization$|cookie|token|secret|password|api-?key/i;

function httpArgs(raw: z.output<typeof shape>): HttpArgs {
  const { status, body_matches: matches, connect_to: to, headers, ...same } = raw;
  const port = Number(to?.port ?? portOf(new URL(raw.url)));
  return {
    ...same,
    statuses: status,
    body: raw.body,
    source: raw.source,
    bodyMatches: matches === undefined ? undefined : new RegExp(matches),
    connectTo: to === undefined ? undefined : { address: to.six ?? to.four ?? "", port },
    headers: Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" && SENSITIVE.test(name) ? new Secret(value) : value,
    ]),
  };
}

type HttpState = Readonly<{
  outcome: string;
  status?: number;
  /** Whether the body is as asked. */
  body?: boolean;
  /** The body, or its beginning; what is wrong with TLS. */
  said?: string;
}>;

function bodyOf(args: HttpArgs): Body {
  if (args.bodyMatches !== undefined) return "printed";
  return args.body === undefined ? "ignored" : { holds: args.body };
}

const TROUBLE: Readonly<Record<string, string>> = {
  refused:
    "refuses connections: nothing listens there, a firewall rejects, or (a VIP) the director has no virtual service for the port",
  timed_out:
    "no connection in time: a firewall drops, the VIP is on no host, or the real server's answers do not find their way back",
  no_route:
    "no route: a firewall rejects (firewalld does when the port is not open in the zone), or no host has the address",
  forbidden: "this host's own firewall or routes forbid the connection",
  unresolved: "the name does not resolve",
  no_answer: "connected, but the answer did not come in time",
  closed: "connected, but the connection was closed before the whole answer came",
};

function wrong({ before, keys }: Delta<HttpState>, args: HttpArgs): string {
  const who = `${args.url}${args.connectTo === undefined ? "" : ` at ${args.connectTo.address}`}`;
  if (before === undefined || keys.includes("outcome")) {
    const outcome = before?.outcome ?? "";
    return `${who}: ${outcome === "tls" ? `TLS: ${before?.said ?? "failed"}` : (TROUBLE[outcome] ?? outcome)}`;
  }
  if (keys.includes("status")) return `${who} answers ${before.status ?? "?"}, expected ${args.statuses.join(" or ")}`;
  const expected = args.bodyMatches === undefined ? `hold \`${args.body ?? ""}\`` : `match ${String(args.bodyMatches)}`;
  const both = args.body !== undefined && args.bodyMatches !== undefined ? ` and hold \`${args.body}\`` : "";
  return `${who}: the body does not ${expected}${both}; it ${began(before.said ?? "")}`;
}

function began(page: string): string {
  const line = page.trim().replace(/\s+/g, " ");
  return line === "" ? "is empty" : `begins \`${line.slice(0, 80)}\``;
}

export const http = taskType<HttpArgs, HttpState>({
  kind: "http",
  summary: "Asserts what a URL answers: status and body.",
  notes: `One request by curl on a TCP connection of its own, past any proxy. The task evaluates the status and, where
it is asked for, the body. It looks at nothing else of the answer, so a page may contain the time. Failures before an
answer are distinguished: name not resolved, refused, no route, no connection in time, no answer in time, closed too
early, TLS.

Whether direct server return works shows only from a third host or from the controller (\`from: controller\`): a
director that has the VIP answers itself. With persistence all requests of one client address go to one web node.
\`source\` asks from other addresses of the same host, which reach the other nodes.

\`connect_to\` asks a VIP for a site by name. With another port than the URL's it needs curl 7.49 on the host (RHEL 7 has 7.29).

Values of \`headers\` reach curl by standard input. Those of Authorization, Cookie and names with token, secret,
password or api-key are dots wherever the task is shown. A matching \`body\` is decided on the host; for
\`body_matches\` up to 64 KiB of the body come to the controller.`,
  examples: [
    `- name: the VIP serves
  http: { url: "http://10.0.0.5/", body: web, from: controller }
  retries: 5
  delay: 1
`,
    `- name: each web node serves the site by name
  http:
    url: https://www.example.org/health
    connect_to: "{{ ansible_host }}"
    status: [200, 204]
    headers: { Authorization: "Bearer {{ health_token }}" }
    timeout: 3
`,
    `- http: http://10.0.0.3/
`,
  ],
  args: shape
    .superRefine((raw, ctx) => {
      const key = raw.body === undefined ? "body_matches" : "body";
      if (raw.method === "HEAD" && raw[key] !== undefined)
        ctx.addIssue({ code: "custom", path: [key], message: "the answer to HEAD has no body" });
    })
    .transform(httpArgs),
  positionalArg: "url",

  label: (args) => {
    const at = args.connectTo === undefined ? "" : ` at ${args.connectTo.address}`;
    const from = args.source === undefined ? "" : ` from ${args.source}`;
    return `${args.method} ${args.url}${at}${from} answers ${args.statuses.join(" or ")}`;
  },
  look: (args) => request(args, bodyOf(args)),
  read: (seen, args) => {
    const reply = readReply(seen, bodyOf(args));
    if (reply instanceof Blocked) return reply;
    if (reply.outcome !== "answered") return { outcome: reply.outcome, said: reply.detail };
    const held = args.body === undefined || (reply.found ?? reply.page.includes(args.body));
    const body = held && (args.bodyMatches?.test(reply.page) ?? true);
    return { outcome: "answered", status: reply.status ?? 0, body, said: body ? "" : reply.page.slice(0, 200) };
  },
  want: (args, seen) => {
    const status = args.statuses.find((each) => each === seen?.status) ?? args.statuses[0] ?? 200;
    return { outcome: "answered", status, body: true };
  },
  explainFailure: wrong,
  waitsForNetwork: () => true,
  from: (args) => args.from,
});
