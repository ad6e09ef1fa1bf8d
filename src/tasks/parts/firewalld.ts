/**
 * Asking firewalld what it holds without firewall-cmd, which takes 200 ms of CPU a call where busctl takes 5: what holds at
 * run time by D-Bus (firewalld.dbus(5)), what is permanent by its files.
 */
import { nothing, sh } from "../../sh.ts";
import type { Sh } from "../../sh.ts";
import { Blocked } from "../../task.ts";
import type { Output } from "../../task.ts";
import { readBusctl } from "./busctl.ts";
import type { BusValue } from "./busctl.ts";
import { Malformed, readXml } from "./xml.ts";
import type { Element } from "./xml.ts";

/**
 * Shell in front of every look at firewalld. `ask KEY VERB INTERFACE …` prints `KEY REPLY`, or `no-KEY` and why not, and
 * leaves what was said in `$said`; `print_file PATH …` prints `file PATH` and the content of the first one that is there, or `file -`.
 * A look starts nothing: `--auto-start=no`.
 */
const ASK = sh`need firewall-cmd firewalld
need busctl systemd
[ -x /etc/firewalld ] || { echo 'only root can look into /etc/firewalld' >&2; exit 1; }
bus=org.fedoraproject.FirewallD1
ask() {
key=$1 verb=$2 part=$3
shift 3
if said=$(busctl --auto-start=no "$verb" $bus /org/fedoraproject/FirewallD1 $bus$part "$@" 2>&1)
then printf '%s %s\n' "$key" "$said"
else printf 'no-%s %s\n' "$key" "$said"; return 1
fi
}
print_file() {
for file in "$@"; do
[ -e "$file" ] || continue
printf 'file %s\n' "$file"
cat "$file" || exit
return
done
echo 'file -'
}`;

/** The default zone, and all that a zone holds (the default zone where none is given). */
export function zoneLook(zone: string | undefined, device?: string): Sh {
  return sh`${ASK}${device === undefined ? nothing : networkManager(device)}
zone=${zone ?? ""} kept=
if [ -e /etc/firewalld/firewalld.conf ]; then
while IFS=' =' read -r key value rest || [ -n "$key" ]; do
[ "$key" != DefaultZone ] || [ -n "$kept$rest" ] || kept=$value
done </etc/firewalld/firewalld.conf
fi
printf 'kept %s\n' "\${kept:=public}"
if ask state get-property '' state && ask default call '' getDefaultZone; then
said=\${said#'s "'}
zone=\${zone:-\${said%'"'}}
ask settings call '' getZoneSettings s "$zone" || :
fi
printf 'name %s\n' "\${zone:=$kept}"
print_file "/etc/firewalld/zones/$zone.xml" "/usr/lib/firewalld/zones/$zone.xml"`;
}

/** The zone that NetworkManager keeps for the connection of a device: there the binding is permanent (nm-settings(5)). */
function networkManager(device: string): Sh {
  return sh`
if command -v nmcli >/dev/null && path=$(nmcli -t -f GENERAL.CON-PATH device show ${device} 2>/dev/null); then
path=\${path#*:}
case $path in /*)
bound=$(nmcli -t -f connection.zone connection show apath "$path" 2>/dev/null) || bound=
printf 'networkmanager %s\n' "\${bound#*:}"
esac
fi`;
}

/** All direct rules, or all chains of the direct interface. */
export function directLook(what: "rules" | "chains"): Sh {
  const method = what === "rules" ? "getAllRules" : "getAllChains";
  return sh`${ASK}
if ask state get-property '' state; then ask direct call .direct ${method} || :; fi
print_file /etc/firewalld/direct.xml`;
}

/** What a look brought back. */
export interface Answers {
  /** firewalld answers. Without it there is no runtime, and no reply. */
  readonly running: boolean;
  /** By key, without the quotes and signatures of busctl. */
  readonly replies: ReadonlyMap<string, readonly BusValue[]>;
  /** By key: what firewalld said instead. */
  readonly refusals: ReadonlyMap<string, string>;
  /** Plain lines of the look: `kept`, `name`, `networkmanager`. */
  readonly words: ReadonlyMap<string, string>;
  /** The file that was printed; `undefined` where there is none. */
  readonly file: { readonly path: string; readonly root: Element } | undefined;
}

export function readAnswers(seen: Output): Answers | Blocked {
  if (seen.code !== 0) return new Blocked(seen.err.trim() || `the look at firewalld ended with ${seen.code}`);
  const [, head = "", path = "-", body = ""] = /^([\s\S]*?)^file (.*)\n([\s\S]*)$/m.exec(seen.out) ?? [];
  const words = new Map([...head.matchAll(/^(\S+) ?(.*)$/gm)].map(([, key = "", rest = ""]) => [key, rest] as const));
  const running = isRunning(words);
  if (running instanceof Blocked) return running;
  const file = path === "-" ? undefined : parsed(path, body);
  if (file instanceof Blocked) return file;
  return { running, replies: repliesIn(words), refusals: refusalsIn(words), words, file };
}

function repliesIn(words: ReadonlyMap<string, string>): ReadonlyMap<string, readonly BusValue[]> {
  return new Map(
    [...words].flatMap(([key, line]) => {
      const reply = ["default", "settings", "direct"].includes(key) ? readBusctl(line) : undefined;
      return reply === undefined ? [] : [[key, reply] as const];
    }),
  );
}

function refusalsIn(words: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const refused = [...words].filter(([key]) => key.startsWith("no-"));
  return new Map(refused.map(([key, line]) => [key.slice(3), line.replace(/^Call failed: /, "")]));
}

/** What D-Bus says of a name that nobody has, in dbus-daemon's and dbus-broker's words; or when there is no bus. */
const NOBODY =
  /not provided by any|does not exist|no owner|disconnected from message bus|could not activate|(connect to|create).* bus.*(no such file|refused)/i;

function isRunning(words: ReadonlyMap<string, string>): boolean | Blocked {
  const [state] = readBusctl(words.get("state") ?? "") ?? [];
  if (state === "RUNNING") return true;
  if (state === "FAILED") {
    const hint = "`firewall-cmd --check-config` says what is wrong; then restart firewalld";
    return new Blocked("firewalld could not load its configuration and runs with a stock one (state FAILED)", hint);
  }
  if (state !== undefined) return new Blocked(`firewalld is not ready (state ${String(state)})`);
  const why = words.get("no-state") ?? "busctl said nothing";
  return NOBODY.test(why) ? false : new Blocked(`firewalld cannot be asked: ${why}`);
}

function parsed(path: string, text: string): Answers["file"] | Blocked {
  const root = readXml(text);
  return root instanceof Malformed ? new Blocked(`${path} is not well-formed: ${root.why}`) : { path, root };
}

/** Both stores are wanted, or one of them. */
export interface Stores {
  readonly runtime: boolean;
  readonly permanent: boolean;
}

/** Why the runtime cannot be judged. */
export function notRunning(stores: Stores): Blocked | undefined {
  if (!stores.runtime) return undefined;
  return new Blocked("firewalld is not running", "start it with the `service` task, or say `immediate: false`");
}

/** The command for a store; while firewalld is stopped there is a tool of its own for its files. */
export function commandFor(store: keyof Stores, running: boolean): Sh {
  if (store === "runtime") return sh`firewall-cmd`;
  return running ? sh`firewall-cmd --permanent` : sh`firewall-offline-cmd`;
}
