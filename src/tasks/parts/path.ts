/** Paths of files that a task may write or remove. */
import { hostPath } from "../../core/schema.ts";

/** An absolute path in its plain form: no `.` or `..`, no doubled slash, none at the end but that of `/`. */
export const filePath = hostPath
  .refine((path) => !path.includes("\n"), "a line break in a path")
  .refine((path) => !path.split("/").some((part) => part === "." || part === ".."), {
    message: "expected a path without `.` and `..`",
  })
  .transform((path) => path.replace(/\/+/g, "/").replace(/(?<=.)\/$/, ""));

/** Directories that hold a system together (hier(7)): removing one is never what is meant. */
const SYSTEM =
  /^\/(?:bin|boot|dev|etc|home|lib\d*|libx32|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?$|^\/(?:etc\/(?:pam\.d|ssh|ssl|systemd)|usr\/(?:bin|lib\d*|libexec|local|sbin|share)|var\/(?:cache|lib|log|spool|tmp)|usr\/lib\/systemd)$/;

export function isSystemDirectory(path: string): boolean {
  return SYSTEM.test(path);
}
