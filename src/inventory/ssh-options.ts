/** Reads `ansible_ssh_common_args`: the options of ssh(1) that have a meaning here. */
import type { Problem } from "../core/problem.ts";
import { didYouMean, listNames } from "../text/suggest.ts";
import type { Place } from "../core/source.ts";
import { flag } from "../ssh-config/values.ts";
import { splitWords, Unclosed } from "../text/shell-words.ts";
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
  identitiesOnly?: boolean;
  /** A path, or `none`. */
  identityAgent?: string;
  /** `-F`: instead of the usual files of ssh_config; `none`: no file. */
  configFile?: { readonly path: string; readonly place: Place };
  /** Options that only OpenSSH's own ssh understands. */
  onlyOpenSsh?: readonly (readonly [keyword: string, value: string])[];
}

type Tell = (problem: Problem) => void;
type Setter = (options: SshOptions, value: string, place: Place, tell: Tell) => void;

/** The options before an unclosed quote count. */
function wordsOf(text: string): readonly string[] {
  const words = splitWords(text);
  return words instanceof Unclosed ? words.words : words;
}

/** Reads a string of ssh arguments; unknown ones are reported, with their place. */
export function readSshArguments(text: string, place: Place, options: SshOptions, tell: Tell): void {
  const words = [...wordsOf(text)];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const found = /^-([^-].*)$/s.exec(word);
    if (found === null) unknownFlag(word, words, place, tell);
    else applyFlags(found[1] ?? "", word, words, { options, place, tell });
  }
}

interface Reading {
  readonly options: SshOptions;
  readonly place: Place;
  readonly tell: Tell;
}

/** As in getopt(3), letters without a value may be combined; a letter with a value is the last of them. */
function applyFlags(letters: string, word: string, words: string[], reading: Reading): void {
  const [letter = "", ...others] = letters;
  const [rest, alone, valued] = [others.join(""), ALONE[letter], VALUED[letter]];
  if (alone === undefined && valued === undefined) return unknownFlag(word, words, reading.place, reading.tell);
  if (valued !== undefined) return applyOption(valued, rest === "" ? (words.shift() ?? "") : rest, reading);
  if (alone !== undefined && alone !== NO_EFFECT) applyOption(alone.option, alone.value, reading);
  if (rest !== "") applyFlags(rest, word, words, reading);
}

const NO_EFFECT = "no effect";

/** Flags of ssh(1) that are options under another name. */
const ALONE: Readonly<
  Record<string, typeof NO_EFFECT | { readonly option: string; readonly value: string } | undefined>
> = {
  4: { option: "AddressFamily", value: "inet" },
  6: { option: "AddressFamily", value: "inet6" },
  K: { option: "GSSAPIAuthentication", value: "yes" },
  ...Object.fromEntries([..."aACgkMqtTvxXyY"].map((letter) => [letter, NO_EFFECT])),
};

/** `-o` contains the option's name, and `-F` is none. */
const VALUED: Readonly<Record<string, string | undefined>> = {
  ...{ o: "-o", F: "-F", J: "ProxyJump", i: "IdentityFile", p: "Port", l: "User", b: "BindAddress" },
  ...{ B: "BindInterface", c: "Ciphers", m: "MACs", I: "PKCS11Provider", S: "ControlPath", e: "EscapeChar" },
};

function applyOption(option: string, value: string, { options, place, tell }: Reading): void {
  if (option === "-F") return void (options.configFile ??= { path: value, place: within(place, value) });
  const [name, setting] = option === "-o" ? splitOption(value) : [option, value];
  const known = NAMES.get(name.toLowerCase());
  if (known === undefined) return unknownOption(name, within(place, name), tell);
  known(options, setting, within(place, setting), tell);
}

/** What ssh2 cannot do: OpenSSH's own ssh is used then. */
const ONLY_OPENSSH = [
  ...["CertificateFile", "PKCS11Provider", "SecurityKeyProvider", "KnownHostsCommand", "RevokedHostKeys"],
  ...["KexAlgorithms", "Ciphers", "MACs", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms", "CASignatureAlgorithms"],
  ...["BindAddress", "BindInterface", "AddressFamily", "GSSAPIDelegateCredentials", "ProxyUseFdpass"],
];

function only(keyword: string): Setter {
  return (options, value) => void (options.onlyOpenSsh = [...(options.onlyOpenSsh ?? []), [keyword, value]]);
}

/** `Name=value` or `Name value`. */
function splitOption(text: string): readonly [string, string] {
  const match = /^\s*(\w+)\s*(?:=\s*|\s+)(.*?)\s*$/s.exec(text);
  return match === null ? [text.trim(), ""] : [match[1] ?? "", match[2] ?? ""];
}

/** What every problem with the arguments of ssh begins with. */
const WRONG = { severity: "error", code: "connection-variable" } as const;

function seconds(key: "connectTimeout" | "keepaliveInterval" | "keepaliveCount"): Setter {
  return (options, value, place, tell) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number <= 86_400) options[key] ??= number;
    else tell({ ...WRONG, message: `expected a whole number, got \`${value}\``, place });
  };
}

