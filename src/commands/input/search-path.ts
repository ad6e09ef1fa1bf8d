/** Files that a playbook names: where they are looked for, and how they are shown. */
import { isAbsolute, join, resolve } from "node:path";

/** Where Ansible looks: in `files/` or `templates/` of each directory, then in the directory itself. */
export function pathsOf(name: string, kind: "files" | "templates", directories: readonly string[]): readonly string[] {
  if (isAbsolute(name)) return [name];
  return [...new Set(directories)].flatMap((directory) => [join(directory, kind, name), join(directory, name)]);
}

/** A path as the user would write it. */
export function shownPath(path: string, cwd: string): string {
  const directory = `${resolve(cwd)}/`;
  return path.startsWith(directory) ? path.slice(directory.length) : path;
}
