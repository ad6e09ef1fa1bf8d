/**
 * The shell that asks firewalld what it holds, without firewall-cmd, which takes 200 ms of CPU a call where busctl takes 8: what
 * holds at run time by D-Bus (firewalld.dbus(5)), what is permanent by its files.
 *
 * Each list of a zone is asked for by itself: `getZoneSettings`, which has them all, fills in what was loaded where a list was
 * emptied at run time (firewalld 0.9 to 2.2).
 */
import { call, lines, sh } from "../core/shell.ts";
import type { Sh, ShFunction } from "../core/shell.ts";
import { namesIn } from "./names.ts";
import { portsText } from "./port-range.ts";
import { ruleText } from "./rich-rule.ts";
import type { Item } from "./zone.ts";
import { writtenAs } from "./zone-xml.ts";

/** What all looks in a batch ask firewalld is asked once. */
const AHEAD = "firewalld";

/**
 * `firewalld` begins a look: it prints `state REPLY`, or `no-state` and why not. It starts nothing: `--auto-start=no`.
 *
 * `fwd_ask KEY` leaves the answer to a key in `$fwd_said`, or why there is none in `$fwd_why`. A key is `state`, `came` (client,
 * server and port of the ssh connection), `device` (the interface that has the server's address), `file FOLDER NAME` (`file PATH` and the content; `file -`), or
 * `INTERFACE METHOD [SIGNATURE ARGUMENT]` of D-Bus, `-` for the interface without a suffix. `@` at its end is the default zone.
 */
const BEGIN: ShFunction = {
  name: "firewalld",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`fwd_bus=org.fedoraproject.FirewallD1
fwd_say() {
  case $1 in
  *' @')
    fwd_ask '- getDefaultZone' || { fwd_got="no $fwd_why"; return; }
    fwd_said=\${fwd_said#'s "'}
    set -- "\${1%@}\${fwd_said%'"'}" ;;
  esac
  set -f
  set -- $1
  set +f
  case $1 in
  came) fwd_from; return ;;
  device) fwd_device; return ;;
  file) fwd_read "$2\${3:+/$3}"; return ;;
  state) set -- - get-property state ;;
  *)
    fwd_part=$1
    shift
    set -- "$fwd_part" call "$@" ;;
  esac
  fwd_part=\${1#-} fwd_verb=$2
  shift 2
  if fwd_got=$(busctl --auto-start=no "$fwd_verb" $fwd_bus /org/fedoraproject/FirewallD1 "$fwd_bus$fwd_part" "$@" 2>&1)
  then fwd_got="ok $fwd_got"; else fwd_got="no $fwd_got"; fi
}
fwd_from() {
  fwd_from=$SSH_CONNECTION fwd_pid=$$
  while [ -z "$fwd_from" ] && [ "\${fwd_pid:-0}" -gt 1 ]; do
    fwd_from=$(tr '\0' '\n' 2>/dev/null <"/proc/$fwd_pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
    fwd_pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$fwd_pid/status" 2>/dev/null) || fwd_pid=
  done
  set -- $fwd_from
  case $1 in UNKNOWN) set -- ;; esac
  fwd_got="ok \${1:--} \${3:--} \${4:-22}"
}
fwd_device() {
  fwd_ask came
  set -- $fwd_said
  fwd_got=ok
  [ "$2" != - ] || return 0
  set -- $(ip -o addr show to "\${2%\%*}" 2>/dev/null)
  fwd_got="ok $2"
}
fwd_read() {
  fwd_got='ok file -'
  for fwd_path in "/etc/firewalld/$1.xml" "/usr/lib/firewalld/$1.xml"; do
    [ -e "$fwd_path" ] || continue
    fwd_got="ok file $fwd_path
$(cat "$fwd_path" 2>&1)"
    return 0
  done
}
fwd_ask() {
  if recall firewalld "$1"; then fwd_got=$recalled; else fwd_say "$1"; fi
  fwd_why=\${fwd_got#no }
  case $fwd_got in ok*) fwd_said=\${fwd_got#ok}; fwd_said=\${fwd_said# } ;; *) return 1 ;; esac
}
ahead_firewalld() {
  for fwd_each; do
    recall firewalld "$fwd_each" || { fwd_say "$fwd_each"; learn firewalld "$fwd_each" "$fwd_got"; }
    case $fwd_each:$fwd_got in state:no*) return 0 ;; esac
  done
}
firewalld() {
  need firewall-cmd firewalld
  need busctl systemd
  [ -x /etc/firewalld ] || { echo 'only root can look into /etc/firewalld' >&2; exit 1; }
  fwd_up= fwd_zone= fwd_list= fwd_there= fwd_done= fwd_stake=
  if fwd_ask state; then fwd_up=1; printf 'state %s\n' "$fwd_said"; else printf 'no-state %s\n' "$fwd_why"; fi
}
fwd_conf() {
  fwd_kept=
  if [ -e /etc/firewalld/firewalld.conf ]; then
    while IFS=' =' read -r fwd_word fwd_value fwd_rest || [ -n "$fwd_word" ]; do
      [ "$fwd_word" != DefaultZone ] || [ -n "$fwd_kept$fwd_rest" ] || fwd_kept=$fwd_value
    done </etc/firewalld/firewalld.conf
  fi
  printf 'kept %s\n' "\${fwd_kept:=public}"
}
fwd_print() { if fwd_ask "$2"; then printf '%s %s\n' "$1" "$fwd_said"; else printf 'no-%s %s\n' "$1" "$fwd_why"; return 1; fi; }`.text(),
};

