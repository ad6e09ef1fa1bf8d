/** The two firewalld types against a real firewalld: judged, acted, judged again; each store repaired alone, no reload. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firewalld } from "../../src/tasks/firewalld.ts";
import { firewalldDirect } from "../../src/tasks/firewalld_direct.ts";
import { standalone } from "../../src/remote/shell/function-library.ts";
import { quote } from "../../src/core/shell.ts";
import { missing, Sandbox } from "./firewalld.ts";
import type { Task } from "./firewalld.ts";

const lacks = missing();

/** Arguments, and the words by which firewall-cmd removes and adds the same thing. */
const ITEMS: readonly (readonly [Readonly<Record<string, unknown>>, string, string])[] = [
  [{ service: "http" }, "--zone=internal --remove-service=http", "--zone=internal --add-service=http"],
  [{ port: "80/tcp" }, "--zone=internal --remove-port=80/tcp", "--zone=internal --add-port=80/tcp"],
  [
    { port: "5000-5010/udp" },
    "--zone=internal --remove-port=5000-5010/udp",
    "--zone=internal --add-port=5000-5010/udp",
  ],
  [{ protocol: "vrrp" }, "--zone=internal --remove-protocol=vrrp", "--zone=internal --add-protocol=112"],
  [
    { source: "10.1.0.0/16" },
    "--zone=internal --remove-source=10.1.0.0/16",
    "--zone=internal --add-source=10.1.0.0/255.255.0.0",
  ],
  [
    { source: "02:00:00:00:00:aa" },
    "--zone=internal --remove-source=02:00:00:00:00:aa",
    "--zone=internal --add-source=02:00:00:00:00:aa",
  ],
  [{ interface: "eth1" }, "--zone=internal --remove-interface=eth1", "--zone=internal --change-interface=eth1"],
  [{ masquerade: true }, "--zone=internal --remove-masquerade", "--zone=internal --add-masquerade"],
  [
    { rich_rule: "rule family=ipv4 forward-port to-port=80 port=80 protocol=tcp destination address=10.0.0.5" },
    `--zone=internal --remove-rich-rule='rule family=ipv4 destination address=10.0.0.5 forward-port port=80 protocol=tcp to-port=80'`,
    `--zone=internal --add-rich-rule='rule family=ipv4 destination address=10.0.0.5/32 forward-port port=80 protocol=tcp to-port=80'`,
  ],
  [
    {
      rich_rule: `rule priority=-1 family="ipv4" source NOT address="10.0.0.2/32" protocol value="vrrp" log prefix="a <b> & c" level="info" limit value="3/minute" accept limit value="1/s"`,
    },
    `--zone=internal --remove-rich-rule='rule priority=-1 family=ipv4 source NOT address=10.0.0.2/32 protocol value=vrrp log prefix="a <b> & c" level=info limit value=3/m accept limit value=1/s'`,
    `--zone=internal --add-rich-rule='rule priority=-1 family=ipv4 source NOT address=10.0.0.2 protocol value=112 log prefix="a <b> & c" level=info limit value=3/m accept limit value=1/s'`,
  ],
];

const RULES: readonly (readonly [string, string])[] = [
  ["-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT", "-p tcp -m tcp -d 10.0.0.5/32 --dport 80 -j REDIRECT"],
  ["-d 10.0.0.5 -p tcp --dport 80 -m comment --comment 'a b <&> c' -j REDIRECT --to-ports 80", ""],
];

const RULE = { table: "nat", chain: "PREROUTING", rule: "-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT" };

/** At run time only. */
const CANARY = "--zone=internal --add-port=60000/tcp";

