/** The line between the controller and the hosts (line.c): its delay, and what went over it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { insideCgroup } from "../src/lab/process.ts";
import { BenchError } from "./fault.ts";

/** What went between the controller and one host. */
export interface Traffic {
  /** TCP connections that the controller opened. */
  readonly connections: number;
  /** How many times something went to the host and an answer came back. */
  readonly roundTrips: number;
  /** IP packets' bytes, both ways. */
  readonly bytes: number;
  readonly packets: number;
}

export interface Line {
  /** Puts a device with the address into the namespace. */
  controller(address: string, network: string): Promise<void>;
  host(address: string, network: string): Promise<void>;
  /** Round-trip time from now on, in milliseconds. */
  delay(rtt: number): Promise<void>;
  clear(): Promise<void>;
  /** By address. */
  report(): Promise<ReadonlyMap<string, Traffic>>;
}

export function openLine(program: string, cgroup: string): Line {
  const [file = "", ...args] = insideCgroup(cgroup, ["setpriv", "--pdeathsig", "KILL", program, "switch"]);
  const child = spawn(file, args, { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  // That it is gone is told by the answers that do not come.
  child.stdin.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const order = (text: string): Promise<readonly string[]> => {
    const answer = last.then(() => ask(text));
    last = answer.catch(() => undefined);
    return answer;
  };
  const ask = async (text: string): Promise<readonly string[]> => {
    child.stdin.write(`${text}\n`);
    const lines: string[] = [];
    for (;;) {
      const next = await answers.next();
      if (next.done === true || next.value.startsWith("failed")) {
        throw new BenchError(
          `the line: ${text.split(" ")[0] ?? ""}: ${next.done === true ? "it is gone" : next.value}`,
        );
      }
      if (next.value === "ok") return lines;
      lines.push(next.value);
    }
  };
  return {
    controller: async (address, network) => {
      await order(`controller ${address} ${network}`);
    },
    host: async (address, network) => {
      await order(`host ${address} ${network}`);
    },
    delay: async (rtt) => {
      await order(`delay ${rtt * 500}`);
    },
    clear: async () => {
      await order("clear");
    },
    report: async () => new Map((await order("report")).map(readTraffic)),
  };
}

function readTraffic(line: string): readonly [string, Traffic] {
  const [address = "", ...counts] = line.split(" ");
  const [connections = 0, roundTrips = 0, bytes = 0, packets = 0] = counts.map(Number);
  return [address, { connections, roundTrips, bytes, packets }];
}
