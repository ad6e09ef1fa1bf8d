/**
 * Checks whether firewalld's memory of its files matches their content. firewalld acts on its memory and writes all of
 * it. It does not notice when the file of a stock zone is created or removed; changes of other files it notices after
 * five seconds. If the two differ, firewall-offline-cmd(1) changes the file, because it reads the file again.
 */
import { call, sh } from "../core/shell.ts";
import type { Sh, ShFunction } from "../core/shell.ts";
import { CALL, INTERFACE, PERMANENT } from "./bus.ts";
import { NotARule, ruleFromXml, ruleText } from "./rich-rule.ts";
import { splitWords, Unclosed } from "../text/shell-words.ts";
import type { Element } from "./xml.ts";

/**
 * What firewalld must remember, as busctl prints it: the beginning of the line, and what newer releases print after it.
 */
export type Remembered = Readonly<{
  /** The directory of the file that it has read. */
  directory: string;
  /** `null` for a stock zone: no other program writes its file. */
  line: readonly [string, string] | null;
}>;

/** What firewalld remembers if it has read this file of a zone. */
export function rememberedZone(path: string, zone: Element): Remembered {
  const directory = path.slice(0, path.lastIndexOf("/"));
  return { directory, line: directory.startsWith("/etc/") ? zoneLines(zone) : null };
}

/** In the order of `org.fedoraproject.FirewallD1.config.zone.getSettings`, from the target on. */
function zoneLines(zone: Element): readonly [string, string] {
  const all = (name: string): readonly Element[] => zone.children.filter((child) => child.name === name);
  const values = (name: string, ...keys: readonly string[]): string =>
    array(all(name).map(({ attributes }) => keys.map((key) => quoted(attributes.get(key) ?? "")).join(" ")));
  const sources = all("source").map(({ attributes: it }) => it.get("address") ?? `ipset:${it.get("ipset") ?? ""}`);
  const rules = all("rule").map((rule) => ruleFromXml(rule));
  const old = [
    quoted(zone.attributes.get("target") ?? "default"),
    values("service", "name"),
    values("port", "port", "protocol"),
    values("icmp-block", "name"),
    String(all("masquerade").length > 0),
    values("forward-port", "port", "protocol", "to-port", "to-addr"),
    values("interface", "name"),
    array(sources.map(quoted)),
    array(rules.map((rule) => quoted(rule instanceof NotARule ? "" : ruleText(rule)))),
  ];
  const inverted = String(all("icmp-block-inversion").length > 0);
  return [old.join(" "), [values("protocol", "value"), values("source-port", "port", "protocol"), inverted].join(" ")];
}

/** What firewalld remembers of direct.xml if it has read this content; `undefined`: there is no such file. */
export function rememberedDirect(direct: Element | undefined): string {
  const all = (name: string): readonly Element[] => direct?.children.filter((child) => child.name === name) ?? [];
  const words = ({ text }: Element): string => {
    const split = splitWords(text);
    return array((split instanceof Unclosed ? [] : split).map(quoted));
  };
  const said = (element: Element, keys: readonly string[]): string =>
    keys.map((key) => quoted(element.attributes.get(key) ?? "")).join(" ");
  const grouped = (elements: readonly Element[], keys: readonly string[]): readonly Element[] => {
    const places = [...new Set(elements.map((element) => said(element, keys)))];
    return places.flatMap((place) => elements.filter((element) => said(element, keys) === place));
  };
  return [
    "(a(sss)a(sssias)a(sas))",
    array(grouped(all("chain"), ["ipv", "table"]).map((chain) => said(chain, ["ipv", "table", "chain"]))),
    array(
      grouped(all("rule"), ["ipv", "table", "chain"]).map((rule) => {
        return `${said(rule, ["ipv", "table", "chain"])} ${rule.attributes.get("priority") ?? "0"} ${words(rule)}`;
      }),
    ),
    array(grouped(all("passthrough"), ["ipv"]).map((each) => `${said(each, ["ipv"])} ${words(each)}`)),
  ].join(" ");
}

function array(entries: readonly string[]): string {
  return [String(entries.length), ...entries].join(" ");
}

/** As systemd's `cescape` writes a string: bytes outside of ASCII in octal. */
function quoted(text: string): string {
  const bytes = [...Buffer.from(text, "utf8")].map((byte) => {
    if (byte < 32 || byte > 126) return `\\${byte.toString(8).padStart(3, "0")}`;
    const character = String.fromCharCode(byte);
    return `"'\\`.includes(character) ? `\\${character}` : character;
  });
  return `"${bytes.join("")}"`;
}

/**
 * `firewalld_object ZONE` sets `$object` to the D-Bus object of a zone's configuration.
 * `firewalld_kept ZONE DIRECTORY [OLD MORE]` does so, too. It is true if firewalld remembers the file in this
 * directory, with the given content.
 */
const KEPT: ShFunction = {
  name: "firewalld_kept",
  text: sh`firewalld_object() {
  object=$(${CALL} ${PERMANENT} ${`${INTERFACE}.config`} getZoneByName s "$1") || return 1
  object=\${object#'o "'}
  object=\${object%'"'}
}
firewalld_kept() {
  firewalld_object "$1" 2>/dev/null || return 1
  kept=$(busctl --auto-start=no get-property ${INTERFACE} "$object" ${`${INTERFACE}.config.zone`} path) || return 1
  [ "$kept" = "s \"$2\"" ] || return 1
  [ $# -gt 2 ] || return 0
  kept=$(${CALL} "$object" ${`${INTERFACE}.config.zone`} getSettings) || return 1
  case \${kept#*' false '} in "$3" | "$3 $4" | "$3 $4 "*) ;; *) return 1 ;; esac
}`.text(),
};

const OBJECT: ShFunction = { name: "firewalld_object", text: KEPT.text };

/** Changes a zone's file: through firewalld if it remembers the file's content, otherwise by the tool for files. */
export function keptZone(zone: string, { directory, line }: Remembered, online: Sh, offline: Sh): Sh {
  return sh`if ${call(KEPT, [zone, directory, ...(line ?? [])])}; then
${online}
else
${offline}
fi`;
}

/** An empty file: firewalld writes its memory and the change, after `undo` has made sure that there is a change. */
export function rewrittenZone(zone: string, undo: Sh, change: Sh): Sh {
  return sh`${call(OBJECT, [zone])}
{
${undo}
} >/dev/null 2>&1 || :
${change}`;
}

/** The same for direct.xml. */
export function keptDirect(line: string, online: Sh, offline: Sh): Sh {
  return sh`if [ "$(${CALL} ${PERMANENT} ${`${INTERFACE}.config.direct`} getSettings)" = ${line} ]; then
${online}
else
${offline}
fi`;
}