/** `firewalld_default` prints `kept`, the default zone of firewalld.conf, and `default`, that of now. */
const DEFAULT: ShFunction = {
  name: "firewalld_default",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_default() {
  fwd_conf
  fwd_now=$fwd_kept
  [ -n "$fwd_up" ] || return 0
  fwd_print default '- getDefaultZone' || return 0
  fwd_now=\${fwd_said#'s "'}
  fwd_now=\${fwd_now%'"'}
}`.text(),
};

/** `firewalld_zone [ZONE]` prints `name`: the zone, or the default zone. */
const ZONE: ShFunction = {
  name: "firewalld_zone",
  leavesShellUnchanged: true,
  text: sh`firewalld_zone() { fwd_zone=\${1-$fwd_now}; printf 'name %s\n' "$fwd_zone"; }`.text(),
};

/** `firewalld_is_default`, after the two: prints `there` where the zone is the default one, now and in firewalld.conf; then nothing more is printed. */
const IS_DEFAULT: ShFunction = {
  name: "firewalld_is_default",
  leavesShellUnchanged: true,
  text: sh`firewalld_is_default() {
  [ "$fwd_up $fwd_kept $fwd_now" != "1 $fwd_zone $fwd_zone" ] || { fwd_done=1; echo there; }
}`.text(),
};

/**
 * `firewalld_list LABEL KEY` prints `LABEL REPLY`, or `no-LABEL` and why not, with `if` behind them
 * only where ssh is at stake.
 */
const LIST: ShFunction = {
  name: "firewalld_list",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_list() {
  [ -n "$fwd_up" ] && [ -z "$fwd_done" ] || return 0
  [ -z "$3" ] || [ -n "$fwd_stake" ] || return 0
  if fwd_print "$1" "$2"; then fwd_list=$fwd_said; fi
}`.text(),
};

/**
 * `firewalld_item LABEL KEY TEXT STORES ZONE WRITTEN` prints `there` where the item stands word for word in the reply to the key and in the
 * zone's file, or in that of the two that is judged (`both`, `runtime`, `permanent`); then nothing more is printed. Else it does as `firewalld_list`.
 */
const ITEM: ShFunction = {
  name: "firewalld_item",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_item() {
  [ -n "$fwd_up" ] || return 0
  fwd_ask "$2" || { printf 'no-%s %s\n' "$1" "$fwd_why"; return 0; }
  fwd_list=$fwd_said
  case $fwd_list in *"$3"*) fwd_there=1 ;; esac
  case $4:$fwd_there in
  runtime:1) fwd_done=1 ;;
  both:1 | permanent:*) ! fwd_ask "file zones $5" || case $fwd_said in *'<!--'*) ;; *"$6"*'</zone>'*) fwd_done=1 ;; esac ;;
  esac
  if [ -n "$fwd_done" ]; then echo there; else printf '%s %s\n' "$1" "$fwd_list"; fi
}`.text(),
};

/** What a look asks firewalld itself about a thing that a list does not hold word for word: whether it would take it. */
const QUERY: ShFunction = {
  name: "firewalld_takes",
  leavesShellUnchanged: true,
  text: sh`firewalld_takes() {
  [ -z "$fwd_done" ] && [ -n "$fwd_up" ] && [ -z "$fwd_there" ] || return 0
  fwd_method=$1 fwd_types=$2
  shift 2
  fwd_said=$(busctl --auto-start=no -- call $fwd_bus /org/fedoraproject/FirewallD1 $fwd_bus.zone "$fwd_method" "s$fwd_types" "$fwd_zone" "$@" 2>&1) || printf 'no-take %s\n' "$fwd_said"
}`.text(),
};

/**
 * `firewalld_knows FOLDER NAME`, for a service, an ipset or an ICMP type that something names: prints `no-file FOLDER NAME` where there is no file
 * of it, `unknown FOLDER NAME` where firewalld does not know it at run time.
 */
const KNOWS: ShFunction = {
  name: "firewalld_knows",
  leavesShellUnchanged: true,
  text: sh`firewalld_knows() {
  [ -z "$fwd_done" ] || return 0
  [ -e "/etc/firewalld/$1/$2.xml" ] || [ -e "/usr/lib/firewalld/$1/$2.xml" ] || printf 'no-file %s %s\n' "$1" "$2"
  [ -n "$fwd_up" ] && [ -z "$fwd_there" ] || return 0
  case $1 in
  services) fwd_ask ".zone queryService ss $fwd_zone $2" ;;
  icmptypes) fwd_ask ".zone queryIcmpBlock ss $fwd_zone $2" ;;
  ipsets) fwd_ask ".ipset queryIPSet s $2" && [ "$fwd_said" = 'b true' ] ;;
  esac || printf 'unknown %s %s\n' "$1" "$2"
}`.text(),
};

/**
 * `firewalld_came WHEN [FIRST LAST]` prints `came CLIENT SERVER PORT` where ssh is at stake: the thing is there (`there`, in the
 * zone's file, too), is not there (`gone`), is not the default zone yet (`default`), or in any case (`any`); given ports, the connection came in by one of them.
 * Then `device`, `active` and `default` say which zone it came in by.
 */
const CAME: ShFunction = {
  name: "firewalld_came",
  leavesShellUnchanged: true,
  text: sh`firewalld_came() {
  [ -z "$fwd_done" ] || return 0
  case $1 in
  gone) [ -z "$fwd_there" ] || return 0 ;;
  there) [ -n "$fwd_there" ] || { fwd_ask "file zones $fwd_zone" && case $fwd_said in *"$4"*) ;; *) false ;; esac; } || return 0 ;;
  default) [ "$fwd_kept $fwd_now" != "$fwd_zone $fwd_zone" ] || return 0 ;;
  esac
  fwd_ask came
  fwd_port=\${fwd_said##* }
  [ "$fwd_port" -ge "$2" ] && [ "$fwd_port" -le "$3" ] || return 0
  fwd_stake=1
  printf 'came %s\n' "$fwd_said"
  [ -n "$fwd_up" ] || { fwd_conf; return; }
  fwd_print device device
  fwd_print default '- getDefaultZone' || :
  fwd_print active '.zone getActiveZones' || :
}`.text(),
};

/** `firewalld_file KEY` ends a look: `file PATH` and its content, or `file -`. While firewalld is stopped the default zone is that of firewalld.conf. */
const FILE: ShFunction = {
  name: "firewalld_file",
  prefetch: AHEAD,
  leavesShellUnchanged: true,
  text: sh`firewalld_file() {
  [ -z "$fwd_done" ] || { echo 'file -'; return; }
  case $fwd_up:$1 in :*' @') set -- "\${1%@}$fwd_zone" ;; esac
  if fwd_ask "file $1"; then printf '%s\n' "$fwd_said"; else echo 'file -'; fi
}`.text(),
};

/** What a look at a zone is to find out. */
export interface ZoneQuestion {
  /** `undefined`: the default zone. */
  readonly zone: string | undefined;
  /** `undefined`: it is about the default zone itself. */
  readonly item: Item | undefined;
  readonly enabled: boolean;
  readonly judged: "both" | "runtime" | "permanent";
  /** When ssh is at stake; `undefined`: it is not, or that is all the same. */
  readonly stake: Stake | undefined;
}

/** `WHEN` of `firewalld_came`, and the ports that the connection must have come in by. */
export interface Stake {
  readonly when: "gone" | "there" | "default" | "any";
  readonly first: number;
  readonly last: number;
  /** What is left when an interface or a source goes: the default zone. */
  readonly fallsBack: boolean;
}

/** Labels and methods of what decides whether a zone lets ssh in. */
const WAYS = { services: "getServices", ports: "getPorts", protocols: "getProtocols", rules: "getRichRules" };

const OWN: Readonly<Record<Item["is"], readonly [label: string, method: string]>> = {
  service: ["services", "getServices"],
  port: ["ports", "getPorts"],
  protocol: ["protocols", "getProtocols"],
  "rich-rule": ["rules", "getRichRules"],
  source: ["sources", "getSources"],
  interface: ["interfaces", "getInterfaces"],
  masquerade: ["masquerade", "queryMasquerade"],
};

/** The label of the list that an item is looked for in; without one that of the zone. */
export function ownLabel(item: Item | undefined): string {
  return item === undefined ? "settings" : OWN[item.is][0];
}

export function zoneLook(question: ZoneQuestion): Sh {
  const { zone, item } = question;
  const at = zone ?? "@";
  const asksDefault = zone === undefined || item === undefined;
  return lines([
    call(BEGIN, [], "state"),
    ...(item?.is === "interface" ? [networkManager(item.name)] : []),
    ...(asksDefault ? [call(DEFAULT, [], "- getDefaultZone")] : []),
    call(ZONE, zone === undefined ? [] : [zone]),
    ...(item === undefined ? [call(IS_DEFAULT, []), setting(at)] : aboutItem(item, at, question)),
    ...stakeLook(question, at),
    call(FILE, [`zones ${at}`], `file zones ${at}`),
  ]);
}

/** Asked for where the zone is not the default one, and not ahead. */
function setting(at: string): Sh {
  return call(LIST, ["settings", `- getZoneSettings s ${at}`]);
}

function list(label: string, method: string, at: string, ifAtStake = false): Sh {
  const key = `${method} s ${at}`;
  return ifAtStake ? call(LIST, [label, key, "if"]) : call(LIST, [label, key], key);
}

function aboutItem(item: Item, at: string, { enabled, judged }: ZoneQuestion): readonly Sh[] {
  const [label, method] = OWN[item.is];
  const key = `.zone ${method} s ${at}`;
  return [
    call(ITEM, [label, key, inReply(item), ...(enabled ? [judged, at, writtenAs(item)] : [])], key),
    ...(enabled ? takes(item) : []),
  ];
}

/** The item as it stands in busctl's line where it is spelt as firewalld spells it. */
function inReply(item: Item): string {
  switch (item.is) {
    case "service":
    case "protocol":
    case "source":
    case "interface":
      return quoted(item.name);
    case "rich-rule":
      return quoted(ruleText(item.rule));
    case "port":
      return `${quoted(portsText(item.range))} ${quoted(item.range.protocol)}`;
    case "masquerade":
      return "true";
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["'\\]/g, "\\$&")}"`;
}