describe.skipIf(lacks !== undefined)(`a real firewalld${lacks === undefined ? "" : ` (needs ${lacks})`}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await Sandbox.start();
    // Would be gone after a reload; and the other way round.
    box.must(`firewall-cmd -q ${CANARY}; firewall-cmd -q --permanent --zone=internal --add-port=60001/tcp`);
  });
  afterAll(() => box.close());

  function expectNoReload(): void {
    const now = box.must("firewall-cmd --zone=internal --list-ports");
    expect(now).toMatch(/\b60000\/tcp/);
    expect(now).not.toMatch(/\b60001\/tcp/);
  }

  /** Changes exactly these stores, and is right afterwards. */
  function expectRepaired(task: Task, keys: readonly string[]): void {
    const judged = task.judge();
    expect(judged, JSON.stringify(judged)).toMatchObject({ is: "change", delta: { keys } });
    const acted = task.act();
    expect(acted.code, acted.out + acted.err).toBe(0);
    expect(task.judge()).toMatchObject({ is: "right" });
  }

  it.each(ITEMS)("%o: each store alone", { timeout: 60_000 }, async (args, remove, add) => {
    const on = await box.task(firewalld, { zone: "internal", ...args });
    const off = await box.task(firewalld, { zone: "internal", ...args, state: "disabled" });
    expectRepaired(on, ["runtime", "permanent"]);
    box.must(`firewall-cmd -q ${remove}`);
    expectRepaired(on, ["runtime"]);
    box.must(`firewall-cmd -q --permanent ${remove}`);
    expectRepaired(on, ["permanent"]);
    box.must(`firewall-cmd -q ${remove}`);
    expectRepaired(off, ["permanent"]);
    box.must(`firewall-cmd -q ${add}`);
    expectRepaired(off, ["runtime"]);
    expectNoReload();
  });

  it.each(RULES)("direct %s: each store alone, on and off", { timeout: 60_000 }, async (rule, spelling) => {
    const other = spelling === "" ? rule : spelling;
    const args = { ipv: "ipv4", table: "nat", chain: "PREROUTING", rule };
    const on = await box.task(firewalldDirect, args);
    const off = await box.task(firewalldDirect, { ...args, state: "disabled" });
    expectRepaired(on, ["runtime", "permanent"]);
    box.must(`firewall-cmd -q --direct --remove-rule ipv4 nat PREROUTING 0 ${rule}`);
    expectRepaired(on, ["runtime"]);
    box.must(`firewall-cmd -q --permanent --direct --remove-rule ipv4 nat PREROUTING 0 ${rule}`);
    expectRepaired(on, ["permanent"]);
    expectRepaired(off, ["runtime", "permanent"]);
    box.must(`firewall-cmd -q --direct --add-rule ipv4 nat PREROUTING 0 ${other}`);
    expect((await box.task(firewalldDirect, { ...args, permanent: false })).judge()).toMatchObject({ is: "right" });
    expectRepaired(off, ["runtime"]);
    box.must(`firewall-cmd -q --permanent --direct --add-rule ipv4 nat PREROUTING 0 ${other}`);
    expectRepaired(off, ["permanent"]);
    expectNoReload();
  });

  it("direct chains, and a rule of negative priority in one", { timeout: 60_000 }, async () => {
    const place = { table: "filter", chain: "site_in" };
    const rule = { ...place, priority: -5, rule: ["-s", "10.0.0.9", "-j", "DROP"] };
    expectRepaired(await box.task(firewalldDirect, place), ["runtime", "permanent"]);
    expectRepaired(await box.task(firewalldDirect, rule), ["runtime", "permanent"]);
    expectRepaired(await box.task(firewalldDirect, { ...rule, state: "disabled" }), ["runtime", "permanent"]);
    expectRepaired(await box.task(firewalldDirect, { ...place, state: "disabled" }), ["runtime", "permanent"]);
  });

  it("a part of a range is closed, the rest stays open", { timeout: 60_000 }, async () => {
    box.must("for p in '' --permanent; do firewall-cmd -q $p --zone=dmz --add-port=7000-7010/tcp; done");
    expect((await box.task(firewalld, { zone: "dmz", port: "7003/tcp" })).judge()).toMatchObject({ is: "right" });
    expectRepaired(await box.task(firewalld, { zone: "dmz", port: "7003-7004/tcp", state: "disabled" }), [
      "runtime",
      "permanent",
    ]);
    expect(box.must("firewall-cmd --zone=dmz --list-ports")).toBe("7000-7002/tcp 7005-7010/tcp\n");
    expect(box.must("firewall-cmd --permanent --zone=dmz --list-ports")).toBe("7000-7002/tcp 7005-7010/tcp\n");
    expectRepaired(await box.task(firewalld, { zone: "dmz", port: "7000-7010/tcp" }), ["runtime", "permanent"]);
    box.must("firewall-cmd -q --zone=dmz --remove-port=7001/tcp --remove-port=7009/tcp");
    expectRepaired(await box.task(firewalld, { zone: "dmz", port: "7000-7010/tcp", state: "disabled" }), [
      "runtime",
      "permanent",
    ]);
    expect(box.must("firewall-cmd --zone=dmz --list-ports")).toBe("\n");
  });

  it("a source and an interface move from another zone", { timeout: 60_000 }, async () => {
    box.must(`for p in '' --permanent; do
firewall-cmd -q $p --zone=work --add-source=10.7.0.0/16
firewall-cmd -q $p --zone=work --change-interface=eth1
done`);
    expectRepaired(await box.task(firewalld, { zone: "home", source: "10.7.0.0/16" }), ["runtime", "permanent"]);
    expectRepaired(await box.task(firewalld, { zone: "home", interface: "eth1" }), ["runtime", "permanent"]);
    expect(
      box.must(
        "for p in '' --permanent; do firewall-cmd $p --zone=work --list-sources; firewall-cmd $p --zone=work --list-interfaces; done",
      ),
    ).toBe("\n\n\n\n");
  });

  it("the default zone, each store alone", { timeout: 60_000 }, async () => {
    const task = await box.task(firewalld, { default_zone: "internal" });
    expectRepaired(task, ["runtime", "permanent"]);
    box.must("sed -i 's/^DefaultZone=.*/ DefaultZone = public /' /etc/firewalld/firewalld.conf");
    const judged = task.judge();
    expect(judged).toMatchObject({ is: "change", delta: { keys: ["permanent"] } });
    expect(task.act()).toMatchObject({ code: 0 });
    expect(task.judge()).toMatchObject({ is: "right" });
    expect(box.must("firewall-cmd --get-default-zone; grep ^DefaultZone= /etc/firewalld/firewalld.conf")).toBe(
      "internal\nDefaultZone=internal\n",
    );
    expectRepaired(await box.task(firewalld, { default_zone: "public" }), ["runtime", "permanent"]);
    box.must("sed -i 's/^DefaultZone=.*/DefaultZone=internal/' /etc/firewalld/firewalld.conf");
    expectRepaired(task, ["runtime"]);
    // firewalld 2 reloads itself when its default zone changes, whoever changes it.
    if (box.must("firewall-cmd --version").startsWith("1.")) return expectNoReload();
    expect(box.must("firewall-cmd --zone=internal --list-ports")).toBe("60001/tcp\n");
    box.must(`firewall-cmd -q ${CANARY}; firewall-cmd -q --zone=internal --remove-port=60001/tcp`);
  });

  it("the looks print the same in dash, bash and busybox", async () => {
    const tasks = [await box.task(firewalld, { port: "80/tcp" }), await box.task(firewalldDirect, RULE)];
    for (const task of tasks) {
      const [first, ...others] = [["dash"], ["bash"], ["busybox", "sh"]].map((shell) => task.look(shell));
      expect(first).toMatchObject({ code: 0, err: "" });
      for (const other of others) expect(other).toMatchObject({ code: 0, err: "", out: first?.out });
    }
  });

  it("a look changes nothing and starts nothing", async () => {
    const files =
      "cd /etc/firewalld; find . -type f -exec cksum {} + -exec stat -c '%n %z' {} + | sort; nft list ruleset | cksum";
    const before = box.must(files);
    (await box.task(firewalld, { default_zone: "drop" })).judge();
    expect(box.must(files)).toBe(before);
  });

  it("an unknown zone and an unknown service are named", async () => {
    expect((await box.task(firewalld, { zone: "nosuch", port: "80/tcp" })).judge()).toMatchObject({
      is: "blocked",
      why: "there is no zone nosuch at run time",
    });
    expect((await box.task(firewalld, { zone: "internal", service: "nosuch" })).judge()).toMatchObject({
      is: "blocked",
      why: "firewalld knows no service `nosuch`: it would not load its configuration at the next reload or boot",
    });
  });

  describe("by which ssh comes in", () => {
    const FROM = "10.0.0.9 50000 10.0.0.4 22";
    const OTHER = "10.0.0.9 50000 10.0.0.4 2222";

    it("a default zone that opens nothing is not gone to", async () => {
      const task = await box.task(firewalld, { default_zone: "drop" });
      expect(task.judge()).toMatchObject({
        is: "blocked",
        why: "zone drop would lock ssh out: nothing is open for it there at run time and permanently (this connection came in by port 22)",
      });
      expect((await box.task(firewalld, { default_zone: "drop", force: true })).judge()).toMatchObject({
        is: "change",
      });
    });

    it("a default zone must open the port of this connection", { timeout: 60_000 }, async () => {
      box.must("for p in '' --permanent; do firewall-cmd -q $p --zone=block --add-port=2200-2300/tcp; done");
      const task = await box.task(firewalld, { default_zone: "block" });
      const refused = {
        is: "blocked",
        why: "zone block would lock ssh out: nothing is open for it there at run time and permanently (this connection came in from 10.0.0.9 by port 22)",
      };
      expect(task.judge(FROM)).toMatchObject(refused);
      expect(task.judge()).toMatchObject({ is: "blocked" });
      expect(box.must("firewall-cmd --get-default-zone")).toBe("internal\n");
      expect(task.act(OTHER)).toMatchObject({ code: 0 });
      expect(task.judge()).toMatchObject({ is: "right" });
      expectRepaired(await box.task(firewalld, { default_zone: "internal" }), ["runtime", "permanent"]);
    });

    it("sudo takes SSH_CONNECTION away, the processes above still have it", async () => {
      const task = await box.task(firewalld, { default_zone: "block" });
      const below = (ssh: string): string => {
        const look = `${standalone(task.closed.look)}\n${task.closed.look.text()}`;
        const script = `env -u SSH_CONNECTION sh -ec ${quote(look)} </dev/null`;
        return box.run(`sh -c ${quote(script)}`, { SSH_CONNECTION: ssh }).out;
      };
      expect(below(FROM)).toContain("\ncame 10.0.0.9 10.0.0.4 22\ndevice eth0\n");
      expect(below(OTHER)).toContain("\ncame 10.0.0.9 10.0.0.4 2222\n");
      expect(task.act(OTHER)).toMatchObject({ code: 0, out: "success\n" });
      expectRepaired(await box.task(firewalld, { default_zone: "internal" }), ["runtime", "permanent"]);
    });

    it("the last opening is not taken out of the zone that we came in by", { timeout: 60_000 }, async () => {
      const ssh = await box.task(firewalld, { service: "ssh", state: "disabled" });
      const why =
        "nothing else is open for ssh in zone internal at run time and permanently (this connection came in from 10.0.0.9 by port 22)";
      expect(ssh.judge(FROM)).toMatchObject({ is: "blocked", why });
      expect(box.must("firewall-cmd --zone=internal --query-service=ssh")).toBe("yes\n");
      box.must("for p in '' --permanent; do firewall-cmd -q $p --zone=internal --add-port=22/tcp; done");
      expectRepaired(ssh, ["runtime", "permanent"]);
      const port = await box.task(firewalld, { port: "1-1024/tcp", state: "disabled" });
      expect(port.judge(FROM)).toMatchObject({ is: "blocked" });
      expect(port.act(OTHER)).toMatchObject({ code: 0 });
      expect(port.judge()).toMatchObject({ is: "right" });
      expectRepaired(await box.task(firewalld, { service: "ssh" }), ["runtime", "permanent"]);
    });

    it("it may be taken out of another zone than ours", { timeout: 60_000 }, async () => {
      expect(
        (await box.task(firewalld, { zone: "public", service: "ssh", state: "disabled" })).act(FROM),
      ).toMatchObject({ code: 0 });
      expect((await box.task(firewalld, { zone: "public", service: "ssh" })).act(FROM)).toMatchObject({ code: 0 });
    });

    it("our interface does not move into a zone that shuts us out", { timeout: 60_000 }, async () => {
      const task = await box.task(firewalld, { zone: "drop", interface: "eth0" });
      expect(task.judge(FROM)).toMatchObject({
        is: "blocked",
        why: "zone drop would lock ssh out: nothing is open for it there at run time and permanently (this connection came in from 10.0.0.9 by port 22)",
      });
      expect((await box.task(firewalld, { zone: "drop", interface: "eth1" })).act(FROM)).toMatchObject({ code: 0 });
    });
  });

  describe("stopped", () => {
    beforeAll(() => box.stop());
    afterAll(() => box.start());

    it("the runtime cannot be judged, what is permanent can, and is repaired", { timeout: 60_000 }, async () => {
      const why = { is: "blocked", why: "firewalld is not running" };
      expect((await box.task(firewalld, { port: "81/tcp" })).judge()).toMatchObject(why);
      expect((await box.task(firewalldDirect, RULE)).judge()).toMatchObject(why);
      for (const args of [{ port: "81/tcp" }, { zone: "home", service: "http" }, { default_zone: "work" }]) {
        expectRepaired(await box.task(firewalld, { ...args, immediate: false }), ["permanent"]);
      }
      const closed = { zone: "internal", port: "81/tcp", state: "disabled", immediate: false };
      expectRepaired(await box.task(firewalld, closed), ["permanent"]);
      for (const args of [{ service: "https" }, { protocol: "esp" }, { source: "10.9.0.0/24" }, { masquerade: true }]) {
        const zone = { zone: "internal", immediate: false };
        expectRepaired(await box.task(firewalld, { ...zone, ...args, state: "enabled" }), ["permanent"]);
        expectRepaired(await box.task(firewalld, { ...zone, ...args, state: "disabled" }), ["permanent"]);
      }
      expectRepaired(await box.task(firewalldDirect, { ...RULE, immediate: false }), ["permanent"]);
      expectRepaired(await box.task(firewalldDirect, { ...RULE, state: "disabled", immediate: false }), ["permanent"]);
    });
  });

  it("a configuration that firewalld could not load is named", { timeout: 60_000 }, async () => {
    box.must(
      `mkdir -p /etc/firewalld/zones; printf '<zone><port port="x" protocol="tcp"/></zone>' >/etc/firewalld/zones/work.xml`,
    );
    box.stop();
    box.start();
    const why = "firewalld could not load its configuration and runs with a stock one (state FAILED)";
    expect((await box.task(firewalld, { port: "81/tcp" })).judge()).toMatchObject({ is: "blocked", why });
    expect((await box.task(firewalldDirect, RULE)).judge()).toMatchObject({ is: "blocked", why });
  });
});
