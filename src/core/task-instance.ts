/** Hides the argument and state types of a task type: all that the engine needs of it. Types are erased only here. */
import { InputError } from "./problem.ts";
import { validateRevealingSecrets, redactDelta, redactWords } from "./redact-args.ts";
import type { Revealed } from "./redact-args.ts";
import type { ArgProblem, Schema } from "./schema.ts";
import { containsSecret, REDACTED, Secret } from "./secret.ts";
import type { Sh } from "./shell.ts";
import { Blocked } from "./task-type.ts";
import type {
  Advice,
  Controller,
  Delta,
  Json,
  LiftedBy,
  Output,
  AnyState,
  TaskType,
  TextChange,
  Untested,
} from "./task-type.ts";

/** The evaluation of a look. */
export type Evaluation =
  | { readonly is: "right"; readonly state: AnyState | undefined }
  | {
      readonly is: "change";
      readonly delta: Delta;
      readonly text: TextChange | undefined;
      readonly act: Sh;
      /** Checks that the effect of the act lasts. */
      readonly stabilityCheck: Sh | undefined;
      /** The test of the new content by a tool of the host; for dry runs. */
      readonly test: Sh | Untested | undefined;
    }
  | { readonly is: "wrong"; readonly why: string; readonly delta: Delta }
  | BlockedEvaluation;

/** `liftedBy`: which earlier changes may remove the reason; if left out, any. */
interface BlockedEvaluation {
  readonly is: "blocked";
  readonly why: string;
  readonly hint: string | undefined;
  readonly liftedBy?: LiftedBy | undefined;
}

export interface TaskInstance {
  readonly kind: string;
  readonly label: string;
  readonly look: Sh;
  readonly from: "host" | "controller";
  /** The look waits for the network. */
  readonly waitsForNetwork: boolean;
  /** An act on another host may change what the look sees. */
  readonly affectedByOtherHosts: boolean;
  /** The act is always run; the look afterwards proves nothing. */
  readonly alwaysRuns: boolean;
  /** The act may have a stability check. */
  readonly hasStabilityCheck: boolean;
  /** The output of the act has no known limit. */
  readonly unboundedOutput: boolean;
  /** Keys that a successful act has set completely. */
  readonly atomicKeys: readonly string[];
  readonly assertion: boolean;
  /** The host's tool that tests the new content. */
  readonly testedBy: string | undefined;
  readonly advice: readonly Advice[];
  /** Its value; for a task that only reports. */
  readonly value?: unknown;
  /** What `register` keeps of its arguments. */
  readonly returns?: Readonly<Record<string, unknown>> | undefined;
  /** Its arguments contain secrets: the output of its look may depend on them. */
  hasSecret(): boolean;
  /** It got secrets as ordinary text, so its output may contain them. */
  readonly redacted?: true;
  evaluate(seen: Output): Evaluation;
  /** For assertions across hosts: what is wrong, given the looks of all hosts; `some`: there are more hosts. */
  readonly evaluateAcrossHosts: EvaluateOutputs | undefined;
}

type EvaluateOutputs = (seen: ReadonlyMap<string, Output>, some: boolean) => string | undefined;

/** A task type as the registry holds it. */
export interface AnyTaskType {
  readonly kind: string;
  readonly summary: string;
  readonly notes: string | undefined;
  readonly examples: readonly string[];
  readonly positionalArg: string | undefined;
  readonly secretUnderNoLog: string | undefined;
  readonly expressions: Readonly<Record<string, "value" | "condition" | undefined>>;
  readonly args: Schema<unknown>;
  /** Some of its assertions are across hosts: the play waits there until all hosts have arrived. */
  readonly hasBarrier: boolean;
  /** Checks arguments and binds them; or returns every problem with them. */
  instantiate(args: unknown, controller: Controller): Promise<TaskInstance | readonly ArgProblem[]>;
}

/** Task types by their key in a playbook; each is loaded when it is used. */
export type TaskTypes = ReadonlyMap<string, () => Promise<AnyTaskType>>;

export function eraseTypes<Args, State extends AnyState>(type: TaskType<Args, State>): AnyTaskType {
  return {
    kind: type.kind,
    summary: type.summary,
    notes: type.notes,
    examples: type.examples,
    ...{ positionalArg: type.positionalArg, secretUnderNoLog: type.secretUnderNoLog },
    expressions: type.expressions ?? {},
    args: type.args,
    hasBarrier: type.evaluateAcrossHosts !== undefined,
    instantiate: async (raw, controller) => {
      const checked = validateRevealingSecrets(type.args, raw);
      if ("problems" in checked) return checked.problems;
      const args = type.prepare === undefined ? checked.value : await type.prepare(checked.value, controller);
      const closed = instantiate(type, args, raw);
      return checked.words.length === 0 ? closed : redactInstance(closed, type, checked);
    },
  };
}

