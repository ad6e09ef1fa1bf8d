/** The escapes of Python's texts in quotes. */

const SIMPLE: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/gu;

/** `undefined`: an escape in it is wrong, or names a character (`\N{DASH}`). An unknown escape stays as it is. */
export function readText(raw: string): string | undefined {
  const wrong: string[] = [];
  const text = raw.replace(ESCAPE, (whole, octal?: string, x?: string, u?: string, long?: string, other?: string) => {
    const code = octal === undefined ? parseInt(x ?? u ?? long ?? "", 16) : parseInt(octal, 8);
    if (other === undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    if (other === undefined || /[xuUN]/.test(other)) wrong.push(whole);
    return SIMPLE[other ?? ""] ?? whole;
  });
  return wrong.length > 0 ? undefined : text;
}

const BYTE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|([^]))/g;

/** Bytes, as characters from U+0000 to U+00FF. */
export function readBytes(raw: string): string | undefined {
  const wrong: string[] = [];
  const text = raw.replace(BYTE, (whole, octal?: string, x?: string, other?: string) => {
    if (other === undefined) return String.fromCharCode((octal ? parseInt(octal, 8) : parseInt(x ?? "", 16)) & 0xff);
    if (other === "x") wrong.push(whole);
    return SIMPLE[other] ?? whole;
  });
  return wrong.length > 0 ? undefined : text;
}
