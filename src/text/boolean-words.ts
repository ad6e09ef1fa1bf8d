/** What counts as true and as false where a playbook or a template says so in words or numbers. */

const TRUE: ReadonlySet<string> = new Set(["y", "yes", "on", "1", "true", "t"]);
const FALSE: ReadonlySet<string> = new Set(["n", "no", "off", "0", "false", "f"]);

/**
 * A boolean as Ansible has it: `yes`, `"True"`, `on`, `1` and so on, in capitals or not; `undefined` for what is none.
 */
export function truthOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const word = String(value).trim().toLowerCase();
  return TRUE.has(word) || (FALSE.has(word) ? false : undefined);
}
