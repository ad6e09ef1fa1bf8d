/** The credentials that are written in a command line of the user, such as a proxy command. */
import { REDACTED, SHORTEST_FROM_FILES, redact, registerSecret } from "./secret.ts";

const VALUE = String.raw`(?<secret>"[^"]*"|'[^']*'|[^\s,;'"]+)`;
const NAME = String.raw`[\w.-]*(?:passw(?:or)?d|passphrase|pass|pwd|secret|token|auth|credentials?|api[_-]?key)s?`;

/** What comes before a credential, and the credential. */
const CREDENTIALS: readonly RegExp[] = [
  // In a URL: scheme://user:password@host.
  /(?<before>\b[a-z][\w+.-]*:\/\/[^\s:/@'"]*:)(?<secret>[^\s'"]+)(?=@)/gi,
  // A header: Authorization: Basic dXNlcjpwYXNz.
  /(?<before>\bauthorization\s*:\s*(?:(?:basic|bearer|digest)\s+)?)(?<secret>[^\s'"]+)/gi,
  // --proxy-auth user:password, --password=…, PROXY_PASSWORD=…, proxyauth=….
  new RegExp(`(?<before>(?:(?<![\\w-])--?${NAME}(?:\\s+|[=:])|(?<![\\w/.-])${NAME}=))${VALUE}`, "gi"),
  // -u user:password, -U user:password, as curl and others take them.
  /(?<before>(?<!\S)-[uU]\s*["']?[^\s:'"]+:)(?<secret>[^\s'"]+)/g,
  // sshpass -p password.
  new RegExp(`(?<before>\\bsshpass\\s+(?:-[ev]\\s+)*-p\\s*)${VALUE}`, "g"),
];

/**
 * Registers the credentials of a command, as its shell or a program may repeat them. A short word, or the name of a
 * method, would be found in too many other texts.
 */
export function registerCredentials(command: string): void {
  for (const word of credentialsOf(command)) if (!METHOD.test(word)) registerSecret(word, SHORTEST_FROM_FILES);
}

const METHOD = /^(?:negotiate|kerberos|gssapi|digest)$/i;

/** What its options, variables, headers and URLs name as a credential; of `user:password` the password as well. */
function credentialsOf(command: string): readonly string[] {
  const found = CREDENTIALS.flatMap((each) =>
    [...command.matchAll(each)].map(({ groups }) => groups?.["secret"] ?? ""),
  );
  const words = found.map((word) => word.replace(/^(["'])(.*)\1$/, "$2")).filter((word) => !FILE.test(word));
  return [...words, ...words.flatMap((word) => /^[^:]*:(.+)$/.exec(word)?.[1] ?? [])];
}

/** A path or a variable names where the credential is, and is none. */
const FILE = /^(?:[~/.$%]|$)/;

/** The command with dots for its credentials, and for all registered secrets. */
export function redactCommand(command: string): string {
  const dotted = CREDENTIALS.reduce(
    (text, each) =>
      text.replace(each, (whole: string, ...rest: readonly unknown[]) => {
        const { before = "", secret = "" } = rest.at(-1) as Readonly<Record<string, string>>;
        return FILE.test(secret.replace(/^["']/, "")) ? whole : `${before}${REDACTED}`;
      }),
    command,
  );
  return redact(dotted);
}
