/** `dsrctl lab`: the lab of real hosts. */
import { spawn } from "node:child_process";
import * as lab from "../../lab/index.ts";
import { EXIT } from "../../core/problem.ts";
import type { ExitCode } from "../../core/problem.ts";
import { didYouMean, listNames } from "../../text/suggest.ts";
import { colors as makeColors } from "../../report/colors.ts";
import type { Colors } from "../../report/colors.ts";
import { brief, visibleText } from "../../report/escape.ts";
import { jsonLine } from "../../report/json.ts";
import { Steps } from "../../report/lab-steps.ts";
import type { OutputOptions } from "../args/types.ts";
import { STOPPING } from "./messages.ts";
import type { Twin } from "../../lab/index.ts";
import type { Terminal } from "../../core/terminal.ts";
import { UsageError } from "../args/usage-error.ts";

type LabAction = "up" | "down" | "status" | "reset" | "ssh" | "cut" | "heal" | "freeze" | "thaw" | "kill" | "delay";

interface LabArgs extends OutputOptions {
  readonly action: LabAction;
  readonly hosts: readonly string[];
  /** The inventory whose twin it is to be; empty: the lab's own hosts. */
  readonly inventory: readonly string[];
  readonly verbose: number;
  readonly release: string | undefined;
  readonly ms: number;
  readonly jitter: number;
  readonly loss: number;
  /** The end of a delay. */
  readonly off: boolean;
}

export async function runLab(line: LabArgs, terminal: Terminal): Promise<ExitCode> {
  const colors = makeColors(line.color ?? terminal.color);
  let steps: Steps | undefined;
  try {
    judgeHosts(line);
    judgeRelease(line);
    const missing = lab.missing();
    if (missing.length > 0) {
      const lines = missing.map((each) => `  ${each}\n`).join("");
      terminal.err(`${colors.bold(colors.red("error"))}: the lab cannot run on this machine\n${lines}`);
      return EXIT.input;
    }
    steps = stepsOf(line, terminal);
    return await act(line, terminal, steps);
  } catch (error) {
    steps?.end();
    if (terminal.stop.aborted) return EXIT.interrupted;
    if (!(error instanceof lab.LabError)) throw error;
    const help = error.hint === undefined ? "" : `  = ${colors.bold("help")}: ${visibleText(error.hint)}\n`;
    terminal.err(`${colors.bold(colors.red("error"))}: ${visibleText(error.message)}\n${help}`);
    return EXIT.failed;
  } finally {
    steps?.end();
  }
}

/** What is read of an inventory for its twin, without a word of the command line about it. */
async function readTwin(inventory: readonly string[], terminal: Terminal): Promise<Twin> {
  const [{ loadInventoryFor }, { twinFor }] = await Promise.all([import("../input/load-play.ts"), import("./twin.ts")]);
  const usual = { limit: undefined, extraVars: [], inventoryTimeout: 10, strict: false, allowPipe: false };
  const noPasswords = { vaultId: [], vaultPasswordFile: [], askVaultPassword: false };
  const loaded = await loadInventoryFor({ inventory, ...usual, ...noPasswords, lab: true }, terminal);
  return twinFor(loaded);
}

/** Names that are no hosts of the lab are wrong before anything is looked at. */
function judgeHosts({ action, hosts, inventory }: LabArgs): void {
  if (inventory.length > 0) return;
  const names = lab.topologyOfLab().seats.map(({ name }) => name);
  const asked = action === "ssh" ? hosts.slice(0, 1) : hosts;
  const unknown = asked.find((host) => !names.includes(host));
  if (unknown !== undefined)
    throw new UsageError(
      `the lab has no host \`${brief(unknown)}\``,
      didYouMean(unknown, names) ?? `it has ${listNames(names)}`,
    );
}

function judgeRelease({ release }: LabArgs): void {
  if (release === undefined || lab.RELEASES.includes(release)) return;
  throw new UsageError(
    `the lab has no release \`${brief(release)}\``,
    didYouMean(release, lab.RELEASES) ?? `it has ${listNames(lab.RELEASES)}`,
  );
}

function stepsOf(line: LabArgs, terminal: Terminal): Steps | undefined {
  if (line.json || line.action === "ssh") return undefined;
  const { out: write, size, isTTY: live, ready } = terminal;
  const options = { write, size, live, color: line.color ?? terminal.color, verbosity: line.verbose };
  const steps = new Steps(ready === undefined ? options : { ...options, ready });
  terminal.stop.addEventListener("abort", () => steps.notice(STOPPING), { once: true });
  return steps;
}