/** firewalld's own verdict on what it may never have heard of. */
function takes(item: Item): readonly Sh[] {
  const known = namesIn(item).map(({ folder, name }) => call(KNOWS, [folder, name]));
  switch (item.is) {
    case "protocol":
      return [call(QUERY, ["queryProtocol", "s", item.name])];
    case "rich-rule":
      return [call(QUERY, ["queryRichRule", "s", ruleText(item.rule)]), ...known];
    case "source":
    case "service":
      return known;
    case "port":
    case "interface":
    case "masquerade":
      return [];
  }
}

function stakeLook({ stake, item }: ZoneQuestion, at: string): readonly Sh[] {
  if (stake === undefined) return [];
  const { when, first, last, fallsBack } = stake;
  const came = call(CAME, [when, String(first), String(last), item === undefined ? "" : inReply(item)]);
  const own = ownLabel(item);
  const ways = (zone: string, prefix: string): readonly Sh[] =>
    [...Object.entries(WAYS).map(([label, method]) => [label, `.zone ${method}`] as const), SETTINGS]
      .filter(([label]) => prefix !== "" || label !== own)
      .map(([label, method]) => list(prefix + label, method, zone, true));
  return [came, ...ways(at, ""), ...(fallsBack ? ways("@", OTHER) : [])];
}

