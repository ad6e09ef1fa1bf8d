/** Files that a playbook names: where they are looked for, and how they are shown. */
import { isAbsolute, join, resolve } from "node:path";

/** Where Ansible looks: in `files/` or `templates/` of each folder, then in the folder itself. */
export function pathsOf(name: string, kind: "files" | "templates", folders: readonly string[]): readonly string[] {
  if (isAbsolute(name)) return [name];
  return [...new Set(folders)].flatMap((folder) => [join(folder, kind, name), join(folder, name)]);
}

/** A path as the user would write it. */
export function shownPath(path: string, cwd: string): string {
  const folder = `${resolve(cwd)}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}
