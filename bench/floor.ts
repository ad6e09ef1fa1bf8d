/**
 * The floor: ssh2 and nothing else. Connects to every address at once and runs scripts on each, one after another; without
 * Nagle's delay and by key only, or with `--bare` as ssh2 does it when it is told no more than where to go and who one is.
 *
 *   floor [--bare] DIRECTORY SCRIPT[,INPUT]...    DIRECTORY has id, host_key.pub and addresses; INPUT is a file for standard input
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "ssh2";
import type { ConnectConfig } from "ssh2";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { bare: { type: "boolean" } } });
const [directory = "", ...names] = positionals;
const privateKey = readFileSync(join(directory, "id"));
const hostKey = Buffer.from(readFileSync(join(directory, "host_key.pub"), "utf8").split(" ")[1] ?? "", "base64");
const addresses = readFileSync(join(directory, "addresses"), "utf8").trim().split("\n");
const steps = names.map((name) => {
  const [script = "", input] = name.split(",");
  return { script: readFileSync(script, "utf8"), input: input === undefined ? "" : readFileSync(input, "utf8") };
});

function way(host: string): ConnectConfig {
  if (values.bare === true) return { host };
  return { sock: connect({ host, port: 22, noDelay: true }), authHandler: ["publickey"] };
}

function login(host: string): Promise<Client> {
  const client = new Client();
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve(client)).once("error", reject);
    client.connect({
      ...{ ...way(host), username: "root", privateKey },
      ...{ hostVerifier: (key: Buffer) => key.equals(hostKey), readyTimeout: 120_000 },
    });
  });
}

function runScript(client: Client, { script, input }: (typeof steps)[number]): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(script, (error, channel) => {
      if (error) return reject(error);
      let out = "";
      channel.on("data", (chunk: Buffer) => (out += chunk.toString()));
      channel.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
      channel.on("close", (code: number) => (code === 0 ? resolve(out) : reject(new Error(`code ${code}: ${out}`))));
      channel.end(input);
    });
  });
}

async function visit(address: string): Promise<string> {
  const client = await login(address);
  let out = "";
  for (const step of steps) out += await runScript(client, step);
  client.end();
  return out;
}

void Promise.all(addresses.map(visit)).then(
  (said) => void process.stdout.write(said[0] ?? ""),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