const SETTINGS = ["settings", "- getZoneSettings"] as const;

/** In front of the labels of the zone that takes over. */
export const OTHER = "other-";

/** The zone that NetworkManager keeps for the connection of a device: there the binding is permanent (nm-settings(5)). */
function networkManager(device: string): Sh {
  return call(NETWORK_MANAGER, [device]);
}

const NETWORK_MANAGER: ShFunction = {
  name: "firewalld_bound",
  leavesShellUnchanged: true,
  text: sh`firewalld_bound() {
  command -v nmcli >/dev/null && fwd_path=$(nmcli -t -f GENERAL.CON-PATH device show "$1" 2>/dev/null) || return 0
  fwd_path=\${fwd_path#*:}
  case $fwd_path in /*)
    fwd_bound=$(nmcli -t -f connection.zone connection show apath "$fwd_path" 2>/dev/null) || fwd_bound=
    printf 'networkmanager %s\n' "\${fwd_bound#*:}" ;;
  esac
}`.text(),
};

/** `firewalld_lacks COMMAND …` prints `lacks COMMAND` where the host has none of them. */
const LACKS: ShFunction = {
  name: "firewalld_lacks",
  leavesShellUnchanged: true,
  text: sh`firewalld_lacks() { command -v "$1" >/dev/null || [ -e "/usr/sbin/$1" ] || printf 'lacks %s\n' "$1"; }`.text(),
};

/** All direct rules, or all chains of the direct interface. `tool`: what firewalld puts them into the kernel with. */
export function directLook(what: "rules" | "chains", tool: string, stake: Stake | undefined): Sh {
  const key = `.direct ${what === "rules" ? "getAllRules" : "getAllChains"}`;
  return lines([
    call(BEGIN, [], "state"),
    call(LIST, ["direct", key], key),
    call(LACKS, [tool]),
    ...(stake === undefined ? [] : [call(CAME, [stake.when, String(stake.first), String(stake.last)])]),
    call(FILE, ["direct"], "file direct"),
  ]);
}
