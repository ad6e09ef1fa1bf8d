/**
 * Sends requests from a client to the VIP at a fixed rate, from each of its sources in turn. Each probe is a curl of
 * its own, which starts on time even if earlier ones have not ended. It uses a new TCP connection, because keep-alive
 * would hide an outage. Its deadline is short, because a lost SYN is repeated only after a second. The prober ends by
 * itself when its time is up or its connection is lost.
 */
import { sh } from "../core/shell.ts";
import { elsewhere, portOf } from "../tasks/parts/curl.ts";
import type { Channel } from "../remote/transport/transport.ts";
import type { Probe } from "./outage.ts";
import { isRight } from "./vantage.ts";
import type { Site } from "./vantage.ts";

export interface ProbeOptions {
  readonly site: Pick<Site, "url" | "connectTo" | "insecure" | "sources" | "statuses" | "body">;
  /** Probes per second, of all sources together. */
  readonly rate: number;
  /** Seconds until a probe counts as lost. */
  readonly timeout: number;
  /** Seconds after which the prober ends in any case. */
  readonly limit: number;
}

export interface Prober {
  readonly probes: readonly Probe[];
  /**
   * The client's clock now, or a little later; `undefined`: it does not answer. Probes are compared only with this
   * clock.
   */
  mark(): Promise<number | undefined>;
  /** Its connection was lost. */
  readonly lost: boolean;
  /** Ends it and waits for the probes that are under way. */
  stop(): Promise<void>;
}

/** @throws Error when the client has no curl. */
export async function startProber(channel: Channel, options: ProbeOptions): Promise<Prober> {
  const prober = new ShellProber(channel, options);
  await prober.begin();
  return prober;
}

/** Each line on standard input is a mark; its end comes with `stop` or with the loss of the connection. */
function proberScript({ site, rate, timeout, limit }: ProbeOptions): string {
  const { url, sources, body = "" } = site;
  const how = [...(site.insecure ? ["-k"] : []), ...connecting(site)];
  const pause = (1 / rate).toFixed(3);
  return sh`{
command -v curl >/dev/null || { echo "N the client has no curl"; exit 127; }
nl='
'
probe() {
  number=$1
  if [ -z "$2" ]; then set --; else set -- --interface "$2"; fi
  sent=$(date +%s.%N)
  page=$(curl -qgs --noproxy '*' -m ${timeout} ${how} "$@" -w '\n%{http_code}' ${url} 2>/dev/null)
  exit=$?
  status=\${page##*"$nl"} page=\${page%"$nl"*}
  case $page in (*${body}*) found=1 ;; (*) found=0 ;; esac
  printf 'P %s %s %s %s %s %s %.64s\n' "$number" "$sent" "$(date +%s.%N)" "$status" "$exit" $found "\${page%%"$nl"*}"
}
echo R
( end=$(( $(date +%s) + ${limit} ))
  while [ "$(date +%s)" -lt "$end" ]; do
    number=0
    for source in ${sources.length === 0 ? [""] : sources}; do probe $number "$source" & number=$((number + 1)); sleep ${pause}; done
  done ) </dev/null &
loop=$!
while read -r mark; do echo "M $mark $(date +%s.%N)"; done
kill "$loop" 2>/dev/null
wait
sleep ${timeout}
}
`.text();
}

function connecting({ url, connectTo }: ProbeOptions["site"]): readonly string[] {
  const parsed = new URL(url);
  return connectTo === undefined ? [] : elsewhere(parsed, { address: connectTo, port: portOf(parsed) });
}

/** Seconds that a client has to answer a mark. */
const MARK_SECONDS = 5;

class ShellProber implements Prober {
  readonly probes: Probe[] = [];
  readonly #channel: Channel;
  readonly #options: ProbeOptions;
  readonly #marks = new Map<string, (time: number | undefined) => void>();
  #lost = false;
  #stopped = false;
  #count = 0;
  #rest = "";

  constructor(channel: Channel, options: ProbeOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  get lost(): boolean {
    return this.#lost;
  }

  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.onData((chunk) => this.#lines(chunk, resolve, reject));
      this.#channel.onError(() => undefined);
      void this.#channel.ended.then(() => {
        this.#lost = !this.#stopped;
        for (const answer of this.#marks.values()) answer(undefined);
        reject(new Error("the prober on the client exited at its start"));
      });
      this.#channel.write(proberScript(this.#options));
    });
  }

  #lines(chunk: Uint8Array, ready: () => void, fail: (error: Error) => void): void {
    const lines = (this.#rest + Buffer.from(chunk).toString("utf8")).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "R") ready();
      else if (line.startsWith("N ")) fail(new Error(line.slice(2)));
      else if (line.startsWith("M ")) this.#marked(line);
      else if (line.startsWith("P ")) this.probes.push(parseProbe(line, this.#options.site));
    }
  }

  #marked(line: string): void {
    const [, mark = "", time] = line.split(" ");
    this.#marks.get(mark)?.(Number(time));
  }

  async mark(): Promise<number | undefined> {
    if (this.#lost || this.#stopped) return undefined;
    const mark = String(++this.#count);
    const answer = new Promise<number | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), MARK_SECONDS * 1000);
      this.#marks.set(mark, (time) => (clearTimeout(timer), resolve(time)));
    });
    this.#channel.write(`${mark}\n`);
    const time = await answer;
    this.#marks.delete(mark);
    return time;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#channel.end();
    const seconds = 2 * this.#options.timeout + MARK_SECONDS;
    const timer = setTimeout(() => this.#channel.kill(), seconds * 1000);
    await this.#channel.ended;
    clearTimeout(timer);
  }
}

/** curl(1), EXIT CODES: those that an outage causes. */
const CURL: Readonly<Record<string, string>> = {
  "7": "refused",
  "28": "timed out",
  "45": "the client has no such address",
  "52": "empty answer",
  "56": "reset",
};

/**
 * `P SOURCE-NUMBER SENT ENDED HTTP-CODE CURL-CODE FOUND FIRST-LINE`; `FOUND`: 1 if the page contains the expected text.
 */
export function parseProbe(line: string, site: Pick<Site, "sources" | "statuses">): Probe {
  const [, number, sent, ended, http = "", exit = "", found, ...words] = line.split(" ");
  const page = words.join(" ").trim();
  const common = { source: site.sources[Number(number)] ?? "", sent: Number(sent), ended: Number(ended) };
  if (exit !== "0") return { ...common, good: false, said: CURL[exit] ?? `curl ${exit}` };
  if (!isRight(site, Number(http))) return { ...common, good: false, said: `HTTP ${http}` };
  return found === "1"
    ? { ...common, good: true, said: page }
    : { ...common, good: false, said: `a wrong page: ${page}` };
}