async function act(line: LabArgs, terminal: Terminal, steps: Steps | undefined): Promise<ExitCode> {
  const tell = steps?.tell ?? jsonTeller(terminal);
  const twin = line.inventory.length === 0 ? undefined : await readTwin(line.inventory, terminal);
  const options = {
    signal: terminal.stop,
    ...(line.hosts.length > 0 ? { hosts: line.hosts } : {}),
    ...(line.release === undefined ? {} : { release: line.release }),
    ...(twin === undefined ? {} : { topology: twin.topology }),
  };
  for (const lacking of twin?.lacks ?? []) terminal.err(`not in the twin: ${visibleText(lacking)}\n`);
  const shown = (status: lab.LabStatus): ExitCode => {
    steps?.end();
    return show(status, line, terminal);
  };
  switch (line.action) {
    case "up":
      return shown(await lab.up(options, tell));
    case "reset":
      return shown(await lab.reset(options, tell));
    case "status":
      return shown(await lab.status());
    case "down":
      await lab.down(tell);
      return EXIT.fine;
    case "ssh":
      return ssh(line);
    case "cut":
    case "heal":
    case "freeze":
    case "thaw":
    case "kill":
    case "delay":
      for (const host of named(line)) await fault(line, host);
      return EXIT.fine;
  }
}

function named(line: LabArgs): readonly string[] {
  if (line.hosts.length === 0) throw new UsageError("missing argument: HOST", `\`dsrctl lab ${line.action} HOST\``);
  return line.hosts;
}

async function fault(line: LabArgs, host: string): Promise<void> {
  switch (line.action) {
    case "cut":
      return lab.cut(host);
    case "heal":
      return lab.heal(host);
    case "freeze":
      return lab.freeze(host);
    case "thaw":
      return lab.thaw(host);
    case "kill":
      return lab.kill(host);
    default:
      return lab.delay(host, line.off ? undefined : { ms: line.ms, jitterMs: line.jitter, lossPercent: line.loss });
  }
}

async function ssh(line: LabArgs): Promise<ExitCode> {
  const [host, ...command] = named(line);
  const [file = "ssh", ...args] = lab.sshArgv(host ?? "");
  const child = spawn(file, [...args, ...command], { stdio: "inherit" });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("exit", resolve));
  return code === 0 ? EXIT.fine : EXIT.failed;
}

function jsonTeller(terminal: Terminal): lab.Tell {
  return (event) => terminal.out(jsonLine({ type: "lab", ...event }));
}

function show(status: lab.LabStatus, line: LabArgs, terminal: Terminal): ExitCode {
  if (line.json) terminal.out(jsonLine({ type: "lab-status", ...status }));
  else terminal.out(table(status.hosts, line, terminal));
  return line.action === "status" || areUp(status, line.hosts) ? EXIT.fine : EXIT.failed;
}

/** True when the named hosts are up; all of them when none is named. */
function areUp(status: lab.LabStatus, names: readonly string[]): boolean {
  if (names.length === 0) return status.up;
  return status.hosts.every(({ name, state }) => state === "up" || !names.includes(name));
}

/** A row per host; columns are as wide as the built-in lab needs, or wider. */
function table(hosts: lab.LabStatus["hosts"], line: LabArgs, terminal: Terminal): string {
  const colors = makeColors(line.color ?? terminal.color);
  const names = column(
    hosts.map(({ name }) => name),
    8,
  );
  const addresses = column(
    hosts.map(({ address }) => address),
    13,
  );
  const releases = column(
    hosts.map(({ release }) => release),
    10,
  );
  const rows = hosts.map((host, index) => {
    const state = stateColor(host.state, colors)(host.state.padEnd(10));
    const how = (host.how === "uml" ? "user-mode Linux" : "systemd-nspawn").padEnd(17);
    const system = `${releases[index]}${kernelText(host)}`.trimEnd();
    return `${names[index]}${state}${addresses[index]}${host.role.padEnd(10)}${colors.dim(how + system)}\n`;
  });
  return rows.join("");
}

function kernelText({ kernel, kernelRelease }: lab.LabStatus["hosts"][number]): string {
  if (kernel === undefined) return "";
  return `Linux ${kernel}${kernelRelease === undefined ? "" : ` of ${kernelRelease}`}`;
}

function column(cells: readonly string[], least: number): readonly string[] {
  const width = Math.max(least, ...cells.map((cell) => cell.length + 2));
  return cells.map((cell) => cell.padEnd(width));
}

function stateColor(state: lab.HostState, colors: Colors): (text: string) => string {
  switch (state) {
    case "up":
      return colors.green;
    case "down":
      return colors.dim;
    case "starting":
    case "frozen":
    case "cut":
      return colors.yellow;
  }
}
