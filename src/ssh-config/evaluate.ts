/** Evaluates a configuration for one host: blocks in their order, the first value of a keyword counts. */
import type { Account } from "../system/home.ts";
import type { Problem } from "../core/problem.ts";
import type { Keyword } from "./keywords.ts";
import { kindOf } from "./keywords.ts";
import type { Word } from "./lex.ts";
import type { Criterion } from "./match.ts";
import { matchesList, matchesPattern } from "./pattern.ts";
import type { ConfigFile, Item } from "./read.ts";
import { expand, hostTokens, tokensOf } from "./tokens.ts";
import type { Endpoint } from "./tokens.ts";
import { hops } from "./values.ts";

/** The values so far, and whether the operator's own file set them. */
export interface Found {
  readonly words: readonly Word[];
  readonly own: boolean;
}

export type Values = ReadonlyMap<Keyword, Found>;

/** The values that ssh(1) would get on its command line: they override any file. */
export interface Asked {
  readonly name: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

export interface Means {
  readonly local: Account;
  /** Runs the command of `Match exec`; `undefined`: it must not be run. */
  readonly exec: ((command: string) => Promise<boolean>) | undefined;
  readonly tell: (problem: Problem) => void;
}

export interface Evaluated {
  readonly values: Values;
  /** The name or address to connect to. */
  readonly hostName: string;
}

/**
 * If `Match final` asks for it, a second pass follows, with the host's final name. Values that are already set stay.
 */
export async function evaluate(files: readonly ConfigFile[], asked: Asked, means: Means): Promise<Evaluated> {
  const pass = new Pass(asked, means);
  await pass.run(files);
  const hostName = pass.hostName().toLowerCase();
  if (!pass.wantsFinal) return { values: pass.values, hostName };
  const last = new Pass(asked, means, { values: pass.values, hostName });
  await last.run(files);
  return { values: last.values, hostName };
}

class Pass {
  readonly values: Map<Keyword, Found>;
  wantsFinal = false;
  readonly #asked: Asked;
  readonly #means: Means;
  readonly #final: string | undefined;

  constructor(asked: Asked, means: Means, first?: Evaluated) {
    this.#asked = asked;
    this.#means = means;
    this.#final = first?.hostName;
    this.values = new Map(first?.values);
  }

  async run(files: readonly ConfigFile[]): Promise<void> {
    for (const file of files) await this.#items(file, true);
  }

  /** The result of HostName for the name so far. */
  hostName(): string {
    if (this.#final !== undefined) return this.#final;
    const word = this.values.get("HostName")?.words[0];
    if (word === undefined) return this.#asked.name;
    return expand(word, hostTokens(this.#asked.name), this.#means.tell) ?? this.#asked.name;
  }

  /** If a file is included by a block that does not match the host, nothing in it matches. */
  async #items({ items, own }: ConfigFile, reachable: boolean): Promise<void> {
    let active = reachable;
    for (const item of items) {
      if (item.is === "host") active = reachable && this.#isAbout(item);
      else if (item.is === "match") active = reachable && (await this.#matches(item.criteria));
      else if (item.is === "set") this.#set(item, own, active);
      else for (const file of item.files) await this.#items(file, active);
    }
  }

  #isAbout({ patterns }: Extract<Item, { is: "host" }>): boolean {
    const name = this.#final ?? this.#asked.name;
    let about = false;
    for (const { text } of patterns) {
      const negated = text.startsWith("!");
      if (!matchesPattern(name, negated ? text.slice(1) : text)) continue;
      if (negated) return false;
      about = true;
    }
    return about;
  }

  #set({ keyword, values }: Extract<Item, { is: "set" }>, own: boolean, active: boolean): void {
    if (!active || this.#isPassedOver(keyword, values)) return;
    const before = this.values.get(keyword);
    if (before === undefined) this.values.set(keyword, { words: values, own });
    else if (kindOf(keyword) === "more") this.values.set(keyword, added(before, values));
  }

  /** Of ProxyCommand and ProxyJump the one that comes first counts; a time of `none` sets nothing. */
  #isPassedOver(keyword: Keyword, [first]: readonly Word[]): boolean {
    if (keyword === "ProxyCommand") return this.values.has("ProxyJump") && !this.#jumpsNowhere();
    if (keyword === "ProxyJump") return this.values.has("ProxyCommand");
    return kindOf(keyword) === "time" && first?.text === "none";
  }

  /** A ProxyJump of `none` still allows a ProxyCommand. */
  #jumpsNowhere(): boolean {
    return this.values.get("ProxyJump")?.words[0]?.text.toLowerCase() === "none";
  }

  async #matches(criteria: readonly Criterion[]): Promise<boolean> {
    let result = true;
    for (const each of criteria) {
      if (each.is === "final") this.wantsFinal = true;
      // As in ssh(1), a command is not run when another criterion has failed already.
      if (result && (await this.#holds(each)) === each.negated) result = false;
    }
    return result;
  }

  async #holds(criterion: Criterion): Promise<boolean> {
    switch (criterion.is) {
      case "all":
        return true;
      case "final":
      case "canonical":
        return this.#final !== undefined;
      case "host":
        return matchesList(this.hostName().toLowerCase(), criterion.argument.text.toLowerCase());
      case "originalhost":
        return matchesList(this.#asked.name.toLowerCase(), criterion.argument.text.toLowerCase());
      case "user":
        return matchesList(this.#endpoint().user, criterion.argument.text);
      case "localuser":
        return matchesList(this.#means.local.user, criterion.argument.text);
      case "tagged":
        return matchesList(this.values.get("Tag")?.words[0]?.text ?? "", criterion.argument.text);
      case "exec":
        return this.#exec(criterion.place, criterion.argument);
    }
  }

  #endpoint(): Endpoint {
    const text = (keyword: Keyword) => this.values.get(keyword)?.words[0]?.text;
    return {
      original: this.#asked.name,
      host: this.hostName(),
      port: this.#asked.port ?? portOf(text("Port")) ?? 22,
      user: this.#asked.user ?? text("User") ?? this.#means.local.user,
      alias: text("HostKeyAlias"),
      jump: hops(text("ProxyJump") ?? "none")?.at(-1)?.host,
    };
  }

  async #exec(place: Problem["place"], argument: Word): Promise<boolean> {
    const { exec, tell, local } = this.#means;
    if (exec === undefined) {
      const message = "`Match exec` would run a command on this machine";
      const help = "`--ssh-config-exec` lets it";
      tell({ severity: "error", code: "ssh-config", message, ...(place === undefined ? {} : { place }), help });
      return false;
    }
    const command = expand(argument, tokensOf(this.#endpoint(), local), tell);
    return command !== undefined && exec(command);
  }
}

export function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === "ssh" ? 22 : Number(text);
}

/** The same file once, unless the operator and the system both name it. */
function added(before: Found, values: readonly Word[]): Found {
  const known = new Set(before.words.map(({ text }) => text));
  return { ...before, words: [...before.words, ...values.filter(({ text }) => !known.has(text))] };
}
