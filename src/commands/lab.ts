/** `dsrctl lab`: the lab of real hosts. */
import { spawn } from "node:child_process";
import * as lab from "../lab/index.ts";
import { EXIT } from "../failure.ts";
import type { ExitCode } from "../failure.ts";
import { colors as makeColors } from "../report/colors.ts";
import { UsageError } from "./line.ts";
import type { LabLine } from "./line.ts";
import type { Terminal } from "./terminal.ts";

export async function runLab(line: LabLine, terminal: Terminal): Promise<ExitCode> {
  const missing = lab.missing();
  if (missing.length > 0) {
    terminal.err(`the lab of real hosts cannot run here:\n${missing.map((each) => `  ${each}\n`).join("")}`);
    return EXIT.input;
  }
  try {
    return await act(line, terminal);
  } catch (error) {
    if (terminal.stop.aborted) return EXIT.interrupted;
    if (!(error instanceof lab.LabError)) throw error;
    const colors = makeColors(line.color ?? terminal.color);
    terminal.err(
      `${colors.red("error")}: ${error.message}\n${error.hint === undefined ? "" : `  = help: ${error.hint}\n`}`,
    );
    return EXIT.failed;
  }
}

async function act(line: LabLine, terminal: Terminal): Promise<ExitCode> {
  const tell = line.json ? jsonTeller(terminal) : teller(line, terminal);
  const options = { signal: terminal.stop, ...(line.hosts.length > 0 ? { hosts: line.hosts } : {}) };
  switch (line.action) {
    case "up":
      return shown(await lab.up(options, tell), line, terminal);
    case "reset":
      return shown(await lab.reset(options, tell), line, terminal);
    case "status":
      return shown(await lab.status(), line, terminal);
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

function named(line: LabLine): readonly string[] {
  if (line.hosts.length === 0) throw new UsageError(`which host? \`dsrctl lab ${line.action} HOST\``);
  return line.hosts;
}

async function fault(line: LabLine, host: string): Promise<void> {
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

async function ssh(line: LabLine): Promise<ExitCode> {
  const [host, ...command] = named(line);
  const [file = "ssh", ...args] = lab.sshArgv(host ?? "");
  const child = spawn(file, [...args, ...command], { stdio: "inherit" });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("exit", resolve));
  return code === 0 ? EXIT.fine : EXIT.failed;
}

function jsonTeller(terminal: Terminal): lab.Tell {
  return (event) => terminal.out(`${JSON.stringify({ type: "lab", ...event })}\n`);
}

/** A line a step; on a terminal the running one is drawn anew in place. */
function teller(line: LabLine, terminal: Terminal): lab.Tell {
  const colors = makeColors(line.color ?? terminal.color);
  return (event) => {
    const who = event.host === undefined ? "" : `${event.host}: `;
    const note = event.note === undefined ? "" : colors.dim(` ${event.note}`);
    const share = event.total === undefined ? "" : ` ${event.done ?? 0}/${event.total}`;
    const took = event.seconds === undefined ? "" : colors.dim(` (${event.seconds.toFixed(1)} s)`);
    const text = `${who}${event.step}${share}${note}${took}`;
    switch (event.state) {
      case "start":
        return terminal.isTTY ? undefined : terminal.out(`… ${text}\n`);
      case "progress":
        return terminal.isTTY ? terminal.out(`\r\u001b[2K… ${text}`) : undefined;
      case "done":
        return terminal.out(`${terminal.isTTY ? "\r\u001b[2K" : ""}${colors.green("✔")} ${text}\n`);
      case "skipped":
        return line.verbosity > 0 ? terminal.out(`${colors.dim(`- ${text}`)}\n`) : undefined;
    }
  };
}

function shown(status: lab.LabStatus, line: LabLine, terminal: Terminal): ExitCode {
  if (line.json) terminal.out(`${JSON.stringify({ type: "lab-status", ...status })}\n`);
  else for (const host of status.hosts) terminal.out(hostLine(host, line, terminal));
  return line.action === "status" || status.up ? EXIT.fine : EXIT.failed;
}

function hostLine(host: lab.LabStatus["hosts"][number], line: LabLine, terminal: Terminal): string {
  const colors = makeColors(line.color ?? terminal.color);
  const state = (host.state === "up" ? colors.green : colors.yellow)(host.state.padEnd(8));
  const how = host.how === "uml" ? "user-mode Linux" : "systemd-nspawn";
  return `${host.name.padEnd(8)}${host.address.padEnd(13)}${state}${host.role.padEnd(10)}${colors.dim(how)}\n`;
}
