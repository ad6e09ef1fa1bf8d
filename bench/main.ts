/** The bench: what dsrctl costs beside a bare ssh client, Ansible and Mitogen, on hosts that are made for it here. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseOptions, USAGE } from "./args.ts";
import type { BenchOptions, Part } from "./args.ts";
import { BenchError } from "./fault.ts";
import { breakGround } from "./ground.ts";
import type { Ground } from "./ground.ts";
import { describeMachine } from "./machine.ts";
import { measureMany } from "./many.ts";
import { replaceBetweenMarks } from "./page.ts";
import { reportRounds } from "./report.ts";
import { runRounds } from "./rounds.ts";
import { measureStartup } from "./startup.ts";

const PAGE = "docs/performance.md";
const INVENTORY = "bench/inventory.mjs";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const PART: Readonly<Record<Part, (ground: Ground, options: BenchOptions) => Promise<string>>> = {
  hosts: async (ground, options) => {
    const text = reportRounds(await runRounds(ground, options, say));
    return `### Runs\n\n${text}`;
  },
  startup: async (ground) => {
    say("start-up");
    return `### Start-up\n\n${await measureStartup(ground)}`;
  },
  many: async (ground, { connections }) => {
    say(`${connections} connections`);
    return `### ${connections.toLocaleString("en-US")} connections\n\n${await measureMany(ground, connections, say)}`;
  },
  inventory: () => Promise.resolve(inventoryPart()),
};

/** A program of its own, where it is there; what it prints is the text. */
function inventoryPart(): string {
  if (!existsSync(INVENTORY)) return "";
  say("a large inventory");
  const { status, stdout, stderr } = spawnSync(process.execPath, [INVENTORY], { encoding: "utf8" });
  if (status !== 0) throw new BenchError(`${INVENTORY} failed: ${stderr}`);
  return `### A large inventory\n\n\`\`\`text\n${stdout.trim()}\n\`\`\``;
}

async function measureAll(ground: Ground, options: BenchOptions): Promise<string> {
  const texts: string[] = [];
  for (const part of options.parts) texts.push(await PART[part](ground, options));
  return texts.filter((text) => text !== "").join("\n\n");
}

async function bench(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  const ground = await breakGround();
  const interrupted = new AbortController();
  const stop = (): void => {
    interrupted.abort();
    void ground.end().finally(() => process.exit(130));
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const command = ["npm run bench --", ...argv].join(" ").trim();
    const text = `${describeMachine()}. \`${command}\`\n\n${await measureAll(ground, options)}\n`;
    process.stdout.write(text);
    if (options.write) writeFileSync(PAGE, replaceBetweenMarks(readFileSync(PAGE, "utf8"), text));
  } catch (failure) {
    // What is under way fails as its hosts go.
    if (!interrupted.signal.aborted) tellFailure(failure);
  } finally {
    await ground.end();
  }
}

function tellFailure(failure: unknown): void {
  const known = failure instanceof BenchError || failure instanceof RangeError || failure instanceof TypeError;
  say(known ? failure.message : failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
  process.exitCode = 1;
}

const argv = process.argv.slice(2);
if (argv.includes("--help")) process.stdout.write(USAGE);
else {
  bench(argv).catch(tellFailure);
}
