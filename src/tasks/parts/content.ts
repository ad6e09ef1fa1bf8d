/** A regular file whose content is given: what `file` and `template` share. */
import { lines, sh } from "../../core/shell.ts";
import type { Sh } from "../../core/shell.ts";
import { mode, text, z } from "../../core/schema.ts";
import { Blocked } from "../../core/task-type.ts";
import type { Advice, Delta, Output, TextChange } from "../../core/task-type.ts";
import { asText, candidate, install, sha256 } from "./install.ts";
import { lookAtBytes, lookAtInode, readInode } from "./inode.ts";
import type { FileState } from "./inode.ts";
import { filePath } from "./path.ts";
import { flag } from "./flag.ts";

/** The arguments of every task that writes a file. */
export const contentShape = {
  path: filePath.optional().describe("The file on the host, an absolute path."),
  dest: filePath.optional().describe("Another name for `path`."),
  mode: mode
    .optional()
    .describe('Permissions, a quoted octal string: `"0644"`. Left out: as they are; 0644 for a new file.'),
  owner: text.optional().describe("Name or number of the user. Left out: as it is."),
  group: text.optional().describe("Name or number of the group. Left out: as it is."),
  force: flag
    .optional()
    .describe("`true`: a symbolic link in the way is replaced. `false`: a file that is there keeps its content."),
  follow: flag.default(false).describe("When the path is a symbolic link, the file it leads to is meant."),
  backup: flag
    .default(false)
    .describe("Before the content is replaced, a copy is kept as `PATH.dsrctl.` and eight digits of its SHA-256."),
  keep_original: flag
    .default(false)
    .describe(
      "Before the content is replaced for the first time, a copy is kept as `PATH.org`; it is never overwritten.",
    ),
  validate: z
    .string()
    .regex(/%s/, "expected a command with `%s` in place of the file to check")
    .optional()
    .describe(
      "A shell command that must accept the new content before it is installed; `%s` is the staged file. Dry runs run it, too.",
    ),
  secret: flag.default(false).describe("The content is never shown: no diff, dots in plans, 0600 for a new file."),
} as const;

/** One file and its desired state. */
export interface Content {
  readonly path: string;
  /** Left out: the task sets only the permissions. */
  readonly bytes?: Uint8Array | undefined;
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly force?: boolean | undefined;
  readonly follow: boolean;
  readonly backup: boolean;
  readonly keepOriginal: boolean;
  readonly validate?: string | undefined;
  readonly secret: boolean;
}

type ShapeOutput = z.output<z.ZodObject<typeof contentShape>>;

/** Converts the schema's arguments to those of the implementation. */
export function contentArgs(raw: ShapeOutput): Omit<Content, "bytes"> {
  const { dest, path, keep_original: keepOriginal, ...same } = raw;
  return { ...same, path: path ?? dest ?? "", keepOriginal };
}

/** Exactly one of `path` and `dest`. */
export function checkPath(
  raw: { readonly path?: string | undefined; readonly dest?: string | undefined },
  ctx: z.RefinementCtx,
): void {
  if (raw.path === undefined && raw.dest === undefined) ctx.addIssue({ code: "custom", message: "`path` is missing" });
  if (raw.path !== undefined && raw.dest !== undefined) {
    ctx.addIssue({ code: "custom", path: ["dest"], message: "`dest` is another name for `path`: give one of them" });
  }
}

/** `force: false`: the file exists, with any content. */
const once = (file: Content): boolean => file.force === false || file.bytes === undefined;

export function lookAtContent(file: Content): Sh {
  return lines([
    lookAtInode(file.path, file.follow),
    ...(file.keepOriginal ? [sh`[ ! -e ${`${file.path}.org`} ] || echo original`] : []),
    ...(once(file) ? [] : [lookAtBytes(file.path, file.secret ? undefined : sha256(file.bytes ?? new Uint8Array()))]),
  ]);
}

/** Shown in place of a secret's checksums, because a checksum allows guessing. */
const SECRET = { wanted: "(secret) desired content", other: "(secret) another" } as const;

export function readContent(seen: Output, file: Content): FileState | undefined | Blocked {
  const state = readInode(seen, file);
  if (state === undefined || state instanceof Blocked) return state;
  if ("noParent" in state) return new Blocked(`the directory ${state.noParent} is not there`);
  if (!file.secret || state.sha256 === undefined) return state;
  const { content: _, unshown: __, ...known } = state;
  return { ...known, sha256: state.sha256 === sha256(file.bytes ?? new Uint8Array()) ? SECRET.wanted : SECRET.other };
}

