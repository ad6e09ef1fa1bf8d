/**
 * Who watches the lab's service and is no part of dsrctl: a loop of requests in the client, from each of its addresses, and the frames on
 * the directors' ports.
 */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { NAMESPACE_PATH } from "../../src/lab/site.ts";
import { VIP, must } from "./site.ts";

export const SOURCES = ["10.0.0.100", "10.0.0.101", "10.0.0.102", "10.0.0.103"] as const;

export interface Request {
  readonly source: string;
  /** Seconds on the client's clock. */
  readonly sent: number;
  readonly served: boolean;
}

/** A frame on a director's port: an advertisement of its own and its priority, ARP for the VIP, a request for the service sent to it. */
export interface Frame {
  readonly at: number;
  readonly host: string;
  readonly what: string;
}

export interface Observer {
  readonly frames: readonly Frame[];
  /** Waits for a frame that comes from now on. */
  frame(is: (frame: Frame) => boolean): Promise<void>;
  /** Everything that the client asked and got so far. */
  requests(): Promise<readonly Request[]>;
  end(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("frames.pl", import.meta.url));

/** Five requests a second in all, each by itself; a page counts when a web node of the lab has made it. */
const LOOP = `rm -f /run/observer.log
(for source in ${SOURCES.join(" ")}; do
  (while [ -e /run/observer ]; do
    sent=$(date +%s.%N)
    page=$(curl -qs -m 0.8 --interface $source http://${VIP}/)
    case $page in web1|web2) echo "$source $sent 1" ;; *) echo "$source $sent 0" ;; esac >>/run/observer.log
    sleep 0.5
  done) &
done) </dev/null >/dev/null 2>&1 &`;

export async function observe(): Promise<Observer> {
  await must("client", `touch /run/observer\n${LOOP}`);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const child = spawn("nsenter", [`--net=${NAMESPACE_PATH}`, "perl", SCRIPT, VIP, ...ports()], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let rest = "";
  const ready = new Promise<void>((resolve, reject) => {
    child.on("close", () => reject(new Error("the frames' reader has ended")));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (lines.includes("ready")) resolve();
      frames.push(...lines.filter((line) => line !== "ready").map(frameOf));
      for (const hear of waiting) hear();
    });
  });
  await ready;
  return {
    frames,
    frame: (is) =>
      new Promise((resolve) => {
        const from = frames.length;
        const hear = (): void => {
          if (!frames.slice(from).some(is)) return;
          waiting.delete(hear);
          resolve();
        };
        waiting.add(hear);
      }),
    requests: async () => (await must("client", "cat /run/observer.log")).trim().split("\n").map(requestOf),
    end: async () => {
      child.removeAllListeners("close");
      child.kill();
      await must("client", "rm -f /run/observer");
    },
  };
}

/** `lb1=tap-lb1`: the directors' ports of the bridge, whatever they run in. */
function ports(): readonly string[] {
  const { stdout } = spawnSync("nsenter", [`--net=${NAMESPACE_PATH}`, "ip", "-br", "link"], { encoding: "utf8" });
  return [...stdout.matchAll(/^((?:tap|vb)-(lb\d))\b/gm)].map(([, port = "", host = ""]) => `${host}=${port}`);
}

function frameOf(line: string): Frame {
  const [at = "", host = "", ...what] = line.split(" ");
  return { at: Number(at), host, what: what.join(" ") };
}

function requestOf(line: string): Request {
  const [source = "", sent = "", served] = line.split(" ");
  return { source, sent: Number(sent), served: served === "1" };
}

/** The longest time from one served request of a source to the next, seconds; of the source that fared worst. */
export function worstGap(requests: readonly Request[]): number {
  return Math.max(
    ...SOURCES.map((source) => {
      const served = requests.filter((each) => each.source === source && each.served).map(({ sent }) => sent);
      return Math.max(...served.slice(1).map((sent, index) => sent - (served[index] ?? sent)));
    }),
  );
}

/** Sources whose last requests were not all served. */
export function unservedAtEnd(requests: readonly Request[], last = 3): readonly string[] {
  return SOURCES.filter((source) => {
    const own = requests.filter((each) => each.source === source).slice(-last);
    return own.length < last || own.some(({ served }) => !served);
  });
}

/** Directors that clients' requests were sent to since a moment, in order, each change once. */
export function servedBy(frames: readonly Frame[]): readonly string[] {
  const hosts = frames.filter(({ what }) => what.startsWith("syn")).map(({ host }) => host);
  return hosts.filter((host, index) => host !== hosts[index - 1]);
}

/** Directors that sent advertisements within the last seconds of what was seen. */
export function advertising(frames: readonly Frame[], seconds: number): readonly string[] {
  const end = Date.now() / 1000 - seconds;
  const hosts = frames.filter(({ at, what }) => at >= end && what.startsWith("advert")).map(({ host }) => host);
  return [...new Set(hosts)];
}