function instantiate<Args, State extends AnyState>(
  type: TaskType<Args, State>,
  args: Args,
  raw: unknown,
): TaskInstance {
  const from = type.from?.(args) ?? "host";
  const waits = type.waitsForNetwork?.(args) ?? false;
  return {
    kind: type.kind,
    label: type.label(args),
    look: type.look(args),
    from,
    waitsForNetwork: waits,
    affectedByOtherHosts: from === "controller" || (type.affectedByOtherHosts?.(args) ?? waits),
    alwaysRuns: type.alwaysRuns?.(args) ?? false,
    hasStabilityCheck: type.stabilityCheck !== undefined,
    unboundedOutput: type.unboundedOutput?.(args) ?? false,
    atomicKeys: type.atomicKeys ?? [],
    assertion: type.act === undefined,
    testedBy: type.testedBy?.(args),
    advice: type.advise?.(args) ?? [],
    value: type.value?.(args),
    returns: type.returns?.(args),
    hasSecret: () => containsSecret(raw) || containsSecret(args),
    evaluate: (seen) => evaluateSafely(() => evaluate(type, args, seen)),
    evaluateAcrossHosts: acrossHostsOf(type, args),
  };
}

/** The type got secrets as ordinary text: its messages about them are shown as far as they do not contain them. */
function redactInstance<Args, State extends AnyState>(
  closed: TaskInstance,
  type: TaskType<Args, State>,
  { shown, words }: Revealed<Args>,
): TaskInstance {
  const together = closed.evaluateAcrossHosts;
  return {
    ...closed,
    redacted: true,
    value: undefined,
    label: shown === undefined ? REDACTED : redactWords(type.label(shown), words),
    advice: shown === undefined ? [] : (type.advise?.(shown) ?? []),
    returns: closed.returns === undefined ? undefined : asSecrets(closed.returns),
    evaluate: (seen) => redactEvaluation(closed.evaluate(seen), words),
    evaluateAcrossHosts:
      together === undefined
        ? undefined
        : (seen, some) => {
            const wrong = together(seen, some);
            return wrong === undefined ? undefined : redactWords(wrong, words);
          },
  };
}

/** All texts of it are secrets. */
function asSecrets<T>(value: T): T {
  if (typeof value === "string") return new Secret(value) as T;
  if (Array.isArray(value)) return value.map(asSecrets) as T;
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asSecrets(each as unknown)])) as T;
}

function redactEvaluation(judgement: Evaluation, words: readonly string[]): Evaluation {
  switch (judgement.is) {
    case "right":
      return judgement;
    case "change":
      return { ...judgement, delta: redactDelta(judgement.delta), text: undefined };
    case "wrong":
      return { ...judgement, why: redactWords(judgement.why, words), delta: redactDelta(judgement.delta) };
    case "blocked":
      return { ...judgement, why: redactWords(judgement.why, words) };
  }
}

/** If a host prints something that no type expected, the host fails, not the run. */
function evaluateSafely(judged: () => Evaluation): Evaluation {
  try {
    return judged();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = `cannot parse the host's output: ${error instanceof Error ? error.message : String(error)}`;
    return { is: "blocked", why, hint: "report this bug, with the output of the host's tools" };
  }
}

function evaluate<Args, State extends AnyState>(type: TaskType<Args, State>, args: Args, seen: Output): Evaluation {
  const state = read(type, args, seen);
  if (state instanceof Blocked) return blockedEvaluation(state);
  const want = type.want(args, state);
  if (want instanceof Blocked) return blockedEvaluation(want);
  const delta = (type.diff ?? diffByKey)(state, want, args);
  if (delta === undefined) return { is: "right", state };
  if (type.act === undefined) return { is: "wrong", why: type.explainFailure?.(delta, args) ?? "it is not so", delta };
  const [stabilityCheck, test] = [type.stabilityCheck?.(delta, args), type.test?.(delta, args)];
  return {
    is: "change",
    delta,
    text: type.textDiff?.(delta, args),
    act: type.act(delta, args),
    stabilityCheck,
    test,
  };
}

function blockedEvaluation({ why, hint, liftedBy }: Blocked): BlockedEvaluation {
  return { is: "blocked", why, hint, liftedBy };
}

function acrossHostsOf<Args, State extends AnyState>(
  type: TaskType<Args, State>,
  args: Args,
): EvaluateOutputs | undefined {
  const together = type.evaluateAcrossHosts?.(args);
  if (together === undefined) return undefined;
  return (seen, some) => {
    const states = new Map<string, State | undefined>();
    for (const [host, output] of seen) {
      const state = read(type, args, output);
      if (state instanceof Blocked) return `${host}: ${state.why}`;
      states.set(host, state);
    }
    return together(states, some);
  };
}

const NEED = /^dsrctl: need (\S+) (\S+)$/m;

/** `need` (base-functions.ts) ends a look with code 127 and names the tool and its package. */
function read<Args, State extends AnyState>(
  type: TaskType<Args, State>,
  args: Args,
  seen: Output,
): State | undefined | Blocked {
  const need = seen.code === 127 ? NEED.exec(seen.err) : null;
  if (need === null) return type.read(seen, args);
  return new Blocked(`the host has no \`${need[1]}\``, `it comes with the package \`${need[2]}\``);
}

/** The keys that are wanted and differ; all of them if one side does not exist at all. */
export function diffByKey<State extends AnyState>(
  before: State | undefined,
  after: Partial<State> | undefined,
): Delta<State> | undefined {
  if (after === undefined) return before === undefined ? undefined : { before, after, keys: Object.keys(before) };
  const keys = Object.keys(after).filter((key) => before === undefined || !deepEqual(before[key], after[key]));
  return keys.length === 0 ? undefined : { before, after, keys };
}

/** Equality of plain data; keys in any order. */
export function deepEqual(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || canonical(a) === canonical(b);
}

function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([x], [y]) => (x < y ? -1 : 1)))
      : each,
  );
}