export function wantContent(file: Content, seen: FileState | undefined): Partial<FileState> | Blocked {
  const inTheWay = seen === undefined ? undefined : obstacle(file, seen);
  if (inTheWay !== undefined) return inTheWay;
  if (seen === undefined && file.bytes === undefined) {
    return new Blocked(`${file.path} is not there`, "give `content` or `src`, or `state: touch` for an empty file");
  }
  const permissions = wantPermissions(file);
  if (file.bytes === undefined || (once(file) && seen?.kind === "file")) return { kind: "file", ...permissions };
  const sum = file.secret ? SECRET.wanted : sha256(file.bytes);
  const first = file.keepOriginal && seen?.kind === "file" && seen.original !== true && seen.sha256 !== sum;
  return { kind: "file", sha256: sum, ...permissions, ...(first ? { original: true } : {}) };
}

export function wantPermissions(file: Pick<Content, "mode" | "owner" | "group">): Partial<FileState> {
  return {
    ...(file.mode === undefined ? {} : { mode: file.mode }),
    ...(file.owner === undefined ? {} : { owner: file.owner }),
    ...(file.group === undefined ? {} : { group: file.group }),
  };
}

function obstacle(file: Content, seen: FileState): Blocked | undefined {
  if (seen.kind === "file") return undefined;
  if (seen.kind !== "link")
    return new Blocked(`${file.path} is a ${seen.kind}`, "remove it first, with `state: absent`");
  if (file.force === true && file.bytes !== undefined) return undefined;
  return new Blocked(
    `${file.path} is a symbolic link to ${seen.target ?? "?"}`,
    "`follow: true` takes the file it leads to; `force: true` replaces the link by a file",
  );
}

export function actOnContent(delta: Delta<FileState>, file: Content): Sh {
  const path = delta.before?.real ?? file.path;
  if (!delta.keys.includes("sha256") || file.bytes === undefined) return permit(path, delta);
  return install({
    path,
    bytes: file.bytes,
    mode: file.mode ?? (file.secret && delta.before?.kind !== "file" ? "0600" : undefined),
    owner: file.owner,
    group: file.group,
    check: file.validate === undefined ? undefined : validation(file, file.validate),
    before: keeping(file, path, delta),
    secret: file.secret,
    replace: delta.before?.kind === "link",
  });
}

/** Sets the permissions that differ, and only those. */
export function permit(path: string, delta: Delta<FileState>): Sh {
  const wanted = (key: "mode" | "owner" | "group"): string =>
    delta.keys.includes(key) ? (delta.after?.[key] ?? "") : "";
  return sh`permit ${path} ${wanted("mode")} ${wanted("owner")} ${wanted("group")}`;
}

/**
 * The command as the user wrote it, with the staged file as its `$1`; quotes around `%s` would make it a literal.
 * What it prints about a secret may quote it.
 */
function validation(file: Content, command: string): Sh {
  const said = `${file.path} was not touched: \`${command}\` does not accept the new content`;
  const output = file.secret ? sh`>/dev/null 2>&1` : sh`>&2`;
  return sh`sh -c ${scriptOf(command)} sh "$staged" ${output} || { printf '%s\n' ${said} >&2; exit 1; }`;
}

