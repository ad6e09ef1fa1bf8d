import { adviceOn, cannotBeFor, secretLinesFor, shownFor, textFor, textForAll, textsOf } from "../keepalived/config.ts";
import type { Config } from "../keepalived/config.ts";
import { canTest, configTest } from "../keepalived/config-test.ts";
import { NEWEST } from "../keepalived/dialect.ts";
import { HEADER } from "../keepalived/print.ts";
import { diffByKey } from "../core/task-instance.ts";
import { REDACTED, Secret } from "../core/secret.ts";
import { lines, sh } from "../core/shell.ts";
import type { Sh } from "../core/shell.ts";
import { Blocked, Untested, taskType } from "../core/task-type.ts";
import type { Advice, Delta, Output } from "../core/task-type.ts";
import { lookAtBytes, lookAtInode, readInode } from "./parts/inode.ts";
import type { FileState } from "./parts/inode.ts";
import { candidate, install, sha256 } from "./parts/install.ts";
import type { Args, State } from "./parts/keepalived-args.ts";
import { args } from "./parts/keepalived-args.ts";

/** Puts dots in the place of passwords, on the host: they do not travel to be shown. */
const MASK = String.raw`s/\(auth_pass[[:space:]]\{1,\}\).*/\1${REDACTED}/
s/^\([[:space:]]*password[[:space:]]\{1,\}\).*/\1${REDACTED}/
/^[[:space:]]*key[[:space:]]*\//b
/^[[:space:]]*key[[:space:]]*file:/b
s/^\([[:space:]]*key[[:space:]]\{1,\}\).*/\1${REDACTED}/`;

function look(given: Args): Sh {
  const { path } = given;
  return lines([
    sh`need keepalived keepalived`,
    lookAtInode(path),
    ...(given.keep_original ? [sh`[ ! -e ${`${path}.org`} ] || echo original`] : []),
    sh`content_sum=; ${lookAtBytes(path)} || exit`,
    ...askVersion(given.config),
    sh`case $content_sum in '' | ${alternatives(given.config)}) ;; *)`,
    sh`  IFS= read -r first <${path} || :`,
    sh`  [ "$first" != ${HEADER} ] || echo ours`,
    sh`  [ "$(stat -c %s ${path})" -gt 65536 ] || { echo content; sed ${MASK} ${path}; } ;;`,
    sh`esac`,
  ]);
}

/** If one text is right for every release, the look need not start keepalived for its version. */
function askVersion(wanted: Config): readonly Sh[] {
  const ask = sh`keepalived --version 2>&1 | sed -n 's/^Keepalived v\([0-9][0-9.]*\).*/version \1/p'`;
  const text = textForAll(wanted);
  return [text === undefined ? ask : sh`[ "$content_sum" = ${sumOf(text, wanted)} ] || ${ask}`];
}

/** The checksums a file that is right may have. */
function alternatives(wanted: Config): Sh {
  const [first = "", ...others] = textsOf(wanted).map((text) => sumOf(text, wanted));
  return others.reduce<Sh>((before, sum) => sh`${before} | ${sum}`, sh`${first}`);
}

/** That of a secret is one, too: it can be guessed against. */
function sumOf(text: string, { secret }: Config): string | Secret {
  const sum = sha256(Buffer.from(text));
  return secret ? new Secret(sum) : sum;
}

function read(seen: Output, given: Args): State | Blocked {
  const file = readInode(seen, given);
  if (file instanceof Blocked) return file;
  const [told = ""] = seen.out.split("\ncontent\n");
  const version = /^version (\S+)$/m.exec(told)?.[1];
  if (version === undefined && !isForAll(file, given.config))
    return new Blocked("`keepalived --version` prints no version");
  const known = version === undefined ? {} : { version };
  if (file === undefined) return { ...known, config: "absent" };
  if ("noParent" in file) return new Blocked(`the directory ${file.noParent} is not there`);
  if (file.kind !== "file") return new Blocked(`${given.path} is ${inWords(file)}`, "give the path of a file");
  const ours = /^ours$/m.test(told);
  return { ...known, ...fileFacts(file, given.config, version ?? NEWEST), ...(ours ? { ours } : {}) };
}

