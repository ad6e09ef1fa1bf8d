/** What is measured against what: how each is run for a phase, and how its own words tell that it did the work. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Phase, SubjectName } from "./args.ts";
import type { Command, Measured } from "./measure.ts";

/** Where things are, for a subject. */
export interface Setting {
  readonly directory: string;
  readonly hosts: number;
  /** Where CPU profiles of dsrctl go, if at all. */
  readonly profile?: string | undefined;
}

export interface Subject {
  readonly name: SubjectName;
  readonly title: string;
  /** A peer is dear, and takes part in fewer rounds. */
  readonly peer: boolean;
  /** Why it cannot take part on this machine. */
  readonly missing: () => string | undefined;
  /** Undefined: it has no such phase. */
  readonly command: (phase: Phase, setting: Setting) => Command | undefined;
  /** Changes it reports, all hosts together; undefined when it failed, or says nothing of changes. */
  readonly changed: (measured: Measured) => number | undefined;
}

const WORKLOAD = join(process.cwd(), "bench/workload");
const MITOGEN = "/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy";
const READ = join(WORKLOAD, "read.sh");

const present = (): undefined => undefined;
const silent = (measured: Measured): number | undefined => (measured.code === 0 ? 0 : undefined);

function play(phase: Phase, { directory, hosts, profile }: Setting): Command {
  const node = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const forks = ["--forks", String(Math.min(Math.max(50, hosts), 200))];
  const site = ["play", join(WORKLOAD, "site.yml"), "-i", join(directory, "hosts.json"), "--json", ...forks];
  return { argv: [process.execPath, ...node, "bin/dsrctl.cjs", ...site, ...(phase === "check" ? ["--check"] : [])] };
}

interface RunEnd {
  readonly type: string;
  readonly recap?: readonly Readonly<Record<"changed" | "willChange" | "failed" | "unreachable" | "unknown", number>>[];
}

/** What it says on standard error is something wrong with it. */
function changedByDsrctl({ out, err, code }: Measured): number | undefined {
  const last = JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as RunEnd;
  if (code !== 0 || err !== "" || last.recap === undefined) return undefined;
  return last.recap.reduce((sum, each) => sum + each.changed + each.willChange, 0);
}

type Scripts = (phase: Phase, directory: string) => readonly string[] | undefined;

/** A floor is its number of scripts: what it runs in a phase, or undefined where it says nothing about that phase. */
function floorOf(scripts: Scripts, ...options: readonly string[]): Subject["command"] {
  const client = join(process.cwd(), "node_modules/.cache/dsrctl-bench/floor.cjs");
  return (phase, { directory }) => {
    const names = scripts(phase, directory);
    return names && { argv: [process.execPath, client, ...options, directory, ...names] };
  };
}

const oneScript: Scripts = (phase) => (phase === "second" ? [READ] : undefined);

/** Looks, acts, looks again; or looks three times. */
function threeScripts(phase: Phase, directory: string): readonly string[] | undefined {
  if (phase === "check") return undefined;
  return [READ, phase === "first" ? `${join(WORKLOAD, "act.sh")},${writeInput(directory)}` : READ, READ];
}

const TEMPLATES = [
  ["templates/keepalived.conf.j2", "/etc/keepalived/keepalived.conf", "0640"],
  ["templates/site.conf.j2", "/etc/dsr/site.conf", "0644"],
  ["templates/motd.j2", "/etc/motd", "0644"],
  ["files/modules.conf", "/etc/modules-load.d/dsr.conf", "0644"],
  ["files/check.sh", "/etc/dsr/check.sh", "0755"],
  ["files/logrotate", "/etc/logrotate.d/dsr", "0644"],
] as const;

/** Input for act.sh: the files as they stand here. The floor renders nothing, but the bytes are about as many. */
function writeInput(directory: string): string {
  const parts = TEMPLATES.map(([source, path, mode]) => {
    const text = readFileSync(join(WORKLOAD, source), "utf8");
    return `${path} ${mode} ${Buffer.byteLength(text)}\n${text}`;
  });
  const file = join(directory, "act.input");
  writeFileSync(file, `${parts.join("")}.\n`);
  return file;
}

