/** Everything that a command reads before a host is reached: inventory, playbook, variables, connections. */
import { unlessStopped } from "../../system/abort.ts";
import type { HostRun } from "../../engine/host-run.ts";
import type { PlayRun } from "../../engine/run.ts";
import { prepareRun } from "../../engine/prepare.ts";
import type { Reach } from "../../engine/run-input.ts";
import type { Layer } from "../../engine/variables/variables.ts";
import type { RunContext } from "../../engine/run-context.ts";
import { scopeOutsidePlay } from "../../engine/hostvars-hosts.ts";
import { InputError } from "../../core/problem.ts";
import type { Problem } from "../../core/problem.ts";
import { collectProblems, collectProblemsSync, deduplicate, throwIfErrors } from "../../core/collect-problems.ts";
import type { Host } from "../../inventory/types.ts";
import { limitHosts, selectHosts } from "../../inventory/select.ts";
import type { Source } from "../../core/source.ts";
import { loadPlaybook } from "../../playbook/load.ts";
import type { LoadedPlaybook } from "../../playbook/load.ts";
import { tagProblems } from "../../playbook/tags.ts";
import { templates as makeTemplates } from "../../jinja/templates.ts";
import type { Scope, Templates } from "../../jinja/templates.ts";
import type { Play } from "../../playbook/types.ts";
import { Secret } from "../../core/secret.ts";
import { taskTypes } from "../../tasks/index.ts";
import { keyringFor, refusePipeInTwin } from "./twin.ts";
import type { InventoryOptions, OutputOptions, ReachOptions, TemplateOptions } from "../args/types.ts";
import { PlaybookFiles } from "./playbook-files.ts";
import { readInventory, readInventoryFor, strictly } from "./read-inventory.ts";
import type { ReadInventory, ReadingLine } from "./read-inventory.ts";
import { derivedFor, sitesOf } from "./site.ts";
import type { Sites } from "./site.ts";
import { templateAccess } from "./template-access.ts";
import type { Terminal } from "../../core/terminal.ts";

export interface LoadedInventory extends ReadInventory {
  readonly templates: Templates;
  /** A host's variables outside of any play; `above` them those that a play would bring. */
  readonly scope: (host: Host, above?: readonly Layer[]) => Scope;
  /** `--lab`: the hosts are those of the twin. */
  readonly isTwin: boolean;
}

export interface Loaded extends LoadedInventory {
  readonly playbook: LoadedPlaybook;
  readonly warnings: readonly Problem[];
  readonly hostsOf: (play: Play) => readonly Host[];
  readonly stage: (
    world: RunContext,
    reach: (host: Host) => Reach,
  ) => { staged: readonly PlayRun[]; hosts: readonly HostRun[] };
}

/** What `dsrctl play` is asked to do. */
export interface PlayArgs extends InventoryOptions, TemplateOptions, ReachOptions, OutputOptions {
  readonly playbook: string;
  readonly check: boolean;
  readonly diff: boolean;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly forks: number;
  readonly askBecomePass: boolean;
  readonly verbose: number;
  /** What is shown instead of a run; `nothing`: only whether the input is right. */
  readonly list: "hosts" | "tasks" | "nothing" | undefined;
}

type TemplateLine = ReadingLine & TemplateOptions;

/** Only a play that is no dry run says so by `check`. */
type Line = TemplateLine & { readonly check?: boolean; readonly list?: PlayArgs["list"] };

/** @throws InputError */
export async function loadInventoryFor(line: TemplateLine, terminal: Terminal): Promise<LoadedInventory> {
  return withTemplates(await readInventoryFor(line, terminal), line, terminal);
}

function withTemplates(read: ReadInventory, line: Line, { cwd, stop }: Terminal): LoadedInventory {
  const { inventory, extra, vault, directory } = read;
  const { check = true } = line;
  const allowPipe = line.allowPipe && (line.lab !== true || line.allowLocal === true);
  const access = templateAccess({ cwd, directory, vault, allowPipe, keepPasswords: !check, stop });
  const onlyKnownLookups = line.list === "nothing";
  const templates = makeTemplates({ ...access, onlyKnownLookups });
  const outside = { inventory, extra, cwd, words: {} };
  const scope = (host: Host, above: readonly Layer[] = []): Scope => scopeOutsidePlay(host, outside, templates, above);
  return { ...read, templates, scope, isTwin: line.lab === true };
}

/** The hosts of a play: those that `--limit` leaves, and the others. */
interface PlayHosts {
  readonly hosts: readonly Host[];
  readonly leftOut: readonly Host[];
}

const NO_HOSTS: PlayHosts = { hosts: [], leftOut: [] };

interface Read {
  readonly base: LoadedInventory;
  readonly playbook: LoadedPlaybook;
  readonly sites: Sites;
  readonly casts: ReadonlyMap<Play, PlayHosts>;
}

