/** What stands at a path, as the prelude's `inode` and `content` print it. */
import { Blocked } from "../../task.ts";
import type { Output } from "../../task.ts";
import { asText } from "./install.ts";

export type Kind = "file" | "directory" | "link" | "pipe" | "socket" | "block device" | "character device";

/** A path's state. Times do not belong to it. */
export type FileState = Readonly<{
  kind: Kind;
  /** Four octal digits. */
  mode: string;
  /** The name; the number where there is no name, or where the arguments give a number. */
  owner: string;
  group: string;
  /** Of a regular file, where it is judged. */
  sha256?: string;
  /** Of a symbolic link: what it points to, as written. */
  target?: string;
  /** `PATH.org` is there. */
  original?: boolean;
  /** Where a link that was followed leads. */
  real?: string;
  /** What is in the file, where it is another than is wanted, is text, and is short. */
  content?: string;
  /** Why `content` is not there: `binary` or `long`. */
  unshown?: string;
  /** Of a directory that shall go: it is not empty; or where something is mounted in it. */
  full?: boolean;
  mounted?: string;
}>;

const KINDS: Readonly<Record<number, Kind>> = {
  0x1: "pipe",
  0x2: "character device",
  0x4: "directory",
  0x6: "block device",
  0x8: "file",
  0xa: "link",
  0xc: "socket",
};

/** With what the arguments call owner and group, so that a number is compared to a number. */
export interface Owners {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

export interface NoParent {
  readonly noParent: string;
}

const CONTENT = Buffer.from("\ncontent\n");

/** Understands a look that begins with `inode PATH || exit`. */
export function readInode(seen: Output, owners: Owners): FileState | NoParent | undefined | Blocked {
  if (seen.code !== 0) return new Blocked(seen.err.trim().split("\n")[0] ?? `the look ended with ${seen.code}`);
  const bytes = Buffer.from(seen.bytes);
  const at = bytes.indexOf(CONTENT);
  const head = (at < 0 ? bytes : bytes.subarray(0, at)).toString("utf8");
  const facts = new Map(head.split("\n").map(keyAndRest));
  const noParent = facts.get("no-parent");
  if (noParent !== undefined) return { noParent: noParent.replace(/(?<=.)\/$/, "") };
  const inode = facts.get("inode");
  if (inode === undefined) return nothingAt(facts.get("real"));
  const known = { ...factsOf(inode, facts, owners), ...extrasOf(facts) };
  return at < 0 ? known : { ...known, ...shown(bytes.subarray(at + CONTENT.length)) };
}

function nothingAt(real: string | undefined): undefined | Blocked {
  return real === undefined ? undefined : new Blocked(`the symbolic link leads to ${real}, which is not there`);
}

function keyAndRest(line: string): [string, string] {
  const space = line.indexOf(" ");
  return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
}

function factsOf(inode: string, facts: ReadonlyMap<string, string>, owners: Owners) {
  const [hex = "", uid = "", gid = ""] = inode.split(" ");
  const bits = Number.parseInt(hex, 16);
  const kind = KINDS[bits >> 12];
  if (kind === undefined) throw new Error(`no such type of file: ${hex}`);
  return {
    kind,
    mode: (bits & 0o7777).toString(8).padStart(4, "0"),
    owner: nameOrNumber(facts.get("user"), uid, owners.owner),
    group: nameOrNumber(facts.get("group"), gid, owners.group),
  };
}

function nameOrNumber(name: string | undefined, id: string, wanted: string | undefined): string {
  const byNumber = name === undefined || name === "UNKNOWN" || /^\d+$/.test(wanted ?? "");
  return byNumber ? id : name;
}

function extrasOf(facts: ReadonlyMap<string, string>): Partial<FileState> {
  const text = (key: string, name: keyof FileState): Partial<FileState> => {
    const value = facts.get(key);
    return value === undefined ? {} : { [name]: value };
  };
  const flag = (key: "original" | "full"): Partial<FileState> => (facts.has(key) ? { [key]: true } : {});
  return {
    ...text("sha256", "sha256"),
    ...text("link", "target"),
    ...text("real", "real"),
    ...text("mounted", "mounted"),
    ...flag("original"),
    ...flag("full"),
  };
}

function shown(bytes: Uint8Array): Partial<FileState> {
  const content = asText(bytes);
  return content === undefined ? { unshown: "binary" } : { content };
}