const SSH_OPTIONS = ["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"];

/** One ssh a host, all at once. */
function openssh(phase: Phase, { directory }: Setting): Command | undefined {
  if (phase !== "second") return undefined;
  const files = ["-i", join(directory, "id"), "-o", `UserKnownHostsFile=${join(directory, "known_hosts")}`];
  const each = 'for to in $(cat "$0"); do ssh "$@" root@"$to" sh <"$SCRIPT" >/dev/null & done; wait';
  const argv = ["sh", "-c", each, join(directory, "addresses"), ...SSH_OPTIONS, ...files];
  return { argv, env: { SCRIPT: READ } };
}

function ansible(variables: (setting: Setting) => Readonly<Record<string, string>>): Subject["command"] {
  return (phase, setting) => {
    const { directory } = setting;
    const env: Readonly<Record<string, string>> = {
      ANSIBLE_CONFIG: join(directory, "ansible.cfg"),
      ...variables(setting),
    };
    const extra = env["EXTRA"] === undefined ? [] : ["-e", env["EXTRA"]];
    const site = [join(WORKLOAD, "ansible.yml"), "-i", join(directory, "hosts.json"), ...extra];
    return { argv: ["/usr/bin/ansible-playbook", ...site, ...(phase === "check" ? ["--check"] : [])], env };
  };
}

const tuned = ({ hosts }: Setting): Readonly<Record<string, string>> => ({
  ANSIBLE_PIPELINING: "1",
  ANSIBLE_FORKS: String(hosts),
  ANSIBLE_SSH_ARGS: "-o ControlMaster=auto -o ControlPersist=60s",
  EXTRA: '{"gather": false, "ansible_python_interpreter": "/usr/bin/python3"}',
});

function changedByAnsible({ out, code }: Measured): number | undefined {
  const recap = [...out.matchAll(/changed=(\d+)/g)].map(([, count]) => Number(count));
  return code === 0 && recap.length > 0 ? recap.reduce((sum, count) => sum + count, 0) : undefined;
}

/** The workload's `sysctl` is in a collection, which Debian has in `ansible`, beside `ansible-core`. */
const POSIX = "/usr/lib/python3/dist-packages/ansible_collections/ansible/posix";

function noAnsible(): string | undefined {
  if (!existsSync("/usr/bin/ansible-playbook")) return "ansible-core is not installed";
  return existsSync(POSIX) ? undefined : "its collection ansible.posix (Debian: ansible) is not installed";
}

/** Who runs scripts, knows nothing of tasks and is always there. */
function client(name: SubjectName, title: string): Omit<Subject, "command"> {
  return { name, title, peer: false, missing: present, changed: silent };
}

export const ALL: readonly Subject[] = [
  { name: "dsrctl", title: "dsrctl", peer: false, missing: present, command: play, changed: changedByDsrctl },
  { ...client("floor", "floor: ssh2, one script"), command: floorOf(oneScript) },
  { ...client("floor3", "floor: ssh2, three scripts"), command: floorOf(threeScripts) },
  { ...client("bare", "bare ssh2, one script"), command: floorOf(oneScript, "--bare") },
  { ...client("bare3", "bare ssh2, three scripts"), command: floorOf(threeScripts, "--bare") },
  { ...client("ssh", "OpenSSH's ssh, one script"), command: openssh },
  {
    ...{ name: "mitogen", title: "Mitogen", peer: true, changed: changedByAnsible },
    missing: () => noAnsible() ?? (existsSync(MITOGEN) ? undefined : "ansible-mitogen is not installed"),
    command: ansible((setting) => ({
      ...{ ...tuned(setting), ANSIBLE_STRATEGY: "mitogen_linear", ANSIBLE_STRATEGY_PLUGINS: MITOGEN },
    })),
  },
  {
    ...{ name: "ansible-tuned", title: "Ansible, tuned", peer: true, changed: changedByAnsible },
    ...{ missing: noAnsible, command: ansible(tuned) },
  },
  {
    ...{ name: "ansible", title: "Ansible as it comes", peer: true, changed: changedByAnsible },
    ...{ missing: noAnsible, command: ansible(() => ({})) },
  },
];
