/** The variables that say how a host is reached, with Ansible's names. */
import type { SettingOrigin } from "../core/connection.ts";
import type { Problem } from "../core/problem.ts";
import { closestMatch } from "../text/suggest.ts";
import { showPlace } from "../core/source.ts";
import type { Place } from "../core/source.ts";
import { hide } from "../jinja/values/intake.ts";
import { REDACTED, Secret, SecretTemplate } from "../core/secret.ts";
import type { Variable, Variables } from "./types.ts";
import { truthOf } from "../text/boolean-words.ts";

/**
 * Each setting's variables, the strongest first. Of several names Ansible's ssh and sudo plugins use the one they list
 * last, so `ansible_ssh_host` overrides `ansible_host`.
 */
export const CONNECTION = {
  address: ["ansible_ssh_host", "ansible_host"],
  port: ["ansible_ssh_port", "ansible_port"],
  user: ["ansible_ssh_user", "ansible_user"],
  password: ["ansible_ssh_password", "ansible_ssh_pass", "ansible_password"],
  key: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
  passphrase: ["ansible_ssh_private_key_passphrase", "ansible_private_key_passphrase"],
  connection: ["ansible_connection"],
  become: ["ansible_become"],
  becomeUser: ["ansible_sudo_user", "ansible_become_user"],
  becomePassword: ["ansible_sudo_pass", "ansible_become_pass", "ansible_become_password"],
  becomeMethod: ["ansible_become_method"],
  hostKeyChecking: ["ansible_ssh_host_key_checking", "ansible_host_key_checking"],
  timeout: ["ansible_ssh_timeout", "ansible_timeout"],
  sshArguments: ["ansible_ssh_args"],
  commonArguments: ["ansible_ssh_common_args"],
  extraArguments: ["ansible_ssh_extra_args"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Setting = keyof typeof CONNECTION;

/** Names that Ansible knows and that have no effect here; they are not reported as typing errors. */
const WITHOUT_MEANING = [
  ...["ansible_python_interpreter", "ansible_shell_type", "ansible_shell_executable", "ansible_pipelining"],
  ...["ansible_ssh_pipelining", "ansible_ssh_executable", "ansible_ssh_retries", "ansible_ssh_transfer_method"],
  ...["ansible_scp_if_ssh", "ansible_sftp_extra_args", "ansible_scp_extra_args", "ansible_ssh_use_tty"],
  ...["ansible_sftp_executable", "ansible_scp_executable", "ansible_sftp_batch_mode", "ansible_sshpass_prompt"],
  ...["ansible_control_path", "ansible_control_path_dir", "ansible_ssh_pkcs11_provider", "ansible_ssh_compression"],
  ...["ansible_become_exe", "ansible_become_flags", "ansible_sudo_exe", "ansible_sudo_flags", "ansible_remote_tmp"],
  ...["ansible_common_remote_group", "ansible_system_tmpdirs", "ansible_async_dir", "ansible_module_compression"],
  ...["ansible_group_priority", "ansible_facts", "ansible_network_os", "ansible_winrm_port", "ansible_paramiko_port"],
];

const CONNECTION_NAMES: ReadonlySet<string> = new Set<string>(Object.values(CONNECTION).flat());
const KNOWN: ReadonlySet<string> = new Set([...CONNECTION_NAMES, ...WITHOUT_MEANING]);

/** True for a variable that says how a host is reached. */
export function isConnectionVariable(name: string): boolean {
  return CONNECTION_NAMES.has(name);
}

/** Variables that look like a misspelt connection variable: they would silently have no effect. */
export function suspectNames(variables: Iterable<Variable>): readonly Problem[] {
  const meanings = new Map<string, string | undefined>();
  const suspects: Problem[] = [];
  for (const { name, keyPlace } of variables) {
    if (!name.startsWith("ansible_") || KNOWN.has(name)) continue;
    if (!meanings.has(name)) meanings.set(name, closestMatch(name, KNOWN));
    const meant = meanings.get(name);
    if (meant !== undefined) suspects.push(suspect(name, keyPlace, meant));
  }
  return suspects;
}

function suspect(name: string, place: Place, meant: string): Problem {
  const message = `\`${name}\` is not a connection variable and has no effect`;
  return { severity: "warning", code: "connection-variable", message, place, label: `did you mean \`${meant}\`?` };
}

/** Renders a text with the variables of a host; a text without a template is returned unchanged. */
export type Render = (text: string, at: Place) => unknown;
export type Tell = (problem: Problem) => void;

/** A setting's value, rendered, and the variable that gave it. */
export interface Given {
  readonly value: unknown;
  /** As it is written, for settings that are always text: a password `0123` is not the number 83. */
  readonly text: string;
  /** For messages, if it is not the text itself. */
  readonly shown?: string;
  readonly variable: Variable;
}

/** Reads a host's connection variables one by one; problems are reported at their place. */
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
    const value = this.#rendered(variable);
    const written = variable.node.kind === "scalar" && typeof variable.value !== "string";
    const text = written && !(value instanceof Secret) ? variable.node.text : String(value);
    return value === null ? undefined : { value, text, variable };
  }

  /** The variable that gives a setting, and where; its value is not looked at. */
  origin(setting: Setting): SettingOrigin | undefined {
    const name = CONNECTION[setting].find((each) => this.#variables.has(each));
    const variable = name === undefined ? undefined : this.#variables.get(name);
    return variable === undefined || name === undefined ? undefined : { name, place: showPlace(variable.place) };
  }

  #rendered({ value, place, untrusted }: Variable): unknown {
    if (untrusted === true) return value;
    if (value instanceof SecretTemplate) return hide(this.#render(value.reveal(), place));
    return typeof value === "string" ? this.#render(value, place) : value;
  }

  /** A setting that is no secret may be written as one; messages show it as dots. */
  #open(setting: Setting): Given | undefined {
    const given = this.given(setting);
    if (!(given?.value instanceof Secret)) return given;
    return { ...given, value: given.value.reveal(), text: given.value.reveal(), shown: REDACTED };
  }

  wrong(given: Given, message: string, help?: string): undefined {
    const place = given.variable.place;
    this.#tell({
      severity: "error",
      code: "connection-variable",
      message,
      place,
      ...(help === undefined ? {} : { help }),
    });
    return undefined;
  }

  text(setting: Setting, pattern: RegExp, expected: string): string | undefined {
    const given = this.#open(setting);
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
    const given = this.#open(setting);
    if (given === undefined) return undefined;
    const number = typeof given.value === "string" && /^\d+$/.test(given.value) ? Number(given.value) : given.value;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) return number;
    const got = typeof given.value === "object" ? "" : `, got \`${given.shown ?? given.text}\``;
    return this.wrong(given, `\`${given.variable.name}\`: expected a whole number from ${min} to ${max}${got}`);
  }

  flag(setting: Setting): boolean | undefined {
    const given = this.#open(setting);
    if (given === undefined) return undefined;
    return truthOf(given.value) ?? this.wrong(given, `\`${given.variable.name}\`: expected \`true\` or \`false\``);
  }
}
