/**
 * The possible content of a line of `--json`, by its `type` (docs/json.md). `npm run gen` writes
 * docs/events.schema.json from it, and tests check every line against it. The program itself does not load it.
 */
import type { Event, HostCode, TaskCode, TaskStatus } from "../core/event.ts";
import type { ConnectionStep } from "../core/connection.ts";
import { PROBLEM_CODES } from "../core/problem-code.ts";
import { z } from "../core/schema.ts";

const text = z.string();
const texts = z.array(text);
const count = z.int().min(0);
const seconds = z.number();

const STATUSES = [
  "ok",
  "changed",
  "will-change",
  "depends",
  "skipped",
  "failed",
  "ignored",
  "unknown",
  "not-run",
] as const;
const CODES = [
  ...(["act-failed", "timed-out", "still-different", "failed-when", "until", "blocked", "assertion-failed"] as const),
  ...(["keeps-changing", "test-refused", "connection-lost", "interrupted", "invalid-input"] as const),
  ...(["pending-change", "pending-result"] as const),
] as const;
const STAGES = [
  "proxy",
  "dns",
  "tcp",
  "handshake",
  "host-key",
  "auth",
  "channel",
  "shell",
  "sudo",
  "connection",
] as const;
const HOST_CODES = [
  ...STAGES.map((stage) => `unreachable-${stage}` as const),
  ...(["connection-lost", "bug"] as const),
];

const problem = {
  code: z.enum(Object.keys(PROBLEM_CODES)),
  severity: z.enum(["error", "warning"]),
  message: text,
  label: text.optional(),
  help: text.optional(),
  note: text.optional(),
  place: text.optional(),
  host: text.optional(),
};

const cost = z.strictObject({ connections: count, execs: count, roundTrips: count, sent: count, received: count });

const recap = z.strictObject({
  ...{ host: text, ok: count, changed: count, failed: count, unreachable: count, unknown: count, skipped: count },
  ...{ ignored: count, notRun: count, willChange: count, depends: count, cost: cost.optional() },
});

const VIA = { via: text.optional(), ms: z.number().optional() };
const shownKey = z.strictObject({
  ...{ type: text, fingerprint: text, path: text.optional(), comment: text.optional() },
});
const AUTH_RESULTS = ["accepted", "refused", "partial", "unanswered", "failed", "passed-over"] as const;

/** The steps of a connection, by their `step`. */
const STEPS = {
  settings: { address: text, port: count, user: text, from: z.array(z.strictObject({ name: text, place: text })) },
  wait: {},
  resolve: { name: text, addresses: texts },
  connect: { to: text, result: z.enum(["connected", "failed", "given-up"]), why: text.optional() },
  jump: { openedFor: text.optional() },
  forward: { to: text },
  proxy: { command: text },
  banner: { said: text },
  "key-exchange": { kex: text.optional(), cipher: text.optional() },
  "host-key": {
    ...{ type: text, fingerprint: text, result: z.enum(["known", "added", "refused"]), file: text.optional() },
  },
  auth: { method: text, result: z.enum(AUTH_RESULTS), key: shownKey.optional(), why: text.optional() },
  message: { said: text },
  login: { user: text },
  shell: { user: text.optional() },
  "first-batch": {},
  failed: { stage: z.enum([...STAGES, "interrupted"]), why: text },
  retry: {},
} as const;

const connectionStep = z.union(
  Object.entries(STEPS).map(([step, keys]) => z.strictObject({ step: z.literal(step), ...keys, ...VIA })),
);

const textChange = z.strictObject({ path: text, before: text.optional(), after: text.optional() });
const delta = z.strictObject({ before: z.unknown().optional(), after: z.unknown().optional(), keys: texts });

const id = {
  id: text,
  play: text,
  name: text,
  kind: text,
  label: text,
  status: z.enum(STATUSES),
  handler: z.boolean(),
};
const judged = {
  code: z.enum(CODES).optional(),
  waitsFor: z.object({ host: text, name: text }).optional(),
  ...{ delta: delta.optional(), look: text.optional() },
};
const hostPlan = z.strictObject({ host: text, tasks: z.array(z.strictObject({ ...id, ...judged })) });

const LINES = {
  problem,
  warning: problem,
  "run-start": { playbook: text, inventory: text, twin: z.literal(true).optional(), check: z.boolean(), hosts: texts },
  "play-start": { play: text, hosts: texts, tasks: count },
  "host-connecting": { host: text },
  "host-connected": { host: text, ms: z.number() },
  connection: {
    ...{ host: text, result: z.enum(["reached", "failed", "shell"]), why: text.optional(), ms: z.number() },
    ...{ by: z.enum(["ssh2", "openssh", "local"]).optional(), steps: z.array(connectionStep) },
  },
  "host-progress": { host: text, doing: text, done: count, total: count },
  task: {
    ...{ host: text, ...id, ...judged },
    ...{ why: text.optional(), hint: text.optional(), value: z.unknown().optional() },
    ...{ text: textChange.optional(), out: text.optional(), err: text.optional() },
  },
  "host-lost": {
    ...{ host: text, state: z.enum(["unreachable", "unknown", "ended"]), stage: text, code: z.enum(HOST_CODES) },
    ...{ why: text, hint: text.optional() },
  },
  "play-end": { play: text },
  plan: { hosts: z.array(hostPlan) },
  "run-end": { recap: z.array(recap), seconds, interrupted: z.boolean() },
  lab: {
    ...{ step: text, state: z.enum(["start", "progress", "done", "skipped"]), host: text.optional() },
    ...{
      done: z.number().optional(),
      total: z.number().optional(),
      seconds: seconds.optional(),
      note: text.optional(),
    },
  },
  "lab-status": {
    name: text,
    up: z.boolean(),
    hosts: z.array(z.object({ name: text, state: text, release: text, kernel: text.optional() })),
  },
  drill: { at: seconds, what: text, host: text.optional() },
  "drill-refused": { code: z.enum(["interrupted", "unhealthy"]), reasons: texts },
  "drill-end": {
    ...{ master: text, backup: text, takeover: seconds.optional(), proved: z.boolean(), restored: z.boolean() },
    ...{
      interrupted: z.boolean(),
      holder: text.optional(),
      because: text,
      trouble: texts,
      notAsBefore: texts,
      notes: texts,
    },
    twin: z.literal(true).optional(),
    stopped: z.array(z.strictObject({ host: text, command: text })),
    probes: z.strictObject({
      ...{ total: count, lost: count, longest: seconds, outages: z.array(z.unknown()) },
      sources: z.record(text, z.strictObject({ total: count, lost: count, longest: seconds })),
      ...{ servedBefore: z.record(text, count), servedAfter: z.record(text, count), reasons: z.record(text, count) },
    }),
  },
} as const;

/** The types of line, each with its keys: no line has others. */
export const jsonEvent = z.union(
  Object.entries(LINES).map(([type, keys]) => z.strictObject({ type: z.literal(type), ...keys })),
);

/** Fails to compile if the program has an event, a status or a code that is not here. */
export type Covered = [
  Event["type"] extends keyof typeof LINES ? true : never,
  TaskStatus extends (typeof STATUSES)[number] ? true : never,
  TaskCode extends (typeof CODES)[number] ? true : never,
  HostCode extends (typeof HOST_CODES)[number] ? true : never,
  ConnectionStep["step"] extends keyof typeof STEPS ? true : never,
];
