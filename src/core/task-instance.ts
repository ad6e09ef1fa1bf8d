/**
 * A task type with its arguments filled in and its types hidden: all that the engine needs of it. Erasing the
 * types happens here and nowhere else.
 */
import { InputError } from "./problem.ts";
import { checkRevealing, withoutTexts, withoutWords } from "./redact-args.ts";
import type { Revealed } from "./redact-args.ts";
import type { ArgProblem, Schema } from "./schema.ts";
import { DOTS, Secret } from "./secret.ts";
import type { Sh } from "./shell.ts";
import { Blocked } from "./task-type.ts";
import type {
  Advice,
  Controller,
  Delta,
  Json,
  LiftedBy,
  Output,
  Shape,
  TaskType,
  TextChange,
  Untested,
} from "./task-type.ts";

/** What a look means for a task. */
export type Judgement =
  | { readonly is: "right"; readonly state: Shape | undefined }
  | {
      readonly is: "change";
      readonly delta: Delta;
      readonly text: TextChange | undefined;
      readonly act: Sh;
      /** Whether what acting brings about lasts. */
      readonly calm: Sh | undefined;
      /** What a tool of the host's says of what would be written; for dry runs. */
      readonly test: Sh | Untested | undefined;
    }
  | { readonly is: "wrong"; readonly why: string; readonly delta: Delta }
  | Barred;

/** `liftedBy`: which earlier change may make an end of it; left out: any. */
interface Barred {
  readonly is: "blocked";
  readonly why: string;
  readonly hint: string | undefined;
  readonly liftedBy?: LiftedBy | undefined;
}

export interface Closed {
  readonly kind: string;
  readonly label: string;
  readonly look: Sh;
  readonly from: "host" | "controller";
  /** The look waits for others than who looks. */
  readonly waits: boolean;
  /** An act on another host may change what the look sees. */
  readonly elsewhere: boolean;
  /** Acting is an event; the look afterwards proves nothing. */
  readonly event: boolean;
  /** What acting brings about may have to last. */
  readonly calms: boolean;
  /** What acting prints may be without end. */
  readonly wordy: boolean;
  /** Keys that acting makes right for sure, should it end well. */
  readonly whole: readonly string[];
  readonly assertion: boolean;
  /** The tool of the host's that what would be written is shown to. */
  readonly tester: string | undefined;
  readonly advice: readonly Advice[];
  /** What `register` keeps of its arguments. */
  readonly returns?: Readonly<Record<string, unknown>> | undefined;
  /** It was given secrets as ordinary text: what it prints may be made of them. */
  readonly discreet?: true;
  judge(seen: Output): Judgement;
  /** For assertions over all hosts of the play: what is wrong, given their looks; `some`: there are more hosts. */
  readonly together: JudgeTogether | undefined;
}

type JudgeTogether = (seen: ReadonlyMap<string, Output>, some: boolean) => string | undefined;

/** A task type as the registry holds it. */
export interface AnyTaskType {
  readonly kind: string;
  readonly summary: string;
  readonly notes: string | undefined;
  readonly examples: readonly string[];
  readonly short: string | undefined;
  readonly unshown: string | undefined;
  readonly expressions: Readonly<Record<string, "value" | "condition" | undefined>>;
  readonly args: Schema<unknown>;
  /** Some of its assertions are over all hosts of the play: the play waits there until all have arrived. */
  readonly gathers: boolean;
  /** Checks arguments and fills them in; or every problem with them at once. */
  close(args: unknown, controller: Controller): Promise<Closed | readonly ArgProblem[]>;
}

/** Task types by the key they have in a playbook; each is loaded where it is used. */
export type TaskTypes = ReadonlyMap<string, () => Promise<AnyTaskType>>;

export function erase<Args, State extends Shape>(type: TaskType<Args, State>): AnyTaskType {
  return {
    kind: type.kind,
    summary: type.summary,
    notes: type.notes,
    examples: type.examples,
    ...{ short: type.short, unshown: type.unshown },
    expressions: type.expressions ?? {},
    args: type.args,
    gathers: type.together !== undefined,
    close: async (raw, controller) => {
      const checked = checkRevealing(type.args, raw);
      if ("problems" in checked) return checked.problems;
      const args = type.prepare === undefined ? checked.value : await type.prepare(checked.value, controller);
      const closed = close(type, args);
      return checked.words.length === 0 ? closed : discreet(closed, type, checked);
    },
  };
}

