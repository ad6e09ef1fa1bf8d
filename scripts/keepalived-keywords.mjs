#!/usr/bin/env node
/**
 * Writes src/keepalived/keywords.generated.ts from src/keepalived/data/keepalived-keywords.json (paths, versions and
 * ranges as extracted from keepalived's sources) and from the shapes below (keepalived.conf(5), and what
 * `keepalived --config-test` of 2.2.7 and 2.3.3 takes). `--check` only says whether the file is up to date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const directory = join(import.meta.dirname, "../src/keepalived");
const source = JSON.parse(readFileSync(join(directory, "data/keepalived-keywords.json"), "utf8"));

const words = (text) => text.trim().split(/\s+/);

/** What stands after a keyword. A name means the keyword wherever it stands; a path, only there. */
const SHAPES = {
  // The bare word; keepalived ignores whatever follows it, even `false`.
  flag: words(`bfd_no_swap checker_no_swap disable_local_igmp enable_dbus enable_script_security enable_snmp_checker
    enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_vrrp enable_traps
    fifo_write_vrrp_states_on_reload log_unknown_vrids lvs_flush nftables_counters nftables_ifindex no_email_faults
    process_names reload_repeat vrrp_check_unicast_src vrrp_no_swap vrrp_skip_check_adv_addr vrrp_strict
    linkbeat_use_polling namespace_with_ipsets use_pid_dir flag-1 flag-2 flag-3 ha_suspend omega ops hashed sh-port
    sh-fallback mh-port mh-fallback sorry_server_inhibit accept check_unicast_src dont_track_primary native_ipv6
    no_accept nopreempt preempt promote_secondaries track_src_ip unicast_fault_no_peer use_vmac_addr vmac_xmit_base
    sync_group_tracking_weight global_tracking init_fail full_command passive checker vrrp misc_dynamic
    regex_no_match no_virtual_ipaddress virtual_server>alpha virtual_server>inhibit_on_failure`),
  // A flag that has taken on, off, true, false, yes or no since 2.0.
  switch: words(`smtp_alert alpha inhibit_on_failure enable_sni`),
  // on, off, true, false, yes or no; the bare word is `true`.
  bool: words(`checker_log_all_failures data_use_instance lvs_netlink_cmd_rcv_bufs_force
    lvs_netlink_monitor_rcv_bufs_force no_checker_emails process_monitor_rcv_bufs_force rs_init_notifies
    smtp_alert_checker smtp_alert_vrrp vrrp_higher_prio_send_advert vrrp_lower_prio_no_advert vrrp_min_garp
    vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs_force vrrp_notify_priority_changes
    log_all_failures higher_prio_send_advert lower_prio_no_advert notify_priority_changes skip_check_adv_addr
    strict_mode fast_recovery use_symlink_paths v3_checksum_as_v2 vrrp_owner_ignore_adverts owner_ignore_adverts
    multihop tls_compliant`),
  // Nothing, or one word.
  "word?": words(`nftables nftables_ipvs reload_file reload_check_config net_namespace_ipvs lvs_flush_on_stop
    lvs_flush_onstop old_unicast_checksum persistence_timeout max_auto_priority dynamic_interfaces
    kernel_rx_buf_size timer_expired_backup thread_timer_expired`),
  // Nothing, or several words.
  "words?": words(`use_vmac use_ipvlan vrrp_iptables vrrp_ipsets include_check require_reply
    track_file>init_file vrrp_track_file>init_file`),
  // One word or more.
  words: words(`smtp_server notify_fifo vrrp_notify_fifo lvs_notify_fifo lvs_sync_daemon lvs_timeouts script_user
    vrrp_cpu_affinity checker_cpu_affinity bfd_cpu_affinity lvs_method lb_kind sorry_server sorry_server_lvs_method
    status_code regex_options regex_stack user vrrp_garp_extra_if vrrp_vmac_garp_intvl garp_extra_if vmac_garp_intvl
    process payload track_file>weight vrrp_track_file>weight vrrp_track_process>weight bfd_instance>weight
    vrrp_script>weight virtual_server>real_server>FILE_CHECK>weight`),
  // A command line as one word, then perhaps a user and a group.
  command: words(`script misc_path startup_script shutdown_script notify_fifo_script vrrp_notify_fifo_script
    lvs_notify_fifo_script notify notify_master notify_backup notify_fault notify_stop notify_master_rx_lower_pri
    notify_up notify_down quorum_up quorum_down`),
  "command?": words(`notify_deleted`),
  // A block of entries, one a line.
  lines: words(`notification_email virtual_ipaddress virtual_ipaddress_excluded virtual_routes virtual_rules
    static_ipaddress static_routes static_rules track_interface track_script track_file track_process track_bfd group
    unicast_peer linkbeat_interfaces interface_up_down_delays interfaces virtual_server_group`),
  // Newer than 2.3.3: a flag, a boolean or words, as they are written.
  free: words(`vrrp_instance>auth_hmac>active_key vrrp_instance>auth_hmac>key vrrp_instance>auth_hmac>mode
    vrrp_instance>auth_hmac>anti_replay vrrp_instance>auth_hmac>time_window`),
};

