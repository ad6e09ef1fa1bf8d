/** The answers of a look at firewalld (look.ts), and whether they can be evaluated. */
import type { Sh } from "../core/shell.ts";
import { sh } from "../core/shell.ts";
import { Blocked } from "../core/task-type.ts";
import type { Output } from "../core/task-type.ts";
import { readBusctl } from "./busctl.ts";
import type { BusValue } from "./busctl.ts";
import { makesFirewalldRead, unknownName } from "./names.ts";
import type { Named } from "./names.ts";
import { Malformed, readXml } from "./xml.ts";
import type { Element } from "./xml.ts";

/** The stores of a task: both, or one of them. */
export interface Stores {
  readonly runtime: boolean;
  readonly permanent: boolean;
}

export type Store = keyof Stores;

export const STORES = ["runtime", "permanent"] as const;

export function storesOf(stores: Stores): readonly Store[] {
  return STORES.filter((store) => stores[store]);
}

/** The answers of a look. */
export interface Answers {
  /** firewalld answers. Without it there is no runtime, and no reply. */
  readonly running: boolean;
  /** What firewalld replied, by the label of the look. */
  reply(label: string): readonly BusValue[] | undefined;
  /** What firewalld said instead. */
  refusal(label: string): string | undefined;
  /** firewalld's error message. */
  words(label: string): string | undefined;
  /** All lines that begin with a word. */
  all(label: string): readonly string[];
  /** The file that was printed; `undefined` where there is none. */
  readonly file: FirewalldFile | undefined;
}

export interface FirewalldFile {
  readonly path: string;
  /** `undefined`: it is empty. A full disk can leave such a file. */
  readonly root: Element | undefined;
}

export function readAnswers(seen: Output): Answers | Blocked {
  if (seen.code !== 0) return new Blocked(seen.err.trim() || `the look at firewalld ended with ${seen.code}`);
  const [, head = "", path = "-", body = ""] = /^([\s\S]*?)^file (.*)\n([\s\S]*)$/m.exec(seen.out) ?? [];
  const said = [...head.matchAll(/^(\S+) ?(.*)$/gm)].map(([, key = "", rest = ""]) => [key, rest] as const);
  const words = new Map(said);
  const file = path === "-" ? undefined : parsed(path, body);
  const running = isRunning(words);
  if (running instanceof Blocked)
    return file instanceof Blocked ? new Blocked(`${running.why}: ${file.why}`, file.hint) : running;
  if (file instanceof Blocked) return file;
  return {
    running,
    reply: (label) => readBusctl(words.get(label) ?? ""),
    refusal: (label) => words.get(`no-${label}`)?.replace(/^Call failed: /, ""),
    words: (label) => words.get(label),
    all: (label) => said.flatMap(([key, rest]) => (key === label ? [rest] : [])),
    file,
  };
}

/** D-Bus's messages for a name without an owner, of dbus-daemon and dbus-broker; or for a missing bus. */
const NOBODY =
  /not provided by any|does not exist|no owner|disconnected from message bus|could not activate|(connect to|create).* bus.*(no such file|refused)/i;

function isRunning(words: ReadonlyMap<string, string>): boolean | Blocked {
  const [state] = readBusctl(words.get("state") ?? "") ?? [];
  if (state === "RUNNING") return true;
  if (state === "FAILED") {
    const hint = "`firewall-cmd --check-config` says what is wrong; then restart firewalld";
    return new Blocked("firewalld could not load its configuration and runs with a stock one (state FAILED)", hint);
  }
  if (state !== undefined) return new Blocked(`firewalld is not ready (state ${String(state)})`);
  const why = words.get("no-state") ?? "busctl printed nothing";
  return NOBODY.test(why) ? false : new Blocked(`cannot query firewalld: ${why}`);
}

function parsed(path: string, text: string): FirewalldFile | Blocked {
  if (text.trim() === "") return { path, root: undefined };
  const root = readXml(text);
  if (!(root instanceof Malformed)) return { path, root };
  return new Blocked(`${path} is not well-formed: ${root.why}`, remedy(path), (change) => {
    return change.about.includes(path) || ["command", "shell"].includes(change.kind);
  });
}

/** What to do about a file that firewalld cannot read. */
export function remedy(path: string): string {
  const stock = path.startsWith("/etc/firewalld/zones/")
    ? "; without it the stock zone of that name holds, if there is one"
    : "";
  return `mend it, or move \`${path}.old\`, which is as it was before the last change, in its place; or remove it${stock}; then reload firewalld`;
}

/** An empty file, which no tool can write again. */
export function emptyFile(path: string): Blocked {
  return new Blocked(`${path} is empty: the disk was full when it was written, or it was cut off`, remedy(path));
}

/** Why the runtime cannot be evaluated. */
export function notRunning(stores: Stores): Blocked | undefined {
  if (!stores.runtime) return undefined;
  const hint = "start it with the `service` task, or say `immediate: false`";
  return new Blocked("firewalld is not running", hint, makesFirewalldRead);
}

/**
 * The first name that is not known in one of the stores. firewalld has answered for the runtime, the files for the
 * permanent state.
 */
export function unknownIn(answers: Answers, names: readonly Named[], stores: readonly Store[]): Blocked | undefined {
  const among = (label: string, { directory, name }: Named): boolean =>
    answers.all(label).includes(`${directory} ${name}`);
  for (const store of stores) {
    const name = names.find((each) => among(store === "runtime" ? "unknown" : "no-file", each));
    if (name !== undefined) return unknownName(name, store, !among("no-file", name));
  }
  return undefined;
}

/** The command for a store; while firewalld is stopped, another tool changes its files. */
export function commandFor(store: Store, running: boolean): Sh {
  if (store === "runtime") return sh`firewall-cmd`;
  return running ? sh`firewall-cmd --permanent` : sh`firewall-offline-cmd`;
}