/** ssh(1) takes an option's first value. */
const SETTERS: Readonly<Record<string, Setter>> = {
  ProxyCommand: (options, value) => void (options.proxyCommand ??= value),
  ProxyJump: (options, value) =>
    void (options.proxyJump ??= value === "none" ? [] : value.split(",").map((hop) => hop.trim())),
  UserKnownHostsFile: (options, value, place, tell) => {
    if (value === "/dev/null") return tell(unchecked("no known hosts are kept in /dev/null", place));
    options.knownHosts ??= wordsOf(value);
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
    else tell({ ...WRONG, message: `expected a port from 1 to 65535, got \`${value}\``, place });
  },
  User: (options, value) => void (options.user ??= value),
  IdentitiesOnly: (options, value, place, tell) => {
    const yes = flag(value);
    if (yes === undefined) tell({ ...WRONG, message: `expected \`yes\` or \`no\`, got \`${value}\``, place });
    else options.identitiesOnly ??= yes;
  },
  IdentityAgent: (options, value) => void (options.identityAgent ??= value),
  GSSAPIAuthentication: (options, value, place, tell) => {
    if (flag(value) === true) only("GSSAPIAuthentication")(options, value, place, tell);
  },
};

/** Options without effect here, as in a file of ssh_config: they are always so, or have no meaning without ssh(1). */
const WITHOUT_EFFECT = [
  ...["ControlMaster", "ControlPath", "ControlPersist", "BatchMode", "LogLevel", "ForwardAgent", "RequestTTY"],
  ...["PreferredAuthentications", "PubkeyAuthentication", "PasswordAuthentication", "KbdInteractiveAuthentication"],
  ...["ChallengeResponseAuthentication", "NumberOfPasswordPrompts", "ForwardX11", "ForwardX11Trusted"],
  ...["TCPKeepAlive", "Compression", "EscapeChar", "ConnectionAttempts", "CheckHostIP", "VisualHostKey"],
  ...["UpdateHostKeys", "HashKnownHosts", "AddKeysToAgent", "ClearAllForwardings", "ExitOnForwardFailure"],
];

const NAMES: ReadonlyMap<string, Setter> = new Map([
  ...Object.entries(SETTERS).map(([name, setter]) => [name.toLowerCase(), setter] as const),
  ...ONLY_OPENSSH.map((name) => [name.toLowerCase(), only(name)] as const),
  ...WITHOUT_EFFECT.map((name) => [name.toLowerCase(), () => undefined] as const),
]);

function strictness(options: SshOptions, value: string, place: Place, tell: Tell): void {
  const word = value.toLowerCase();
  if (word === "no" || word === "off") tell(unchecked("host keys are always checked", place));
  else if (word === "accept-new") options.hostKeys ??= "accept-new";
  else if (["yes", "ask", "true"].includes(word)) options.hostKeys ??= "strict";
  else tell({ ...WRONG, message: `expected \`yes\` or \`accept-new\`, got \`${value}\``, place });
}

function unchecked(message: string, place: Place): Problem {
  return {
    ...WRONG,
    message,
    place,
    help: "write `StrictHostKeyChecking=accept-new` to take the key of a host that is new, once",
  };
}

function unknownFlag(word: string, words: string[], place: Place, tell: Tell): void {
  const flags = [...Object.keys(ALONE), ...Object.keys(VALUED).filter((letter) => letter !== "o")].map(
    (each) => `-${each}`,
  );
  tell({
    ...WRONG,
    message: `the ssh argument \`${word}\` is not supported`,
    place: within(place, word),
    help: `supported are \`-o Option=value\` and ${listNames(flags, flags.length)}`,
  });
  // Its value, most likely.
  if (words[0]?.startsWith("-") === false) words.shift();
}

function unknownOption(name: string, place: Place, tell: Tell): void {
  const all = [...Object.keys(SETTERS), ...ONLY_OPENSSH, ...WITHOUT_EFFECT];
  const label = didYouMean(name, all);
  tell({
    ...WRONG,
    message: `the ssh option \`${name}\` is not supported`,
    place,
    ...(label === undefined ? {} : { label }),
    help: `supported are ${listNames(all, all.length)}`,
  });
}