/** `track_file` is three things. */
const EXACT = { track_file: "block", "virtual_server>real_server>FILE_CHECK>track_file": "word" };

/** Blocks that have a name, `+` for those that may stand there several times without one. */
const NAMED = words(`vrrp_instance vrrp_script vrrp_sync_group bfd_instance track_file vrrp_track_file
  vrrp_track_process track_group virtual_server virtual_server>real_server virtual_server_group`);
const REPEATED =
  words(`include includer includem includew includeb includea garp_group url host HTTP_GET SSL_GET TCP_CHECK SMTP_CHECK DNS_CHECK MISC_CHECK BFD_CHECK
  UDP_CHECK PING_CHECK FILE_CHECK`);

/** First versions that are known better than by the release in which a keyword was first seen (ChangeLog, sources). */
const FIRST = {
  "global_defs>enable_script_security": "1.3.0",
  "global_defs>script_user": "1.3.0",
  "global_defs>enable_dbus": "1.3.0",
  "global_defs>lvs_sync_daemon": "1.2.20",
  "global_defs>vrrp_higher_prio_send_advert": "1.3.5",
  "vrrp_instance>higher_prio_send_advert": "1.3.5",
  "global_defs>notify_fifo": "1.3.6",
  "global_defs>vrrp_notify_fifo": "1.3.6",
  "global_defs>lvs_notify_fifo": "1.3.6",
  "virtual_server>inhibit_on_failure": "1.3.9",
  "virtual_server>real_server>HTTP_GET>retry": "1.3.9",
  "vrrp_instance>track_file": "2.0.0",
  vrrp_track_file: "2.0.0",
  "global_defs>vrrp_startup_delay": "2.0.14",
  "global_defs>vrrp_min_garp": "2.0.14",
  "virtual_server>real_server>FILE_CHECK": "2.1.0",
  "vrrp_instance>check_unicast_src": "2.1.0",
  "global_defs>max_auto_priority": "2.1.0",
  "global_defs>reload_time_file": "2.1.0",
  "global_defs>reload_check_config": "2.2.0",
  "global_defs>lvs_flush_on_stop": "2.2.0",
  "global_defs>vrrp_down_timer_adverts": "2.2.3",
  "vrrp_instance>down_timer_adverts": "2.2.3",
  "global_defs>dbus_no_interface_name": "2.3.0",
  "global_defs>snmp_rs_stats_update_interval": "2.3.0",
  "global_defs>snmp_vs_stats_update_interval": "2.3.0",
  "global_defs>use_symlink_paths": "2.3.0",
  "global_defs>iproute_etc_dir": "2.3.2",
  "global_defs>iproute_usr_dir": "2.3.2",
  "vrrp_instance>thread_timer_expired": "2.3.2",
  "global_defs>json_dump_file": "2.3.3",
  "global_defs>state_dump_file": "2.3.3",
  "global_defs>stats_dump_file": "2.3.3",
  "global_defs>vrrp_owner_ignore_adverts": "2.3.3",
  "vrrp_instance>owner_ignore_adverts": "2.3.3",
};