function close<Args, State extends Shape>(type: TaskType<Args, State>, args: Args): Closed {
  const from = type.from?.(args) ?? "host";
  const waits = type.waits?.(args) ?? false;
  return {
    kind: type.kind,
    label: type.label(args),
    look: type.look(args),
    from,
    waits,
    elsewhere: from === "controller" || (type.elsewhere?.(args) ?? waits),
    event: type.event?.(args) ?? false,
    calms: type.calm !== undefined,
    wordy: type.wordy?.(args) ?? false,
    whole: type.whole ?? [],
    assertion: type.act === undefined,
    tester: type.tester?.(args),
    advice: type.advise?.(args) ?? [],
    returns: type.returns?.(args),
    judge: (seen) => understood(() => judge(type, args, seen)),
    together: togetherOf(type, args),
  };
}

/** The type got secrets as ordinary text: its words about them are shown as far as they can be without them. */
function discreet<Args, State extends Shape>(
  closed: Closed,
  type: TaskType<Args, State>,
  { shown, words }: Revealed<Args>,
): Closed {
  const together = closed.together;
  return {
    ...closed,
    discreet: true,
    label: shown === undefined ? DOTS : withoutWords(type.label(shown), words),
    advice: shown === undefined ? [] : (type.advise?.(shown) ?? []),
    returns: closed.returns === undefined ? undefined : secretly(closed.returns),
    judge: (seen) => discreetly(closed.judge(seen), words),
    together:
      together === undefined
        ? undefined
        : (seen, some) => {
            const wrong = together(seen, some);
            return wrong === undefined ? undefined : withoutWords(wrong, words);
          },
  };
}

/** All texts of it are secrets. */
function secretly<T>(value: T): T {
  if (typeof value === "string") return new Secret(value) as T;
  if (Array.isArray(value)) return value.map(secretly) as T;
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, secretly(each as unknown)])) as T;
}

function discreetly(judgement: Judgement, words: readonly string[]): Judgement {
  switch (judgement.is) {
    case "right":
      return judgement;
    case "change":
      return { ...judgement, delta: withoutTexts(judgement.delta), text: undefined };
    case "wrong":
      return { ...judgement, why: withoutWords(judgement.why, words), delta: withoutTexts(judgement.delta) };
    case "blocked":
      return { ...judgement, why: withoutWords(judgement.why, words) };
  }
}

/** What no type expected a host to say is that host's failure, and not the run's. */
function understood(judged: () => Judgement): Judgement {
  try {
    return judged();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = `what the host said is not understood: ${error instanceof Error ? error.message : String(error)}`;
    return { is: "blocked", why, hint: "please report it, with what the tools of the host print" };
  }
}

function judge<Args, State extends Shape>(type: TaskType<Args, State>, args: Args, seen: Output): Judgement {
  const state = read(type, args, seen);
  if (state instanceof Blocked) return barred(state);
  const want = type.want(args, state);
  if (want instanceof Blocked) return barred(want);
  const delta = (type.diff ?? byKey)(state, want, args);
  if (delta === undefined) return { is: "right", state };
  if (type.act === undefined) return { is: "wrong", why: type.wrong?.(delta, args) ?? "it is not so", delta };
  const [calm, test] = [type.calm?.(delta, args), type.test?.(delta, args)];
  return { is: "change", delta, text: type.text?.(delta, args), act: type.act(delta, args), calm, test };
}

function barred({ why, hint, liftedBy }: Blocked): Barred {
  return { is: "blocked", why, hint, liftedBy };
}

function togetherOf<Args, State extends Shape>(type: TaskType<Args, State>, args: Args): JudgeTogether | undefined {
  const together = type.together?.(args);
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

/** The prelude's `need` ends a look with code 127 and names the tool and its package. */
function read<Args, State extends Shape>(
  type: TaskType<Args, State>,
  args: Args,
  seen: Output,
): State | undefined | Blocked {
  const need = seen.code === 127 ? NEED.exec(seen.err) : null;
  if (need === null) return type.read(seen, args);
  return new Blocked(`the host has no \`${need[1]}\``, `it comes with the package \`${need[2]}\``);
}

/** The keys that are wanted and differ; everything, when one side is not there at all. */
export function byKey<State extends Shape>(
  before: State | undefined,
  after: Partial<State> | undefined,
): Delta<State> | undefined {
  if (after === undefined) return before === undefined ? undefined : { before, after, keys: Object.keys(before) };
  const keys = Object.keys(after).filter((key) => before === undefined || !same(before[key], after[key]));
  return keys.length === 0 ? undefined : { before, after, keys };
}

/** Equality of plain data; keys in any order. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || canonical(a) === canonical(b);
}

function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([x], [y]) => (x < y ? -1 : 1)))
      : each,
  );
}