/** Inventory and playbook, checked together: all problems are reported at once. */
async function read(line: PlayArgs, terminal: Terminal): Promise<Read> {
  const problems: Problem[] = [];
  const tell = (problem: Problem): void => void problems.push(problem);
  refusePipeInTwin(line);
  const vault = await keyringFor(line, terminal);
  const inventory = await readInventory(line, terminal, vault, problems);
  const base = inventory === undefined ? undefined : withTemplates(inventory, line, terminal);
  // What is wrong with the inventory does not keep the playbook from being checked, but nothing is rendered then.
  const templates = base?.templates ?? makeTemplates();
  const playbook = await collectProblems(tell, () =>
    loadPlaybook(line.playbook, taskTypes, { cwd: terminal.cwd, templates, vault }),
  );
  const sites = base === undefined ? undefined : sitesOf(base);
  problems.push(...(sites?.problems ?? []).map((problem) => (line.strict ? strictly(problem) : problem)));
  const casts = new Map<Play, PlayHosts>();
  if (playbook !== undefined) {
    problems.push(...(line.strict ? playbook.warnings.map(strictly) : playbook.warnings));
    problems.push(...tagProblems(playbook, line.tags, "--tags"));
    problems.push(...tagProblems(playbook, line.skipTags, "--skip-tags"));
  }
  if (base !== undefined) {
    for (const play of playbook?.plays ?? [])
      casts.set(play, collectProblemsSync(tell, () => castOf(play, base)) ?? NO_HOSTS);
  }
  throwIfErrors(problems);
  if (base === undefined || playbook === undefined || sites === undefined)
    throw new Error("input without a problem was not read");
  return { base, playbook, sites, casts };
}

/** @throws InputError with what is wrong; no host was reached. */
export async function load(line: PlayArgs, terminal: Terminal): Promise<Loaded> {
  const { base, playbook, sites, casts } = await read(line, terminal);
  const { inventory, templates, extra, vault } = base;
  const leftOutOf = (play: Play): readonly Host[] => (casts.get(play) ?? NO_HOSTS).leftOut;
  const hostsOf = (play: Play): readonly Host[] => (casts.get(play) ?? NO_HOSTS).hosts;
  if (playbook.plays.every((play) => hostsOf(play).length === 0)) throw new InputError([nobody(line)]);
  const service = await taskTypes.get("service")?.();
  if (service === undefined) throw new Error("there is no task type `service`");
  const files = new PlaybookFiles({ directory: playbook.directory, vault, cwd: terminal.cwd });
  return {
    ...base,
    playbook,
    hostsOf,
    warnings: [...inventory.warnings, ...playbook.warnings, ...sites.problems],
    stage: (world, reach) =>
      prepareRun({
        ...{ playbook, inventory, hostsOf, leftOutOf, extra, world, service, reach, cwd: terminal.cwd },
        words: wordsOf(line, playbook, world),
        derived: (host) => derivedFor(host, sites),
        choice: { tags: line.tags, skip: line.skipTags },
        read: (path, directory) => unlessStopped(terminal.stop, files.read(path, directory)),
        render: (file, scope) => printed(files.text(file), templates, scope),
        advise: deduplicate((problem) => world.tell({ type: "warning", problem })),
      }),
  };
}

/** Magic variables that say how the run was called. */
function wordsOf(
  line: PlayArgs,
  playbook: LoadedPlaybook,
  { check, omit }: RunContext,
): Readonly<Record<string, unknown>> {
  return {
    playbook_dir: playbook.directory,
    ansible_check_mode: check,
    ansible_diff_mode: line.diff,
    ansible_forks: line.forks,
    ansible_inventory_sources: line.inventory,
    ansible_run_tags: line.tags.length === 0 ? ["all"] : line.tags,
    ansible_skip_tags: line.skipTags,
    ansible_verbosity: line.verbose,
    ...(line.limit === undefined ? {} : { ansible_limit: line.limit }),
    omit,
  };
}

function castOf(play: Play, { inventory, limit }: LoadedInventory): PlayHosts {
  const all = selectHosts(inventory, play.hosts.text, play.hosts.place);
  if (limit === undefined) return { hosts: all, leftOut: [] };
  const hosts = limitHosts(all, limit);
  const left = new Set(hosts);
  return { hosts, leftOut: all.filter((host) => !left.has(host)) };
}

function nobody(line: PlayArgs): Problem {
  const text = line.limit ?? "";
  const place = { source: { file: "--limit", text }, start: 0, end: text.length };
  return { severity: "error", code: "no-hosts", message: "`--limit` excludes all hosts of all plays", place };
}

/** A template file with a host's variables; a secret, when one is in it or all of it was encrypted. */
function printed(source: Source, templates: Templates, scope: Scope): string | Secret {
  const made = templates.print(source, scope);
  return made.secret || source.secret === true ? new Secret(made.text) : made.text;
}
