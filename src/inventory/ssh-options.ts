/** `ansible_ssh_common_args`: the options of ssh(1) that have a meaning here. */
import type { Problem } from "../failure.ts";
import { didYouMean, listNames } from "../nearest.ts";
import type { Place } from "../place.ts";
import { splitWords } from "../words.ts";
import { within } from "./names.ts";

/** What the options set; each at most once, the first one counts, as in ssh(1). */
export interface SshOptions {
  /** `none`: there is none. */
  proxyCommand?: string;
  /** `[user@]host[:port]`, outermost first. */
  proxyJump?: readonly string[];
  knownHosts?: readonly string[];
  hostKeys?: "strict" | "accept-new";
  hostKeyAlias?: string;
  connectTimeout?: number;
  keepaliveInterval?: number;
  keepaliveCount?: number;
  identities?: readonly string[];
  port?: number;
  user?: string;
}

type Tell = (problem: Problem) => void;
type Setter = (options: SshOptions, value: string, place: Place, tell: Tell) => void;

/** Reads a string of ssh arguments; what is not known is told, with its place. */
export function readSshArguments(text: string, place: Place, options: SshOptions, tell: Tell): void {
  const words = splitWords(text);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const flag = /^-([oJFipl])(.*)$/s.exec(word);
    if (flag === null) {
      unknownFlag(word, within(place, word), tell);
      // Its value, most likely.
      if (words[0]?.startsWith("-") === false) words.shift();
    } else {
      const glued = flag[2] ?? "";
      applyFlag(flag[1] ?? "", glued === "" ? (words.shift() ?? "") : glued, options, place, tell);
    }
  }
}

const FLAGS: Readonly<Record<string, string>> = { J: "ProxyJump", i: "IdentityFile", p: "Port", l: "User" };

function applyFlag(flag: string, value: string, options: SshOptions, place: Place, tell: Tell): void {
  if (flag === "F") return unknownFlag("-F", within(place, "-F"), tell);
  const [name, setting] = flag === "o" ? splitOption(value) : [FLAGS[flag] ?? "", value];
  const known = NAMES.get(name.toLowerCase());
  if (known === undefined) return unknownOption(name, within(place, name), tell);
  known(options, setting, within(place, setting), tell);
}

/** `Name=value` or `Name value`. */
function splitOption(text: string): readonly [string, string] {
  const match = /^\s*(\w+)\s*(?:=\s*|\s+)(.*?)\s*$/s.exec(text);
  return match === null ? [text.trim(), ""] : [match[1] ?? "", match[2] ?? ""];
}

function seconds(key: "connectTimeout" | "keepaliveInterval" | "keepaliveCount"): Setter {
  return (options, value, place, tell) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number <= 86_400) options[key] ??= number;
    else tell({ severity: "error", message: `expected a whole number, got \`${value}\``, place });
  };
}

/** ssh(1) takes an option's first value. */
const SETTERS: Readonly<Record<string, Setter>> = {
  ProxyCommand: (options, value) => void (options.proxyCommand ??= value),
  ProxyJump: (options, value) =>
    void (options.proxyJump ??= value === "none" ? [] : value.split(",").map((hop) => hop.trim())),
  UserKnownHostsFile: (options, value, place, tell) => {
    if (value === "/dev/null") return tell(unchecked("no known hosts are kept in /dev/null", place));
    options.knownHosts ??= splitWords(value);
  },
  StrictHostKeyChecking: strictness,
  HostKeyAlias: (options, value) => void (options.hostKeyAlias ??= value),
  ConnectTimeout: seconds("connectTimeout"),
  ServerAliveInterval: seconds("keepaliveInterval"),
  ServerAliveCountMax: seconds("keepaliveCount"),
  IdentityFile: (options, value) => void (options.identities = [...(options.identities ?? []), value]),
  Port: (options, value, place, tell) => {
    const port = Number(value);
    if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) options.port ??= port;
    else tell({ severity: "error", message: `expected a port from 1 to 65535, got \`${value}\``, place });
  },
  User: (options, value) => void (options.user ??= value),
};

/** Options that change nothing here: what they ask for is so anyway, or has no meaning without ssh(1). */
const WITHOUT_EFFECT = [
  ...["ControlMaster", "ControlPath", "ControlPersist", "BatchMode", "LogLevel", "ForwardAgent", "RequestTTY"],
  ...["PreferredAuthentications", "GSSAPIAuthentication", "TCPKeepAlive", "Compression", "EscapeChar"],
];

const NAMES: ReadonlyMap<string, Setter> = new Map([
  ...Object.entries(SETTERS).map(([name, setter]) => [name.toLowerCase(), setter] as const),
  ...WITHOUT_EFFECT.map((name) => [name.toLowerCase(), () => undefined] as const),
]);

function strictness(options: SshOptions, value: string, place: Place, tell: Tell): void {
  const word = value.toLowerCase();
  if (word === "no" || word === "off") tell(unchecked("host keys are always checked", place));
  else if (word === "accept-new") options.hostKeys ??= "accept-new";
  else if (["yes", "ask", "true"].includes(word)) options.hostKeys ??= "strict";
  else tell({ severity: "error", message: `expected \`yes\` or \`accept-new\`, got \`${value}\``, place });
}

function unchecked(message: string, place: Place): Problem {
  return {
    severity: "error",
    message,
    place,
    help: "write `StrictHostKeyChecking=accept-new` to take the key of a host that is new, once",
  };
}

function unknownFlag(word: string, place: Place, tell: Tell): void {
  tell({
    severity: "error",
    message: `the ssh argument \`${word}\` is not supported`,
    place,
    help: "`-o Option=value`, `-J`, `-i`, `-p` and `-l` are",
  });
}

function unknownOption(name: string, place: Place, tell: Tell): void {
  const label = didYouMean(name, [...Object.keys(SETTERS), ...WITHOUT_EFFECT]);
  tell({
    severity: "error",
    message: `the ssh option \`${name}\` is not supported`,
    place,
    ...(label === undefined ? {} : { label }),
    help: `supported are ${listNames(Object.keys(SETTERS))}`,
  });
}
