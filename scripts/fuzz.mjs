/**
 * `npm run fuzz -- [--seconds N] [--seed N] [READER…]`: every reader of what users write (test/fuzz/readers.ts), a minute each.
 * A crash, a place outside of the text or beside the fault, a polluted prototype or 20 seconds over one text fail it.
 */
import { mkdirSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";

const HANGS = 20_000;

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

// Under node_modules, so that the packages it imports are found.
const directory = `./node_modules/.cache/dsrctl-fuzz-${process.pid}`;
mkdirSync(directory, { recursive: true });
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const file = `${directory}/worker.mjs`;
await build({
  ...{ entryPoints: ["test/fuzz/worker.ts"], outfile: file, bundle: true, platform: "node", format: "esm" },
  ...{ target: "node20.19", packages: "external", logLevel: "error" },
});

const { names } = await told(worker(undefined));
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no such reader: ${unknown.join(", ")}; there are ${names.join(", ")}\n`);
  process.exit(5);
}
process.stdout.write(`seed ${seed}\n`);
let failed = 0;
for (const name of positionals.length > 0 ? positionals : names) failed += (await fuzzed(name)) ? 0 : 1;
process.exitCode = failed === 0 ? 0 : 1;

function worker(workerData) {
  return new Worker(file, { workerData });
}

function told(of) {
  return new Promise((resolve) => {
    of.once("message", resolve);
    of.once("error", (error) => resolve({ fault: `the reader ended its thread: ${error.stack ?? error}` }));
    of.once("exit", (code) => resolve({ fault: `the thread ended with ${code}` }));
  });
}

async function fuzzed(name) {
  const count = new Int32Array(new SharedArrayBuffer(4));
  const text = new Uint8Array(new SharedArrayBuffer(1 << 20));
  const running = worker({ name, seconds, seed, count, text });
  const done = new AbortController();
  const { fault } = await Promise.race([told(running), hung(count, text, done.signal)]);
  done.abort();
  await running.terminate();
  const texts = Atomics.load(count, 0);
  process.stdout.write(`${fault === undefined ? "ok    " : "FAILED"}  ${name}: ${texts} texts\n`);
  if (fault !== undefined) process.stdout.write(`${fault}\n`);
  return fault === undefined;
}

function hung(count, text, done) {
  return new Promise((resolve) => {
    let [before, since] = [-1, performance.now()];
    const watch = setInterval(() => {
      const now = Atomics.load(count, 0);
      if (now !== before) [before, since] = [now, performance.now()];
      // Bundling and the first texts take a while on a busy machine.
      else if (performance.now() - since > HANGS) {
        clearInterval(watch);
        const length = new DataView(text.buffer).getUint32(0);
        const reading = new TextDecoder().decode(text.slice(4, 4 + length));
        resolve({ fault: `no end after ${HANGS / 1000} s, reading ${JSON.stringify(reading)}` });
      }
    }, 500);
    done.addEventListener("abort", () => clearInterval(watch));
  });
}
