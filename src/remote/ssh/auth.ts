/** Logging in: which methods in which order, and what it means when the host takes none (RFC 4252, 4256). */
import { Unreachable } from "../../core/problem.ts";
import type { Secret } from "../../core/secret.ts";
import type { Key, Keys } from "./private-keys.ts";
import { joinLines, singleLine } from "../transport/sanitize.ts";
import type { Trace } from "../transport/trace.ts";
import { AuthTrace } from "./auth-trace.ts";
import { Agent } from "./client.ts";
import type { AnyAuthMethod, TracedKey } from "./client.ts";
import type { Target } from "../../core/target.ts";
import { quote } from "../../core/shell.ts";

type Way =
  | { readonly is: "key"; readonly key: Key }
  | { readonly is: "agent"; readonly agent: Agent; readonly socket: string }
  | { readonly is: "password"; readonly password: Secret }
  | { readonly is: "keyboard"; readonly password: Secret };

/** The method's name in the protocol. */
const METHOD = {
  key: "publickey",
  agent: "publickey",
  password: "password",
  keyboard: "keyboard-interactive",
} as const;

/** One login: hands out one method after the other and keeps the result of each. */
export class AuthAttempt {
  readonly #target: Target;
  readonly #ways: Way[];
  readonly #refused: Way[] = [];
  readonly #notes: string[];
  #current: Way | undefined;
  #taken: readonly string[] = [];
  readonly #agent: Agent | undefined;
  #asking = false;
  #expired = false;
  #asked: string | undefined;
  #heard = "";
  readonly #trace: AuthTrace | undefined;

  constructor(target: Target, keys: Keys, trace?: Trace) {
    this.#target = target;
    this.#agent = agentOf(target, keys);
    this.#ways = waysOf(target, keys, this.#agent);
    this.#notes = [...keys.passedOver];
    this.#trace = trace && new AuthTrace(trace, keys.passedOver);
  }

  /** Leaves the agent, which may be waiting for its user. */
  close(): void {
    this.#agent?.close();
    this.#trace?.settle("unanswered");
  }

  /** The host let us in. */
  accepted(): void {
    this.#trace?.settle("accepted");
  }

