/** How a host was reached, step by step (`-vvv`): the milliseconds, the step, and its result. */
import type { ConnectionStep } from "../core/connection.ts";
import type { ConnectionEvent } from "../core/event.ts";
import { endpoint } from "../text/ip.ts";
import type { Colors } from "./colors.ts";
import { visible } from "./escape.ts";
import type { Layout } from "./layout.ts";
import { wrap } from "./wrap.ts";

const INDENT = 4;
const MS_WIDTH = "12345 ms".length;
const STEP_WIDTH = "key-exchange".length;
/** Where the text of a step begins. */
const AT = INDENT + MS_WIDTH + 2 + STEP_WIDTH + 2;

export function connectionLines(event: ConnectionEvent, layout: Layout, colors: Colors): readonly string[] {
  const { host, result, steps } = event;
  const failed = result === "failed";
  const paint = failed ? (text: string) => colors.bold(colors.red(text)) : colors.green;
  const head = { word: WORDS[result], paint, title: titleOf(event), whole: true, details: [] };
  const lines = layout.entry([host], { ...head, name: "", titleOfMany: () => "" });
  return [...lines, ...steps.flatMap((step) => stepLines(step, layout.columns, colors))];
}

const WORDS = { reached: "reached", failed: "not reached", shell: "shell" } as const;

function titleOf({ result, by, why, ms }: ConnectionEvent): string {
  const time = `${result === "failed" ? "after" : "in"} ${milliseconds(ms)}`;
  if (result === "shell" || by === undefined) return time;
  return `${time} ${by === "local" ? "without SSH" : `with ${NAMES[by]}`}${why === undefined ? "" : ` (${visible(why)})`}`;
}

const NAMES = { ssh2: "ssh2", openssh: "OpenSSH" } as const;

function stepLines(step: ConnectionStep, columns: number, colors: Colors): readonly string[] {
  const time = step.ms === undefined ? "" : milliseconds(step.ms);
  const lead = `${" ".repeat(INDENT)}${time.padStart(MS_WIDTH)}  ${step.step.padEnd(STEP_WIDTH)}  `;
  const via = step.via === undefined ? "" : `${step.via}: `;
  const [first = "", ...rest] = wrap(visible(via + stepText(step)), columns - AT);
  const paint = isBad(step) ? colors.red : (text: string) => text;
  return [
    `${colors.dim(lead)}${paint(first)}`.trimEnd(),
    ...rest.map((row) => `${" ".repeat(AT)}${paint(row)}`.trimEnd()),
  ];
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

function isBad(step: ConnectionStep): boolean {
  return step.step === "failed" || (step.step === "host-key" && step.result === "refused");
}

function stepText(step: ConnectionStep): string {
  switch (step.step) {
    case "settings":
      return settingsText(step);
    case "wait":
      return "for its turn: many connections were being made";
    case "resolve":
      return `${step.name} → ${step.addresses.join(", ")}`;
    case "connect":
      return `${step.to} ${step.result === "given-up" ? "given up" : step.result}${because(step.why)}`;
    case "jump":
      return step.openedFor === undefined ? "connected" : `connected already, for ${step.openedFor}`;
    case "forward":
      return `connected to ${step.to}`;
    case "proxy":
      return step.command;
    case "banner":
    case "message":
      return step.said;
    case "key-exchange":
      return [step.kex, step.cipher].filter((each) => each !== undefined).join(", ");
    case "host-key":
      return `${step.result}${step.file === undefined ? "" : ` to ${step.file}`}: ${step.type} ${step.fingerprint}`;
    case "auth":
      return authText(step);
    case "login":
      return `user ${step.user}`;
    case "shell":
      return step.user === undefined ? "opened" : `opened as ${step.user}`;
    case "first-batch":
      return "answered";
    case "failed":
      return `${step.stage}: ${step.why}`;
    case "retry":
      return "the pause before the next try";
  }
}

function because(why: string | undefined): string {
  return why === undefined ? "" : `: ${why}`;
}

function settingsText({ user, address, port, from }: Extract<ConnectionStep, { step: "settings" }>): string {
  const places = from.map(({ name, place }) => `${name} (${place})`).join(", ");
  return `${user}@${endpoint(address, port)}${places === "" ? "" : `, from ${places}`}`;
}

function authText({ method, key, result, why }: Extract<ConnectionStep, { step: "auth" }>): string {
  const from = key?.path ?? (key?.comment === undefined ? "" : `${key.comment} (agent)`);
  const shown = key === undefined ? method : `${method} ${from} ${key.type} ${key.fingerprint}`;
  return `${result}: ${shown}${why === undefined ? "" : ` (${why})`}`;
}
