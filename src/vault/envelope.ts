/**
 * The text of a vault: `$ANSIBLE_VAULT;1.1;AES256` or `$ANSIBLE_VAULT;1.2;AES256;ID`, then hexadecimal digits in lines
 * of 80. They encode salt, HMAC and ciphertext, each hexadecimal again, one per line (docs.ansible.com, "Format of
 * files encrypted with Ansible Vault").
 */

const HEADER = "$ANSIBLE_VAULT";

/** What is needed to decrypt. */
export interface Envelope {
  /** The vault id that it was encrypted with; `undefined` in format 1.1. A label without any proof. */
  readonly id: string | undefined;
  readonly salt: Buffer;
  readonly hmac: Buffer;
  readonly ciphertext: Buffer;
}

/** What is wrong with a text that should be a vault's, and where in it (UTF-16 units, `end` exclusive). */
export interface Damage {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly help?: string;
}

export function isEncrypted(content: string | Uint8Array): boolean {
  if (typeof content === "string") return content.startsWith(HEADER);
  return Buffer.from(content.subarray(0, HEADER.length)).toString("latin1") === HEADER;
}

interface Line {
  readonly text: string;
  readonly start: number;
}

/** Parses a text. White space around its lines is ignored. */
export function parseEnvelope(text: string): Envelope | Damage {
  const lines = linesOf(text);
  const [header, ...body] = lines;
  if (header?.text.startsWith(HEADER) !== true) return notAVault(lines, text);
  const id = readHeader(header);
  if (id !== undefined && "message" in id) return id;
  const digits = body.map((line) => line.text).join("");
  const bad = body.map(notHex).find((each) => each !== undefined);
  if (bad !== undefined) return bad;
  return readBody(digits, id?.label) ?? cut(body.at(-1) ?? header);
}

function linesOf(text: string): readonly Line[] {
  const found = [...text.matchAll(/[^\r\n]+/g)];
  return found.flatMap(({ 0: line, index }) => {
    const inner = line.trim();
    return inner === "" ? [] : [{ text: inner, start: index + line.indexOf(inner) }];
  });
}

function at({ text, start }: Line, message: string, help?: string): Damage {
  return { message, start, end: start + text.length, ...(help === undefined ? {} : { help }) };
}

function notAVault([first]: readonly Line[], text: string): Damage {
  const help = `it begins with \`${HEADER};1.1;AES256\`, as \`dsrctl vault encrypt-string\` writes it`;
  return at(first ?? { text, start: 0 }, "this is not the text of a vault", help);
}

/** The label of the header, or what is wrong with it. Ansible takes a fourth field for a label in any format. */
function readHeader(header: Line): { readonly label: string } | Damage | undefined {
  const [word = "", version = "", cipher = "", label] = header.text.split(";").map((field) => field.trim());
  const damaged = (what: string): Damage =>
    at(
      header,
      `the vault's header is damaged: ${what}`,
      `it reads \`${HEADER};1.1;AES256\` or \`${HEADER};1.2;AES256;ID\``,
    );
  if (word !== HEADER) return damaged(`it does not begin with \`${HEADER};\``);
  if (version === "1.0")
    return at(header, "vault format 1.0 is not supported", "`ansible-vault rekey` of Ansible 2.0 to 2.9 writes 1.1");
  if (!/^1\.[12]$/.test(version))
    return damaged(version === "" ? "it has no version" : `the version \`${shown(version)}\` is unknown`);
  if (cipher !== "AES256")
    return damaged(cipher === "" ? "it names no cipher" : `the cipher \`${shown(cipher)}\` is unknown`);
  return label === undefined || label === "" ? undefined : { label };
}

/** The text after a header may be on the header's line. */
function shown(field: string): string {
  return field.length > 20 ? `${field.slice(0, 19)}…` : field;
}

function notHex({ text, start }: Line): Damage | undefined {
  const bad = text.search(/[^0-9a-f]/i);
  if (bad === -1) return undefined;
  const code = text.codePointAt(bad) ?? 0;
  const width = code > 0xffff ? 2 : 1;
  return {
    message: "the vault is damaged: this is not a hexadecimal digit",
    start: start + bad,
    end: start + bad + width,
    help: "take the file from version control or from a backup",
  };
}

const PARTS = /^((?:[0-9a-f]{2})+)\n([0-9a-f]{64})\n((?:[0-9a-f]{32})+)$/i;

function readBody(digits: string, id: string | undefined): Envelope | undefined {
  if (digits.length % 2 !== 0) return undefined;
  const parts = PARTS.exec(Buffer.from(digits, "hex").toString("latin1"));
  if (parts === null) return undefined;
  const [, salt = "", hmac = "", ciphertext = ""] = parts;
  return {
    id,
    salt: Buffer.from(salt, "hex"),
    hmac: Buffer.from(hmac, "hex"),
    ciphertext: Buffer.from(ciphertext, "hex"),
  };
}

function cut(last: Line): Damage {
  return at(
    last,
    "the vault is damaged: it is cut off, or digits are missing",
    "take the file from version control or from a backup",
  );
}

const WIDTH = 80;

/** The text of a vault, ending with a line end. Format 1.2 if there is a label. */
export function formatEnvelope({ id, salt, hmac, ciphertext }: Envelope): string {
  const inner = [salt, hmac, ciphertext].map((part) => part.toString("hex")).join("\n");
  const digits = Buffer.from(inner, "latin1").toString("hex");
  const lines = digits.match(new RegExp(`.{1,${WIDTH}}`, "g")) ?? [];
  const labelled = id !== undefined && id !== DEFAULT_ID;
  const header = labelled ? [HEADER, "1.2", "AES256", id] : [HEADER, "1.1", "AES256"];
  return [header.join(";"), ...lines, ""].join("\n");
}

/** The default vault id of a password. */
export const DEFAULT_ID = "default";