/** The constants of keepalived's and the kernel's headers that ranges are given in. */
const CONSTANTS = {
  BFD_TTL_MAX: 255,
  BFD_MULTIPLIER_MIN: 1,
  BFD_MULTIPLIER_MAX: 255,
  BFD_MINRX_MIN: 1,
  BFD_MINRX_MAX: 4294967,
  BFD_MINTX_MIN: 1,
  BFD_MINTX_MAX: 4294967,
  BFD_IDLETX_MIN: 1000,
  BFD_IDLETX_MAX: 4294967,
  VRRP_PRIO_OWNER: 255,
  IPVS_WEIGHT_LIMIT: 2147483647,
  LVS_MAX_TIMEOUT: 2678400,
  TIMER_MAX_SEC: 1000,
  TIMER_HZ: 1000000,
  UINT16_MAX: 65535,
  UINT32_MAX: 4294967295,
  UINT_MAX: 4294967295,
  INT_MAX: 2147483647,
  INT_MIN: -2147483648,
  INT32_MAX: 2147483647,
  INT32_MIN: -2147483648,
  max_priority: 99,
};

/** Keywords whose range is not that of the whole value, or is checked elsewhere. */
const NO_RANGE = new Set(words(`lvs_sync_daemon lvs_timeouts persistence_granularity vrrp_rx_bufs_policy`));
/** Ranges the source does not tell: the numbers that keepalived.conf(5) gives. */
const RANGES = {
  vrrp_priority: "i-20:19",
  checker_priority: "i-20:19",
  bfd_priority: "i-20:19",
  vrrp_rt_priority: "i1:99",
  checker_rt_priority: "i1:99",
  bfd_rt_priority: "i1:99",
  startup_script_timeout: "i1:1000",
  shutdown_script_timeout: "i1:1000",
  snmp_rs_stats_update_interval: "d0.001:30",
  snmp_vs_stats_update_interval: "d0.001:30",
  json_version: "i1:2",
  timer_expired_backup: "i1:254",
  thread_timer_expired: "i1:254",
};

function range(path, entry) {
  const keyword = path.split(">").at(-1);
  if (RANGES[keyword] !== undefined) return RANGES[keyword];
  if (NO_RANGE.has(keyword) || entry.range?.length !== 1) return "";
  const [{ type, min, max }] = entry.range;
  const [low, high] = [number(min), number(max)];
  if (type === "unsigned" || type === "int") return `i${low}:${high}`;
  const unit = path.startsWith("bfd_instance") ? 1000 : 1e6;
  return `d${decimal(low / unit)}:${high === 0 ? "" : decimal(high / unit)}`;
}

const decimal = (value) => value.toFixed(6).replace(/\.?0+$/, "");

/** `255 * TIMER_HZ`, `UINT_MAX / TIMER_HZ`, `65535 - 20 - 8`, `-IPVS_WEIGHT_LIMIT`. */
function number(text) {
  const [first, ...rest] = text.trim().split(/\s+/);
  let value = atom(first);
  for (let i = 0; i < rest.length; i += 2) value = OPERATORS[rest[i]](value, atom(rest[i + 1]));
  return value;
}

const OPERATORS = { "*": (a, b) => a * b, "/": (a, b) => Math.floor(a / b), "-": (a, b) => a - b };

