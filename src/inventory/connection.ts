/** The variables that say how a host is reached: their names are Ansible's. */
import type { Problem } from "../failure.ts";
import { nearest } from "../nearest.ts";
import type { Place } from "../place.ts";
import { Secret } from "../secret.ts";
import type { Host, Variable, Variables } from "./types.ts";

/** Each setting's variables, the strongest first. */
export const CONNECTION = {
  address: ["ansible_host", "ansible_ssh_host"],
  port: ["ansible_port", "ansible_ssh_port"],
  user: ["ansible_user", "ansible_ssh_user"],
  password: ["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"],
  key: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
  passphrase: ["ansible_ssh_private_key_passphrase", "ansible_private_key_passphrase"],
  connection: ["ansible_connection"],
  become: ["ansible_become"],
  becomeUser: ["ansible_become_user"],
  becomePassword: ["ansible_become_password", "ansible_become_pass"],
  becomeMethod: ["ansible_become_method"],
  hostKeyChecking: ["ansible_host_key_checking", "ansible_ssh_host_key_checking"],
  timeout: ["ansible_timeout", "ansible_ssh_timeout"],
  sshArguments: ["ansible_ssh_args"],
  commonArguments: ["ansible_ssh_common_args"],
  extraArguments: ["ansible_ssh_extra_args"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Setting = keyof typeof CONNECTION;

/** Names that Ansible knows and that mean nothing here; no near miss is suspected behind them. */
const WITHOUT_MEANING = [
  ...["ansible_python_interpreter", "ansible_shell_type", "ansible_shell_executable", "ansible_pipelining"],
  ...["ansible_ssh_pipelining", "ansible_ssh_executable", "ansible_ssh_retries", "ansible_ssh_transfer_method"],
  ...["ansible_scp_if_ssh", "ansible_sftp_extra_args", "ansible_scp_extra_args", "ansible_ssh_use_tty"],
  ...["ansible_become_exe", "ansible_become_flags", "ansible_remote_tmp", "ansible_group_priority", "ansible_facts"],
];

const KNOWN: ReadonlySet<string> = new Set<string>([...Object.values(CONNECTION).flat(), ...WITHOUT_MEANING]);

/** Variables that look like a connection variable with a slip in its name: they would silently do nothing. */
export function suspectNames(hosts: Iterable<Host>): readonly Problem[] {
  const suspects = new Map<string, Problem>();
  for (const host of hosts) {
    for (const { name, keyPlace } of host.variables.values()) {
      const key = `${keyPlace.source.file}:${keyPlace.start}`;
      if (!name.startsWith("ansible_") || KNOWN.has(name) || suspects.has(key)) continue;
      const meant = nearest(name, KNOWN);
      if (meant !== undefined) suspects.set(key, suspect(name, keyPlace, meant));
    }
  }
  return [...suspects.values()];
}

function suspect(name: string, place: Place, meant: string): Problem {
  const message = `\`${name}\` is no connection variable and changes nothing`;
  return { severity: "warning", message, place, label: `did you mean \`${meant}\`?` };
}

/** Renders a text with the variables of a host; what is no template comes back as it is. */
export type Render = (text: string, at: Place) => unknown;
export type Tell = (problem: Problem) => void;

/** A setting's value, rendered, and the variable that gave it. */
export interface Given {
  readonly value: unknown;
  /** As it is written, for what is text in any case: a password `0123` is not the number 83. */
  readonly text: string;
  readonly variable: Variable;
}

/** Reads a host's connection variables one by one; what is wrong with one is told, at its place. */
export class Settings {
  readonly #variables: Variables;
  readonly #render: Render;
  readonly #tell: Tell;

  constructor(variables: Variables, render: Render, tell: Tell) {
    this.#variables = variables;
    this.#render = render;
    this.#tell = tell;
  }

  given(setting: Setting): Given | undefined {
    const name = CONNECTION[setting].find((each) => this.#variables.has(each));
    const variable = name === undefined ? undefined : this.#variables.get(name);
    if (variable === undefined || variable.value === null) return undefined;
    const value = typeof variable.value === "string" ? this.#render(variable.value, variable.place) : variable.value;
    const written = variable.node.kind === "scalar" && typeof variable.value !== "string";
    return { value, text: written ? variable.node.text : String(value), variable };
  }

  wrong(given: Given, message: string, help?: string): undefined {
    const place = given.variable.place;
    this.#tell({ severity: "error", message, place, ...(help === undefined ? {} : { help }) });
    return undefined;
  }

  text(setting: Setting, pattern: RegExp, expected: string): string | undefined {
    const given = this.given(setting);
    if (given === undefined) return undefined;
    if (typeof given.value !== "object" && pattern.test(given.text)) return given.text;
    return this.wrong(given, `\`${given.variable.name}\`: expected ${expected}`);
  }

  secret(setting: Setting): Secret | undefined {
    const given = this.given(setting);
    if (given === undefined) return undefined;
    if (given.value instanceof Secret) return given.value;
    if (typeof given.value !== "object" && !/[\n\0]/.test(given.text)) return new Secret(given.text);
    return this.wrong(given, `\`${given.variable.name}\`: expected text on one line`);
  }

  whole(setting: Setting, min: number, max: number): number | undefined {
    const given = this.given(setting);
    if (given === undefined) return undefined;
    const number = typeof given.value === "string" && /^\d+$/.test(given.value) ? Number(given.value) : given.value;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) return number;
    const got = typeof given.value === "object" ? "" : `, got \`${given.text}\``;
    return this.wrong(given, `\`${given.variable.name}\`: expected a whole number from ${min} to ${max}${got}`);
  }

  flag(setting: Setting): boolean | undefined {
    const given = this.given(setting);
    if (given === undefined || typeof given.value === "boolean") return given?.value as boolean | undefined;
    const word = String(given.value).toLowerCase();
    if (["true", "yes", "on", "1"].includes(word)) return true;
    if (["false", "no", "off", "0"].includes(word)) return false;
    return this.wrong(given, `\`${given.variable.name}\`: expected \`true\` or \`false\``);
  }
}