function isForAll(file: ReturnType<typeof readInode>, wanted: Config): boolean {
  const text = textForAll(wanted);
  return text !== undefined && file !== undefined && "sha256" in file && file.sha256 === sha256(Buffer.from(text));
}

function inWords(file: FileState): string {
  return file.kind === "link" ? `a symbolic link to ${file.target ?? "?"}` : `a ${file.kind}`;
}

function fileFacts(file: FileState, wanted: Config, version: string): Omit<State, "version"> {
  const same = file.sha256 === sha256(Buffer.from(textFor(wanted, version)));
  return {
    config: same ? "as wanted" : "another",
    mode: file.mode,
    owner: file.owner,
    group: file.group,
    ...(file.original === true ? { original: true } : {}),
    ...(same ? {} : { text: file.content ?? "long" }),
  };
}

function want(given: Args, seen: State | undefined): Partial<State> | Blocked {
  const version = seen?.version;
  const cannot = version === undefined ? [] : cannotBeFor(given.config, version);
  if (cannot.length > 0) {
    return new Blocked(
      `keepalived ${version ?? ""} is installed, and cannot have this configuration: ${cannot.join("; and ")}`,
      "leave it out for this host, or install a newer keepalived",
    );
  }
  const first = given.keep_original && seen?.config === "another" && seen.ours !== true && seen.original !== true;
  const { mode: bits, owner, group } = given;
  return { config: "as wanted", mode: bits, owner, group, ...(first ? { original: true } : {}) };
}

function act(delta: Delta<State>, given: Args): Sh {
  const { path, owner, group } = given;
  const version = delta.before?.version ?? "";
  if (!delta.keys.includes("config")) return permit(delta, given);
  return install({
    path,
    bytes: Buffer.from(textFor(given.config, version)),
    mode: given.mode,
    owner,
    group,
    check: canTest(version) ? askedAbout(given, version, KEPT) : undefined,
    before: delta.keys.includes("original") ? sh`keep ${path} ${`${path}.org`}` : undefined,
    secret: given.config.secret,
  });
}

const KEPT = "; the file in place was not touched";

function askedAbout({ config: { body, secret }, tolerate: tolerated }: Args, version: string, kept: string): Sh {
  return configTest({ version, tolerated, hidden: secretLinesFor({ body, secret }, version), kept });
}

function test(delta: Delta<State>, given: Args): Sh | Untested | undefined {
  if (!delta.keys.includes("config")) return undefined;
  const version = delta.before?.version ?? "";
  if (!canTest(version)) return new Untested(`${version} is installed, and 2.0.5 is the first that can`);
  const bytes = Buffer.from(textFor(given.config, version));
  const shown = candidate({ path: given.path, bytes, secret: given.config.secret });
  return lines([shown, askedAbout(given, version, "")]);
}

function permit(delta: Delta<State>, { path }: Args): Sh {
  const wanted = (key: "mode" | "owner" | "group"): string =>
    delta.keys.includes(key) ? (delta.after?.[key] ?? "") : "";
  return sh`permit ${path} ${wanted("mode")} ${wanted("owner")} ${wanted("group")}`;
}