function atom(text) {
  const sign = text.startsWith("-") ? -1 : 1;
  const name = text.replace(/^-/, "");
  const value = /^\d+$/.test(name) ? Number(name) : CONSTANTS[name];
  if (value === undefined) throw new Error(`unknown constant ${name}`);
  return sign * value;
}

/** What the parser itself understands, wherever it stands; we write it at the top. */
const PARSER = {
  include: { first: "v1.2.13", last: "v2.4.3" },
  ...Object.fromEntries(
    words("includer includem includew includeb includea").map((name) => [name, { first: "v2.2.4", last: "v2.4.3" }]),
  ),
};

const paths = Object.entries({ ...source.keywords, ...PARSER })
  .map(([path, entry]) => [path.replaceAll(" > ", ">"), entry])
  .filter(([path, entry]) => !sameAsHttpGet(path, entry));

/** SSL_GET has the keywords of HTTP_GET, all of them, and few of its own: keywords.ts looks there as well. */
function sameAsHttpGet(path, entry) {
  if (!path.includes(">SSL_GET>")) return false;
  const http = source.keywords[path.replace("SSL_GET", "HTTP_GET").replaceAll(">", " > ")];
  if (http === undefined) return false;
  if (JSON.stringify(http) !== JSON.stringify(entry)) throw new Error(`${path} is not as in HTTP_GET`);
  return true;
}

const parents = new Set(paths.flatMap(([path]) => (path.includes(">") ? [path.slice(0, path.lastIndexOf(">"))] : [])));

function shape(path) {
  if (EXACT[path] !== undefined) return EXACT[path];
  if (parents.has(path)) return "block";
  const keyword = path.split(">").at(-1);
  const found =
    Object.keys(SHAPES).find((name) => SHAPES[name].includes(path) && path.includes(">")) ??
    Object.keys(SHAPES).find((name) => SHAPES[name].includes(keyword));
  return found ?? (source.keywords[path.replaceAll(">", " > ")]?.block ? "block" : "word");
}

function mark(path) {
  if (NAMED.includes(path)) return "named ";
  return REPEATED.includes(path.split(">").at(-1)) ? "several " : "";
}

/** The last release looked at before a keyword was first seen: in between it may or may not be known. */
function versions(path, { first, last }) {
  const { tags } = source;
  const before = tags[tags.indexOf(first) - 1] ?? "";
  const after = tags[tags.indexOf(last) + 1] ?? "";
  const known = FIRST[path];
  const from = known === undefined ? [before, first] : [known, known];
  return [...from, after === "" ? "" : last, after].map((tag) => tag.replace(/^v/, ""));
}

const groups = new Map();
for (const [path, entry] of paths) {
  const at = path.lastIndexOf(">");
  const [block, keyword] = at < 0 ? ["", path] : [path.slice(0, at), path.slice(at + 1)];
  const exact = FIRST[path] !== undefined ? "=" : "";
  const [before, first, last, after] = versions(path, entry);
  const since = exact === "" ? `${before}<${first}` : first;
  const until = last === "" ? "" : ` ${last}<${after}`;
  const key = [block, `${mark(path)}${shape(path)}`, `${since}${until}`, range(path, entry)].join("|");
  groups.set(key, [...(groups.get(key) ?? []), keyword]);
}

const lines = [...groups].map(([key, keywords]) => `${key}|${keywords.join(" ")}`);
const text = `/**
 * Generated by scripts/keepalived-keywords.mjs; do not edit. One group of keywords a line: block, shape, versions, range,
 * keywords. Versions: \`a<b\`, not in a, in b; \`b\`, from b on; then \`c<d\`, last in c, gone in d. Range: \`i\` whole, \`d\` decimal.
 */
export const TABLE = \`
${lines.join("\n")}
\`;
`;

const target = join(directory, "keywords.generated.ts");
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    process.stderr.write("src/keepalived/keywords.generated.ts is out of date: run scripts/keepalived-keywords.mjs\n");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
