/**
 * Asking the VIP from a client at a fixed rate. Each probe is a curl of its own, begun on time whatever became of the
 * ones before it, over a new TCP connection (keep-alive would hide an outage), with a short deadline (a lost SYN is
 * repeated only after a second). The prober ends by itself: when its time is up, or when its connection goes.
 */
import { sh } from "../sh.ts";
import type { Channel, Transport } from "../remote/transport.ts";
import type { Probe } from "./outage.ts";

export interface ProbeOptions {
  readonly url: string;
  /** Probes a second. */
  readonly rate: number;
  /** Seconds until a probe counts as lost. */
  readonly timeout: number;
  /** Seconds after which the prober ends in any case. */
  readonly limit: number;
}

export interface Prober {
  readonly probes: readonly Probe[];
  /** The client's clock less ours, seconds. */
  readonly offset: () => number;
  /** Ends it and waits for the probes that are out. */
  stop(): Promise<void>;
}

/** @throws Error when the client has no curl. */
export async function startProber(transport: Transport, options: ProbeOptions): Promise<Prober> {
  const channel = await transport.exec("exec /bin/sh");
  const probes: Probe[] = [];
  const clock = { offset: 0 };
  const ready = listen(channel, probes, clock);
  channel.write(proberScript(options));
  await ready;
  return {
    probes,
    offset: () => clock.offset,
    stop: async () => {
      channel.end();
      await channel.ended;
    },
  };
}

/** `watch` reads standard input to its end, which comes with `stop` or with the loss of the connection. */
function proberScript(options: ProbeOptions): string {
  const { url, rate, timeout, limit } = options;
  const pause = (1 / rate).toFixed(3);
  return sh`{
command -v curl >/dev/null || { echo "N the client has no curl"; exit 127; }
nl='
'
probe() {
  sent=$(date +%s.%N)
  body=$(curl -s -m ${timeout} -w '\n%{http_code}' ${url} 2>/dev/null)
  exit=$?
  printf 'P %s %s %.64s %s %s\n' "$sent" "$(date +%s.%N)" "\${body%%"$nl"*}" "\${body##*"$nl"}" "$exit"
}
printf 'R %s\n' "$(date +%s.%N)"
( end=$(( $(date +%s) + ${limit} ))
  while [ "$(date +%s)" -lt "$end" ]; do probe & sleep ${pause}; done ) </dev/null &
loop=$!
cat >/dev/null
kill "$loop" 2>/dev/null
wait
sleep ${timeout}
}
`.text();
}

function listen(channel: Channel, probes: Probe[], clock: { offset: number }): Promise<void> {
  let rest = "";
  return new Promise((resolve, reject) => {
    const line = (text: string): void => {
      if (text.startsWith("R ")) {
        clock.offset = Number(text.slice(2)) - Date.now() / 1000;
        resolve();
      } else if (text.startsWith("N ")) reject(new Error(text.slice(2)));
      else if (text.startsWith("P ")) probes.push(parseProbe(text));
    };
    channel.onData((chunk) => {
      const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(line);
    });
    channel.onError(() => undefined);
    void channel.ended.then(() => reject(new Error("the prober on the client ended before it began")));
  });
}

/** curl(1), EXIT CODES: those that an outage shows. */
const CURL: Readonly<Record<string, string>> = {
  "7": "refused",
  "28": "timed out",
  "52": "empty answer",
  "56": "reset",
};

/** `P SENT ENDED FIRST-LINE HTTP-CODE CURL-CODE` */
export function parseProbe(line: string): Probe {
  const words = line.trim().split(" ");
  const [sent, ended] = [Number(words[1]), Number(words[2])];
  const [http = "", exit = ""] = words.slice(-2);
  const body = words.slice(3, -2).join(" ");
  const good = exit === "0" && /^[23]\d\d$/.test(http);
  const wrong = exit === "0" ? `HTTP ${http}` : (CURL[exit] ?? `curl ${exit}`);
  return { sent, ended, good, said: good ? body : wrong };
}