/** keepalived's configuration, from data. */
export const keepalived = taskType<Args, State>({
  kind: "keepalived",
  summary: "keepalived's configuration as data, written for the release that is installed and tested by it.",
  notes: `Keys are keepalived's own keywords. A block is a map. A named block (\`vrrp_instance\`, \`virtual_server\`,
\`real_server\`, …) is a map from names to blocks, or a list of blocks that have a \`name\`. The list is for names from
templates, and for two blocks of one name. A block of entries (\`virtual_ipaddress\`, \`unicast_peer\`,
\`track_script\`, …) is a list, as are several \`url\` or checks.

A flag is \`true\`, or \`false\` to leave it out. Text is the text after the keyword, quotes included where keepalived
has them. A list is words, each one word. A command line is one word and needs no quotes.

These mistakes are found before any host is touched: unknown keywords, values out of range, invalid addresses, addresses
of another family, undefined names, duplicates. The file is written in the order in which keepalived understands it.

The look reads the file's checksum, mode, owner and group, and whether \`PATH.org\` is there. It also reads keepalived's
version, unless the file is right whatever release reads it. Passwords are replaced by dots on the host before what is
in the file is fetched for a diff.

The text fits the release: \`retry\` or \`nb_get_retry\` in HTTP_GET, whichever you write. What the release does not know
fails the task before anything is written, with the release that has it.

Before the file is put in place the host's keepalived is asked about it (\`--config-test\`, from 2.0.5 on); a dry run asks,
too ([security](../security.md)). Deprecations and what else means nothing pass, and are named with the task; anything else stops it
and is reported with its line. \`tolerate\` lets more pass. Nothing is reloaded: \`notify\` a handler.

Debian 12 does not start keepalived without this file (\`ConditionFileNotEmpty\`), so it comes before the service. RHEL 7 has 1.2.13 or
1.3.5, which cannot test a file; there only the checks made here count.`,
  examples: [
    `- name: the pair of directors
  keepalived:
    keep_original: true
    config:
      global_defs:
        router_id: "{{ inventory_hostname }}"
        notification_email: [alert@example.com]
        smtp_server: 127.0.0.1
        vrrp_higher_prio_send_advert: true
        vrrp_garp_master_refresh: 60
        lvs_sync_daemon: eth0 VI_1 id 51
      vrrp_instance:
        VI_1:
          state: BACKUP
          nopreempt: true
          interface: eth0
          virtual_router_id: 51
          priority: "{{ vrrp_priority }}"
          advert_int: 1
          unicast_src_ip: "{{ own_address }}"
          unicast_peer: ["{{ peer_address }}"]
          virtual_ipaddress: [10.0.0.5/32 dev eth0]
      virtual_server:
        10.0.0.5 80:
          delay_loop: 2
          lvs_sched: rr
          lvs_method: DR
          persistence_timeout: 50
          protocol: TCP
          sorry_server: 10.0.0.254 80
          real_server:
            10.0.0.3 80:
              weight: 1
              inhibit_on_failure: true
              HTTP_GET:
                url: { path: /, status_code: 200 }
                connect_timeout: 2
                retry: 2
                delay_before_retry: 1
    allow: quiescent-persistence
  notify: reload keepalived`,
    `- name: a check by script, and DNS on both protocols
  keepalived:
    config:
      global_defs: { script_user: root, enable_script_security: true }
      vrrp_script:
        resolver: { script: /usr/bin/dig @127.0.0.1 example.com, interval: 2, fall: 2, rise: 2 }
      vrrp_instance:
        VI_1:
          interface: eth0
          virtual_router_id: 77
          unicast_src_ip: 10.0.0.1
          unicast_peer: [10.0.0.2]
          virtual_ipaddress: [10.0.0.5/32]
          track_script: [resolver]
      virtual_server:
        10.0.0.5 53:
          - { protocol: UDP, lb_algo: rr, lb_kind: DR, real_server: { 10.0.0.3 53: { DNS_CHECK: { name: example.com } } } }
          - { protocol: TCP, lb_algo: rr, lb_kind: DR, real_server: { 10.0.0.3 53: { TCP_CHECK: } } }`,
  ],
  args,
  label: ({ path }) => path,
  look,
  read,
  want,
  diff: diffByKey,
  act,
  test,
  testedBy: () => "keepalived",
  textDiff: (delta, given) => {
    if (!delta.keys.includes("config")) return undefined;
    const before = delta.before?.config === "absent" ? undefined : (delta.before?.text ?? "");
    const after = shownFor(given.config, delta.before?.version ?? "");
    const named = before === "long" ? "(longer than 64 KiB)\n" : before;
    // Where nothing but a password differs, the diff would be empty.
    return {
      path: given.path,
      before: named,
      after: named === after ? after.replaceAll(REDACTED, `${REDACTED} (another)`) : after,
    };
  },
  advise: (given) =>
    adviceOn(given.config)
      .filter(({ name }) => !given.allow.includes(name))
      .map(asAdvice),
});

function asAdvice({ name, at, note, ...advice }: ReturnType<typeof adviceOn>[number]): Advice {
  const allowed = `\`allow: ${name}\` silences this`;
  return { ...advice, path: ["config", ...at], note: note === undefined ? allowed : `${note}; ${allowed}` };
}