  /** A key is shown to the host. */
  shows(key: TracedKey): void {
    if (this.#current?.is === "agent") this.#trace?.agentKey(key);
  }

  /** Whether the host has refused anything so far: a further try would count against us. */
  get refused(): boolean {
    return this.#refused.length > 0;
  }

  /** What is being tried, for the message when no answer comes. */
  get trying(): string {
    if (this.#current !== undefined) return `trying ${describe(this.#current)}`;
    return this.#asking ? "asking what it takes" : "nothing was tried yet";
  }

  /** The next method that the host takes; the first one is sent unasked, which saves a round trip. */
  next(taken: readonly string[] | undefined, partial: boolean): AnyAuthMethod | undefined {
    this.#close(taken, partial);
    const index = this.#ways.findIndex((way) => this.#isOpen(way) && (taken?.includes(METHOD[way.is]) ?? true));
    const [way] = index < 0 ? [] : this.#ways.splice(index, 1);
    this.#current = way;
    if (way !== undefined) return this.#method(way);
    // Nothing to show: only `none` makes the host say what it wants. After a refusal it would count as another try.
    this.#asking = taken === undefined && !this.refused;
    if (this.#asking) this.#trace?.begin("none");
    return this.#asking ? { type: "none", username: this.#target.user } : undefined;
  }

  /** A key that the agent showed is not shown again. */
  #isOpen(way: Way): boolean {
    return way.is !== "key" || this.#agent?.offered(way.key.key) !== true;
  }

  /** The agent cannot be asked, or would not sign; the login goes on without it. */
  note(trouble: string): void {
    this.#trace?.agentFailed(singleLine(trouble));
    this.#notes.push(`the agent at \`${this.#target.agent ?? ""}\`: ${singleLine(trouble)}`);
    if (this.#current?.is === "agent") this.#current = undefined;
  }

  /** What the host says during the login (RFC 4252, section 5.4): a greeting, or why it accepts no login. */
  hear(said: string): void {
    this.#heard = said;
  }

  /** What the host said last, for the message when the login fails; empty if it said nothing. */
  get heard(): string {
    return this.#heard.trim() === "" ? "" : `the host says: ${joinLines(this.#heard)}`;
  }

  /** The host demands a new password, and dsrctl cannot choose one. */
  passwordExpired(): Unreachable {
    const hint = `log in by hand once and set a new one: \`ssh ${wayTo(this.#target)}\``;
    const asked = this.#asked === undefined ? "" : `: the host asks \`${this.#asked}\``;
    return new Unreachable("auth", `the password of user \`${this.#target.user}\` has expired${asked}`, { hint });
  }

  /** The host accepts none of the methods that remain. */
  failure(): Unreachable {
    if (this.#expired) return this.passwordExpired();
    const [what, hint] = this.#verdict();
    const asked = this.#asked === undefined ? [] : [`the host asked: ${this.#asked}`];
    const notes = [...asked, ...(this.heard === "" ? [] : [this.heard]), ...this.#notes];
    return new Unreachable("auth", notes.length === 0 ? what : `${what} (${notes.join("; ")})`, { hint });
  }

  /** The host ended the login. */
  disconnected(said: string): Unreachable {
    const tooMany = /too many authentication failures/i.test(said);
    const hint = tooMany ? TOO_MANY : "the host's log says more (journalctl -u ssh, /var/log/secure)";
    const notes = [this.#tried(), ...(this.heard === "" ? [] : [this.heard])].join("; ");
    return new Unreachable("auth", `the host aborted the login: ${singleLine(said)} (${notes})`, { hint });
  }

  #close(taken: readonly string[] | undefined, partial: boolean): void {
    // What the host said to each of its keys ssh2 keeps for itself.
    if (this.#current?.is === "agent" && this.#agent?.shown === 0) this.note("it holds no key that can be used");
    this.#trace?.settle(partial ? "partial" : "refused");
    const way = this.#current;
    this.#taken = taken ?? [];
    this.#current = undefined;
    if (way === undefined || partial) return;
    const evaluated = taken?.includes(METHOD[way.is]) === true;
    // A password that the host refused is not tried again by another method.
    if (way.is === "password" && evaluated) this.#drop("keyboard");
    if (evaluated || way.is !== "password") this.#refused.push(way);
  }

  #drop(kind: Way["is"]): void {
    const index = this.#ways.findIndex((way) => way.is === kind);
    if (index >= 0) this.#ways.splice(index, 1);
  }

  #method(way: Way): AnyAuthMethod {
    const username = this.#target.user;
    if (way.is !== "agent") this.#trace?.begin(METHOD[way.is], way.is === "key" ? way.key : undefined);
    switch (way.is) {
      case "key":
        return { type: "publickey", username, key: way.key.key };
      case "agent":
        return { type: "agent", username, agent: way.agent };
      case "password":
        return { type: "password", username, password: way.password.reveal() };
      case "keyboard":
        return { type: "keyboard-interactive", username, prompt: this.#answer(way.password) };
    }
  }

  /** Answers one hidden question with the password, once; any other question gets no answer. */
  #answer(password: Secret): (...prompt: [string, string, string, Question[], (answers: string[]) => void]) => void {
    let given = false;
    return (_name, instructions, _language, questions, finish) => {
      const [question] = questions;
      const asks = singleLine(`${instructions} ${questions.map((each) => each.prompt).join(" ")}`);
      if (/new password|current password|expired/i.test(asks)) this.#expired = true;
      const plain = questions.length === 1 && question?.echo !== true && !given && !this.#expired;
      if (!plain && !given) this.#asked = asks;
      given = true;
      finish(plain ? [password.reveal()] : questions.map(() => ""));
    };
  }

  #verdict(): [what: string, hint: string] {
    const { user, password } = this.#target;
    const wantsPassword = this.#taken.some((each) => each === "password" || each === "keyboard-interactive");
    const copy = `\`ssh-copy-id ${wayTo(this.#target)}\``;
    if (this.#refused.some(({ is }) => is === "password" || is === "keyboard"))
      return [`the host refused the password of user \`${user}\` (${this.#tried()})`, PASSWORD];
    if (this.#refused.length === 0 && wantsPassword && password === undefined)
      return [`the host wants a password for user \`${user}\``, `set \`ansible_password\`, or give it a key: ${copy}`];
    if (this.#refused.length === 0)
      return [`the host wants ${this.#wants()} for user \`${user}\`, and there is none to give`, KEY];
    const also = wantsPassword && password === undefined ? "; it would take a password" : "";
    return [
      `the host refused user \`${user}\` (${this.#tried()})${also}`,
      `check the user (\`ansible_user\`); install the key: ${copy}`,
    ];
  }

  #wants(): string {
    return this.#taken.includes("publickey")
      ? "a key"
      : singleLine(this.#taken.join(" or ") || "nothing that it names");
  }

  #tried(): string {
    const all = this.#current === undefined ? this.#refused : [...this.#refused, this.#current];
    return all.length === 0 ? "nothing was tried" : `tried: ${all.map(describe).join(", ")}`;
  }
}

/**
 * The arguments with which ssh(1) and ssh-copy-id(1) reach the host as dsrctl does; with its jump hosts where they can
 * be written.
 */
function wayTo({ user, address, port, jump }: Target): string {
  const hops = jump.map((each) => `${each.user}@${each.address}:${each.port}`).join(",");
  return [
    ...(port === 22 ? [] : [`-p ${port}`]),
    ...(hops === "" ? [] : [`-o ${quote(`ProxyJump=${hops}`)}`]),
    quote(`${user}@${address}`),
  ].join(" ");
}

interface Question {
  readonly prompt: string;
  readonly echo?: boolean;
}

const TOO_MANY =
  "the agent or ~/.ssh holds more keys than the host lets one try (MaxAuthTries): name the right one " +
  "(`ansible_ssh_private_key_file`, and `IdentitiesOnly=yes` leaves the agent out)";
const PASSWORD = "check `ansible_password`, and that the account is neither locked nor expired";
const KEY = "name one with `ansible_ssh_private_key_file`, or start an agent that has one";

function agentOf({ agent, identitiesOnly }: Target, { named, halves }: Keys): Agent | undefined {
  if (agent === undefined) return undefined;
  const without = named.map(({ key }) => key.getPublicSSH());
  return new Agent(agent, { first: halves, only: identitiesOnly === true, without });
}

/**
 * The keys that the inventory names, then ssh's order: the agent's keys, those that are also in files first, then the
 * other files.
 */
function waysOf({ agent: socket, password }: Target, keys: Keys, agent: Agent | undefined): Way[] {
  return [
    ...keys.named.map((key): Way => ({ is: "key", key })),
    ...(agent === undefined || socket === undefined ? [] : [{ is: "agent", agent, socket } as const]),
    ...keys.others.map((key): Way => ({ is: "key", key })),
    ...(password === undefined ? [] : [{ is: "password", password } as const, { is: "keyboard", password } as const]),
  ];
}

function describe(way: Way): string {
  switch (way.is) {
    case "key":
      return `key ${way.key.path}`;
    case "agent":
      return `the agent at ${way.socket}`;
    case "password":
      return "the password";
    case "keyboard":
      return "the password, keyboard-interactive";
  }
}
