import { sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { text, z } from "../core/schema.ts";
import { Secret } from "../core/secret.ts";
import { Blocked, taskType } from "../core/task-type.ts";
import type { Advice, Delta, Output } from "../core/task-type.ts";
import {
  actOnContent,
  adviseContent,
  checkPath,
  contentArgs,
  contentShape,
  lookAtContent,
  permit,
  readContent,
  testContent,
  testerOf,
  textOfContent,
  wantContent,
  wantPermissions,
} from "./parts/content.ts";
import type { Content } from "./parts/content.ts";
import { lookAtInode, readInode } from "./parts/inode.ts";
import type { FileState } from "./parts/inode.ts";
import { isSystemDirectory } from "./parts/path.ts";

const shape = z.strictObject({
  ...contentShape,
  state: z
    .enum(["file", "touch", "directory", "link", "absent"])
    .default("file")
    .describe("The type of the path. `touch`: a file with any content; created empty if it is missing."),
  content: z
    .union([text, z.instanceof(Secret)], { error: "expected text" })
    .optional()
    .describe("What is in the file, exactly: end it with a newline."),
  src: z
    .string()
    .min(1)
    .optional()
    .describe("The playbook's file (as given, or in `files/` next to it). With `state: link`: the target of the link."),
});
type Raw = z.output<typeof shape>;

interface FileArgs extends Content {
  readonly state: Raw["state"];
  /** The playbook's file that `prepare` reads. */
  readonly src?: string | undefined;
  /** What a link points to. */
  readonly target?: string | undefined;
}

const CONTENT_ONLY = ["content", "validate", "backup", "keep_original", "secret"] as const;

function checkState(raw: Raw, ctx: z.RefinementCtx): void {
  const wrong = (key: string, message: string): void => ctx.addIssue({ code: "custom", path: [key], message });
  const given = (key: keyof Raw): boolean => raw[key] !== undefined && raw[key] !== false;
  const misfits = raw.state === "file" ? [] : CONTENT_ONLY.filter(given);
  for (const key of misfits) wrong(key, `\`${key}\` does not go with \`state: ${raw.state}\``);
  if (raw.content !== undefined && raw.src !== undefined) wrong("src", "give `content` or `src`, not both");
  if (raw.state === "link" && raw.src === undefined) wrong("state", "`src` is missing: what the link points to");
  if (raw.state === "link" && raw.mode !== undefined) wrong("mode", "a symbolic link has no permissions of its own");
  if ((raw.state === "link" || raw.state === "absent") && raw.follow)
    wrong("follow", `\`follow\` does not go with \`state: ${raw.state}\``);
  if (raw.state !== "file" && raw.state !== "link" && raw.src !== undefined)
    wrong("src", `\`src\` does not go with \`state: ${raw.state}\``);
  const path = raw.path ?? raw.dest ?? "";
  if (raw.state === "absent" && isSystemDirectory(path))
    wrong(raw.path === undefined ? "dest" : "path", `refusing to remove ${path}: the system lives in it`);
}

function fileArgs(raw: Raw): FileArgs {
  const { content, src, state, ...shared } = raw;
  const bytes = state === "touch" ? "" : content instanceof Secret ? content.reveal() : content;
  return {
    ...contentArgs(shared),
    state,
    bytes: bytes === undefined ? undefined : Buffer.from(bytes),
    secret: raw.secret || content instanceof Secret,
    ...(state === "touch" ? { force: false } : {}),
    ...(state === "link" ? { target: src } : { src }),
  };
}

/** The differences between the states. */
interface Standing {
  look(args: FileArgs): Sh;
  read(seen: Output, args: FileArgs): FileState | undefined | Blocked;
  want(args: FileArgs, seen: FileState | undefined): Partial<FileState> | undefined | Blocked;
  act(delta: Delta<FileState>, args: FileArgs): Sh;
}

const content: Standing = {
  look: lookAtContent,
  read: readContent,
  want: wantContent,
  act: actOnContent,
};

/** Nothing at the path, and no directory for it, are the same if directories are made or removed. */
function readPath(seen: Output, args: FileArgs): FileState | undefined | Blocked {
  const state = readInode(seen, args);
  return state !== undefined && "noParent" in state ? undefined : state;
}

const directory: Standing = {
  look: (args) => lookAtInode(args.path, args.follow),
  read: readPath,
  want: (args, seen) => {
    if (seen !== undefined && seen.kind !== "directory") return notA("directory", args, seen);
    return { kind: "directory", ...wantPermissions(args) };
  },
  act: (delta, args) => {
    const path = delta.before?.real ?? args.path;
    if (delta.before !== undefined) return permit(path, delta);
    return sh`mkdir -p ${[...(args.mode === undefined ? [] : ["-m", args.mode]), path]}
relabel ${path}
${permit(path, delta)}`;
  },
};

const link: Standing = {
  look: (args) => lookAtInode(args.path),
  read: (seen, args) => {
    const state = readInode(seen, args);
    return state !== undefined && "noParent" in state
      ? new Blocked(`the directory ${state.noParent} is not there`)
      : state;
  },
  want: (args, seen) => {
    const replaceable = seen === undefined || seen.kind === "link" || (seen.kind === "file" && args.force === true);
    if (!replaceable) return notA("link", args, seen);
    return { kind: "link", target: args.target ?? "", ...wantPermissions(args) };
  },
  act: (delta, args) => {
    if (!delta.keys.includes("target")) return permit(args.path, delta);
    return sh`symlink ${args.target ?? ""} ${args.path}
permit ${args.path} '' ${args.owner ?? ""} ${args.group ?? ""}`;
  },
};

function notA(kind: "directory" | "link", args: FileArgs, seen: FileState): Blocked {
  if (kind === "directory" && seen.kind === "link") {
    return new Blocked(
      `${args.path} is a symbolic link to ${seen.target ?? "?"}`,
      "`follow: true` takes what it leads to",
    );
  }
  const replaces = kind === "link" && seen.kind === "file";
  const remove = "remove it first, with `state: absent`";
  return new Blocked(`${args.path} is a ${seen.kind}`, replaces ? "`force: true` replaces it" : remove);
}

const absent: Standing = {
  look: (args) => sh`${lookAtInode(args.path)}
case $facts in 'inode 4'*) [ -z "$(ls -A ${args.path})" ] || echo full
while read -r from at rest; do case $at in ${mountName(args.path)}|${mountName(args.path)}/*) printf 'mounted %s\n' "$at"; break ;; esac; done </proc/self/mounts
esac`,
  read: readPath,
  want: (args, seen) => {
    if (seen?.mounted !== undefined) return new Blocked(`something is mounted at ${seen.mounted}`, "unmount it first");
    if (seen?.full === true && args.force !== true) {
      return new Blocked(
        `${args.path} is a directory and is not empty`,
        "`force: true` removes it with all that is in it",
      );
    }
    return undefined;
  },
  act: ({ before }, args) => {
    if (before?.kind !== "directory") return sh`rm -f ${args.path}`;
    return before.full === true ? sh`rm -rf ${args.path}` : sh`rmdir ${args.path}`;
  },
};

/** A path as /proc/mounts writes it (proc(5), fstab(5)). */
function mountName(path: string): string {
  return path.replace(/[\\ \t]/g, (each) => `\\0${each.charCodeAt(0).toString(8).padStart(2, "0")}`);
}

const STANDINGS: Readonly<Record<Raw["state"], Standing>> = { file: content, touch: content, directory, link, absent };

export const file = taskType<FileArgs, FileState>({
  kind: "file",
  summary: "A file with its content, a directory, a symbolic link; or nothing at a path.",
  notes: `Compared are the type of the path (file, directory, link), the SHA-256 of the content, permissions, owner and group,
the target of a link. Times are not. Arguments that are left out leave that side as it is.

New content arrives in a temporary file next to the old one. The host computes its checksum, runs \`validate\` and sets
its permissions. Then a rename puts it in place: at every moment the old file or the new one is there, whole. ACLs,
extended attributes and the SELinux context of the old file are kept. Other hard links keep the old content (it is
said). A file that is mounted over, as in a container, cannot be replaced so and is left alone.

dsrctl never writes through or into a symbolic link, a directory or a device in the way. \`follow: true\` takes the file
that the link leads to; \`force: true\` replaces the link. The directory of a file must be there; \`state: directory\`
makes those above it, too.

A \`src\` that is encrypted arrives decrypted, and is \`secret\`, as is \`content\` with a secret in it.

A dry run also runs \`validate\`, on a copy under \`/run\` that no other user can read ([security](../security.md)).

\`state: absent\` removes a directory that is not empty only with \`force: true\`. It never removes one that the system
lives in, nor one with something mounted in it.

Unlike in Ansible, \`content\` and \`src\` belong here (there is no \`copy\`), \`state: touch\` changes no times and so is idempotent.
Backups are named by their content, so the same content is kept once. Where a program reads every file of a directory, backups in it are
read, too: nginx's \`sites-enabled\` is such a place.`,
  examples: [
    `- name: the page that names its node
  file:
    path: /var/www/html/index.html
    content: "web1\\n"
    mode: "0644"
`,
    `- name: keep the packaged configuration, then put ours in its place
  file:
    path: /etc/keepalived/keepalived.conf
    src: keepalived.conf
    mode: "0640"
    keep_original: true
    backup: true
    validate: "keepalived -t -f %s"
`,
    `- file: { path: /etc/nginx/sites-enabled/site, state: link, src: /etc/nginx/sites-available/site }
- file: { path: /etc/nginx/sites-enabled/default, state: absent }
- file: { path: /srv/www, state: directory, owner: root, group: root, mode: "0755" }
- file: { path: /etc/sysconfig/ipvsadm, state: touch }
`,
  ],
  args: shape.superRefine(checkPath).superRefine(checkState).transform(fileArgs),

  prepare: async (args, controller) => {
    if (args.src === undefined) return args;
    const { bytes, secret = false } = await controller.read(args.src, "files");
    return { ...args, bytes, secret: args.secret || secret };
  },
  label: (args) => (args.state === "link" ? `${args.path} -> ${args.target ?? ""}` : labelOf(args)),
  returns: ({ path }) => ({ path, dest: path }),
  atomicKeys: ["sha256"],
  look: (args) => STANDINGS[args.state].look(args),
  read: (seen, args) => STANDINGS[args.state].read(seen, args),
  want: (args, seen) => STANDINGS[args.state].want(args, seen),
  unboundedOutput: ({ validate }) => validate !== undefined,
  act: (delta, args) => STANDINGS[args.state].act(delta, args),
  test: (delta, args) => (args.state === "file" ? testContent(delta, args) : undefined),
  testedBy: testerOf,
  textDiff: (delta, args) => (args.state === "file" ? textOfContent(delta, args) : undefined),
  advise: (args): readonly Advice[] => (args.state === "file" || args.state === "touch" ? adviseContent(args) : []),
});

function labelOf({ path, state }: FileArgs): string {
  if (state === "absent") return `no ${path}`;
  return state === "directory" ? `${path}/` : path;
}
