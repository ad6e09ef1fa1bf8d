/** What is at a path, as `inode` and `content` print it. */
import { gist } from "../../text/shorten.ts";
import { Blocked } from "../../core/task-type.ts";
import type { Output } from "../../core/task-type.ts";
import { call, sh } from "../../core/shell.ts";
import type { Sh, ShFunction } from "../../core/shell.ts";
import { asText } from "./install.ts";

/**
 * `inode PATH` prints what is at PATH, one fact per line: `inode TYPE-AND-MODE UID GID` (hexadecimal, as in inode(7)),
 * `user NAME`, `group NAME`, and `link TARGET`. Or it prints `absent`, or `no-parent DIR` if the directory does not
 * exist either. Code 1: it cannot be seen (the reason is on standard error).
 */
const INODE: ShFunction = {
  name: "inode",
  prefetch: "inode",
  leavesShellUnchanged: true,
  text: sh`inode_format='inode %f %u %g:user %U:group %G:%n'
learn_inode() { learn inode "\${line#*:*:*:}" "$line"; }
ahead_inode() { by_line learn_inode "$(stat -c "$inode_format" "$@")"; }
inode() {
  path=\${1-$path}
  if recall inode "$path"; then facts=$recalled; else facts=$(stat -c "$inode_format" "$path" 2>&1) || :; fi
  case $facts in inode*)
    user=\${facts#*:}
    group=\${user#*:}
    printf '%s\n' "\${facts%%:*}" "\${user%%:*}" "\${group%%:*}"
    [ -L "$path" ] || return 0
    link=$(readlink "$path") && one_line "$link" && printf 'link %s\n' "$link"
    return ;;
  esac
  parent=\${path%/*}/
  case $facts in
  *': No such file or directory') if [ -d "$parent" ]; then echo absent; else printf 'no-parent %s\n' "$parent"; fi ;;
  *': Not a directory') printf 'no-parent %s\n' "$parent" ;;
  *) printf '%s\n' "$facts" >&2; return 1 ;;
  esac
}
one_line() {
  case $1 in *'
'*) echo 'there is a line break in the name of a file' >&2; return 1 ;; esac
}`.text(),
};

/** `followed PATH`, before `inode` without a path: means the target of a symbolic link; then it prints `real PATH`. */
const FOLLOWED: ShFunction = {
  name: "followed",
  leavesShellUnchanged: true,
  text: sh`followed() {
  path=$1
  [ -L "$1" ] || return 0
  path=$(readlink -f "$1") || { printf '%s is a symbolic link to %s, which leads nowhere\n' "$1" "$(readlink "$1")" >&2; return 1; }
  one_line "$path" && printf 'real %s\n' "$path"
}`.text(),
};

/**
 * `content [SHA256]`, after `inode`: for a regular file it prints `sha256 SUM`. If the argument is the beginning of
 * another checksum, and the file has at most 64 KiB, it also prints `content` and the bytes.
 */
const CONTENT_OF: ShFunction = {
  name: "content",
  prefetch: "content",
  leavesShellUnchanged: true,
  text: sh`learn_content() { learn content "\${line#*  }" "\${line%% *}"; }
ahead_content() {
  for path; do
    shift
    if [ -f "$path" ] && [ ! -L "$path" ]; then set -- "$@" "$path"; fi
  done
  [ $# = 0 ] || by_line learn_content "$(sha256sum "$@")"
}
content() {
  case $facts in 'inode 8'*) ;; *) return 0 ;; esac
  if recall content "$path"; then content_sum=$recalled
  else content_sum=$(sha256sum <"$path") || return 1; content_sum=\${content_sum%% *}; fi
  printf 'sha256 %s\n' "$content_sum"
  case $content_sum in "\${1-$content_sum}"*) return 0 ;; esac
  [ "$(stat -c %s "$path")" -gt 65536 ] || { echo content; cat "$path"; }
}`.text(),
};

/** This many digits of a checksum decide whether the bytes are sent; the evaluation compares the whole checksum. */
const TELLING = 16;

/** Looks at what is at a path; `follow`: at the target of a link. */
export function lookAtInode(path: string, follow = false): Sh {
  if (!follow) return sh`${call(INODE, [path], subject(path))} || exit`;
  return sh`${call(FOLLOWED, [path])} || exit
${call(INODE, [])} || exit`;
}

/** After `lookAtInode`: reads the checksum of the file, and its bytes if the checksum differs from this one. */
export function lookAtBytes(path: string, sum?: string): Sh {
  return call(CONTENT_OF, sum === undefined ? [] : [sum.slice(0, TELLING)], subject(path));
}

/** A backslash in a name is doubled by sha256sum(1). */
function subject(path: string): string | undefined {
  return path.includes("\\") ? undefined : path;
}

export type Kind = "file" | "directory" | "link" | "pipe" | "socket" | "block device" | "character device";

/** A path's state. Times are not part of it. */
export type FileState = Readonly<{
  kind: Kind;
  /** Four octal digits. */
  mode: string;
  /** The name; the number where there is no name, or where the arguments give a number. */
  owner: string;
  group: string;
  /** Of a regular file, if it is evaluated. */
  sha256?: string;
  /** Of a symbolic link: what it points to, as written. */
  target?: string;
  /** `PATH.org` is there. */
  original?: boolean;
  /** The target of a link that was followed. */
  real?: string;
  /** The content of the file, if it differs from the desired content, is text, and is short. */
  content?: string;
  /** Why `content` is missing: `binary` or `long`. */
  unshown?: string;
  /** Of a directory that is to be removed: it is not empty; or where something is mounted in it. */
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

/** With owner and group as the arguments write them, so that a number is compared with a number. */
export interface Owners {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

export interface NoParent {
  readonly noParent: string;
}

const CONTENT = Buffer.from("\ncontent\n");

/** Parses a look that begins with `lookAtInode`. */
export function readInode(seen: Output, owners: Owners): FileState | NoParent | undefined | Blocked {
  if (seen.code !== 0) return new Blocked(gist(seen.err).join("; ") || `the look ended with ${seen.code}`);
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