function scriptOf(command: string): string {
  return command.replace(/(["']?)%s\1/g, () => '"$1"');
}

/** Seconds that a dry run gives a `validate`. */
const TEST_SECONDS = 30;

/** In a dry run: runs `validate` on the new content, if the command sees nothing else. */
export function testContent(delta: Delta<FileState>, file: Content): Sh | undefined {
  const { validate: command, bytes, secret } = file;
  if (command === undefined || bytes === undefined || !delta.keys.includes("sha256")) return undefined;
  const path = delta.before?.real ?? file.path;
  const refusal = `\`${command}\` does not accept the new content`;
  return lines([
    ...presence(testerOf(file)),
    candidate({ path, bytes, secret }),
    sh`said=$(timeout -k 5 ${TEST_SECONDS} sh -c ${scriptOf(command)} sh "$staged" 2>&1) || {`,
    sh`  [ $? != 124 ] || said=${`it did not end within ${TEST_SECONDS} s`}`,
    sh`  printf '%s\n' ${refusal} >&2`,
    ...(secret ? [] : [told(path)]),
    sh`  exit 1`,
    sh`}`,
  ]);
}

/** The command's output, each line once, with the file's own name. */
function told(path: string): Sh {
  const directory = path.slice(0, path.lastIndexOf("/") + 1).replaceAll(/[\\&|]/g, "\\$&");
  return sh`  printf '%s\n' "$said" | sed "s|$candidate/|"${directory}"|g" | awk '!seen[$0]++' >&2`;
}

function presence(tool: string | undefined): readonly Sh[] {
  if (tool === undefined) return [];
  const absent = `the host has no \`${tool}\`; not tested by ${tool}`;
  return [sh`command -v ${tool} >/dev/null || { printf '%s\n' ${absent} >&2; exit 1; }`];
}

/** The program that a `validate` begins with. */
export function testerOf({ validate = "" }: Content): string | undefined {
  return /^\s*([\w./-]+)(?=\s)/.exec(validate)?.[1];
}

function keeping(file: Content, path: string, delta: Delta<FileState>): Sh | undefined {
  if (delta.before?.kind !== "file") return undefined;
  const kept = [
    ...(delta.after?.original === true ? [sh`keep ${path} ${`${file.path}.org`}`] : []),
    ...(file.backup ? [sh`keep ${path} ${`${file.path}.dsrctl.`}"$(sha ${path} | cut -c 1-8)"`] : []),
  ];
  return kept.length === 0 ? undefined : lines(kept);
}

/** Before and after, for a diff; nothing of a secret, and one line in place of content that is binary or long. */
export function textOfContent(delta: Delta<FileState>, file: Content): TextChange | undefined {
  if (file.secret || file.bytes === undefined || !delta.keys.includes("sha256")) return undefined;
  const { before } = delta;
  const after = asText(file.bytes) ?? `(binary, ${file.bytes.length} bytes, SHA-256 ${sha256(file.bytes)})\n`;
  return { path: file.path, before: before?.kind === "file" ? textBefore(before) : undefined, after };
}

function textBefore(before: FileState): string {
  return before.content ?? `(${before.unshown ?? "longer than 64 KiB"}, SHA-256 ${before.sha256 ?? "unknown"})\n`;
}

interface KnownFile {
  readonly path: RegExp;
  readonly message: string;
  readonly help: string;
  /** Also with `validate`. */
  readonly always: boolean;
}

const KNOWN: readonly KnownFile[] = [
  {
    path: /^\/etc\/keepalived\/keepalived\.conf$/,
    message: "a configuration that keepalived does not understand is found only when the VIP is gone",
    help: 'use the task type `keepalived`, or `validate: "keepalived -t -f %s"` (keepalived 2.0.5 or newer)',
    always: false,
  },
  {
    path: /^\/etc\/sudoers(\.d\/.*)?$/,
    message: "a mistake in this file locks everyone out of sudo",
    help: 'write `validate: "visudo -cf %s"`',
    always: false,
  },
  {
    path: /^\/etc\/ssh\/sshd_config$/,
    message: "a mistake in this file locks everyone out at the next restart of sshd",
    help: 'write `validate: "sshd -t -f %s"`',
    always: false,
  },
  {
    path: /^\/etc\/sysctl(\.conf|\.d\/.*)$/,
    message: "this file alone changes nothing before the next boot, and a file that is read later may say otherwise",
    help: "use the task type `sysctl`, which sets the value now and after a boot",
    always: true,
  },
  {
    path: /^\/etc\/firewalld\/(direct\.xml|zones\/.*)$/,
    message: "firewalld reads this file only when it is reloaded",
    help: "use the task types `firewalld` and `firewalld_direct`, which need no reload",
    always: true,
  },
  {
    path: /^\/etc\/sysconfig\/ipvsadm$/,
    message:
      "this file is there to let the ipvsadm service start, whose stop or restart empties keepalived's live table",
    help: "leave the file and the ipvsadm service out where keepalived runs",
    always: true,
  },
];

/** Mistakes that follow from a file's place, permissions or content. */
export function adviseContent(file: Content): readonly Advice[] {
  const bits = file.mode === undefined ? 0 : Number.parseInt(file.mode, 8);
  const known = KNOWN.filter(({ path, always }) => path.test(file.path) && (always || file.validate === undefined));
  return [
    ...known.map(({ message, help }) => ({ path: ["path"], message, help })),
    ...(file.secret && (bits & 0o004) !== 0
      ? [advice("mode", "every user of the host may read this secret", "0600")]
      : []),
    ...((bits & 0o002) !== 0 ? [advice("mode", "every user of the host may write this file", "0644")] : []),
    ...(asText(file.bytes ?? new Uint8Array())?.includes("\r\n") === true ? [CARRIAGE_RETURNS] : []),
  ];
}

function advice(key: string, message: string, better: string): Advice {
  return { path: [key], message, help: `write \`${key}: "${better}"\`` };
}

const CARRIAGE_RETURNS: Advice = {
  path: [],
  message: "the lines end with CR LF: most programs on Linux take the CR for a part of the line",
  help: "save the source with LF alone",
};
