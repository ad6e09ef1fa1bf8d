/** Configurations for tests: the article's, put right, and one with everything in it. */

/** keepalived-2 data for lb1 of the article's site. */
export const CORRECTED = {
  global_defs: {
    notification_email: ["alert@example.com"],
    notification_email_from: "lb1@example.com",
    smtp_server: "127.0.0.1",
    smtp_connect_timeout: 30,
    router_id: "lb1.example.com",
    script_user: "nobody",
    enable_script_security: true,
    lvs_sync_daemon: "eth0 VI_1 id 51",
    vrrp_higher_prio_send_advert: true,
    vrrp_garp_master_refresh: 60,
  },
  vrrp_instance: {
    VI_1: {
      state: "BACKUP",
      nopreempt: true,
      interface: "eth0",
      virtual_router_id: 51,
      priority: 101,
      advert_int: 1,
      unicast_src_ip: "10.0.0.1",
      unicast_peer: ["10.0.0.2"],
      virtual_ipaddress: ["10.0.0.5/32 dev eth0"],
    },
  },
  virtual_server: {
    "10.0.0.5 80": {
      delay_loop: 6,
      lb_algo: "rr",
      lb_kind: "DR",
      persistence_timeout: 50,
      protocol: "TCP",
      sorry_server: "10.0.0.254 80",
      sorry_server_inhibit: true,
      real_server: {
        "10.0.0.3 80": {
          weight: 1,
          inhibit_on_failure: true,
          HTTP_GET: { url: { path: "/", status_code: 200 }, connect_timeout: 3, retry: 3, delay_before_retry: 3 },
        },
      },
    },
  },
};

const real = { weight: 1, TCP_CHECK: null };

/** One of everything that is written in a way of its own. */
export const EVERYTHING = {
  virtual_server: [
    {
      name: "group web",
      lb_algo: "wlc",
      lvs_method: "TUN type ipip",
      protocol: "TCP",
      quorum: 1,
      real_server: [
        { name: "10.0.0.3 80", ...real },
        { name: "10.0.0.4 80", weight: 2, inhibit_on_failure: false, alpha: true, PING_CHECK: { retry: 1 } },
      ],
    },
    {
      name: "10.0.0.6 53",
      lb_algo: "rr",
      lb_kind: "DR",
      protocol: "UDP",
      ops: true,
      real_server: { "10.0.0.3 53": { DNS_CHECK: { name: "example.com", type: "A" }, UDP_CHECK: { retry: 1 } } },
    },
    {
      name: "10.0.0.6 53",
      lb_algo: "rr",
      lb_kind: "DR",
      protocol: "TCP",
      real_server: { "10.0.0.3 53": real },
    },
    {
      name: "fwmark 7",
      lb_algo: "sh",
      lb_kind: "NAT",
      "sh-port": true,
      persistence_timeout: 300,
      persistence_granularity: "255.255.255.0",
      real_server: { "10.0.0.4 0": { weight: 1, FILE_CHECK: { track_file: "drain", weight: 1 } } },
    },
    {
      name: "2001:db8::5 443",
      lb_algo: "mh",
      lb_kind: "DR",
      protocol: "TCP",
      real_server: {
        "2001:db8::3 443": {
          SSL_GET: {
            url: [
              { path: "/a b#c", status_code: [200, "300-399"], virtualhost: "www.example.com" },
              { path: "/", regex: "ok|fine", regex_options: "caseless" },
            ],
            enable_sni: true,
            connect_timeout: 2.5,
          },
          MISC_CHECK: { misc_path: "/usr/bin/test -e /etc/passwd", misc_timeout: 3, user: "root root" },
        },
      },
    },
  ],
  virtual_server_group: { web: ["10.0.0.5 80", "10.0.0.8-9 80"] },
  vrrp_sync_group: { G: { group: ["VI_1", "VI_6"], notify_master: ["/usr/bin/test -e /", "root"] } },
  vrrp_instance: {
    VI_1: {
      interface: "eth0",
      virtual_router_id: 51,
      priority: 101,
      version: 3,
      advert_int: 0.5,
      virtual_ipaddress: ["10.0.0.5/32 dev eth0", ["10.0.0.6/32", "dev", "eth0"]],
      track_interface: ["eth1"],
      smtp_alert: false,
    },
    VI_6: { interface: "eth0", virtual_router_id: 52, virtual_ipaddress: ["2001:db8::5/128"], preempt_delay: 1.5 },
    VI_7: {
      interface: "eth1",
      virtual_router_id: 53,
      authentication: { auth_type: "PASS", auth_pass: "a#b {c}!" },
      virtual_ipaddress: ["10.1.0.5/32"],
      track_script: ["alive weight 2"],
      track_file: ["drain weight 1"],
      track_process: ["web"],
      garp_extra_if: "all 100",
    },
  },
  vrrp_track_process: { web: { process: ["/usr/sbin/nginx", "-g", "daemon on"], quorum: 1, full_command: true } },
  track_file: { drain: { file: "/tmp/drain file", weight: "1 reverse", init_file: 0 } },
  vrrp_script: { alive: { script: "/usr/bin/test -e '/etc/passwd'", interval: 2, weight: "-5 reverse" } },
  garp_group: [
    { interface: "eth0", garp_interval: 0.001 },
    { gna_interval: 0.2, interfaces: ["eth1"] },
  ],
  static_ipaddress: ["10.0.0.77/32 dev eth0 scope global"],
  global_defs: {
    router_id: "a {b} #c !d ; 'e'",
    notification_email: ["@home", "a@example.com"],
    script_user: "root",
    enable_script_security: true,
    vrrp_min_garp: false,
    lvs_sync_daemon: "eth0 inst VI_1 id 51 maxlen 1400 port 8848 ttl 1 group 224.0.0.81",
    lvs_timeouts: "tcp 900 tcpfin 120",
    max_auto_priority: true,
  },
  SSL: { password: "geheim" },
};
