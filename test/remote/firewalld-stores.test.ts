/**
 * What is judged is what is acted on: lists that were emptied at run time, and files that changed behind firewalld's back. A real
 * firewalld, which remembers its files.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firewalld } from "../../src/tasks/firewalld.ts";
import { firewalldDirect } from "../../src/tasks/firewalld_direct.ts";
import { missing, Sandbox } from "./firewalld.ts";
import type { Task } from "./firewalld.ts";

const lacks = missing();

/** The only entry of its list, in zone work, and the words by which firewall-cmd takes it out. */
const ALONE: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
  [{ port: "8443/tcp" }, "--remove-port=8443/tcp"],
  [{ service: "http" }, "--remove-service=http"],
  [{ protocol: "esp" }, "--remove-protocol=esp"],
  [{ source: "10.9.0.0/24" }, "--remove-source=10.9.0.0/24"],
  [{ interface: "eth1" }, "--remove-interface=eth1"],
  [{ masquerade: true }, "--remove-masquerade"],
  [
    { rich_rule: 'rule family="ipv4" source address="10.0.0.2" accept' },
    `--remove-rich-rule='rule family="ipv4" source address="10.0.0.2" accept'`,
  ],
];

const RULE = { table: "nat", chain: "PREROUTING", rule: "-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT" };

const FILE = "/etc/firewalld/zones/internal.xml";

/**
 * firewalld hears of its files after five seconds; one that it takes for another's it never hears of. Once it knows a zone that was
 * made behind a change, it has heard of the change.
 */
const HEARD = `n=$(ls /etc/firewalld/zones | grep -c ^probe) || :
printf '<zone/>' >/etc/firewalld/zones/probe$n.xml
until busctl call org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1/config org.fedoraproject.FirewallD1.config getZoneByName s probe$n >/dev/null 2>&1
do sleep 0.1; done`;

describe.skipIf(lacks !== undefined)(`a real firewalld${lacks === undefined ? "" : ` (needs ${lacks})`}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await Sandbox.start();
  });
  afterAll(() => box.close());

  function expectRepaired(task: Task, keys: readonly string[]): void {
    const judged = task.judge();
    expect(judged, JSON.stringify(judged)).toMatchObject({ is: "change", delta: { keys } });
    const acted = task.act();
    expect(acted.code, acted.out + acted.err).toBe(0);
    expect(task.judge()).toMatchObject({ is: "right" });
  }

  describe("the only entry of a list is taken out at run time", () => {
    it.each(ALONE)("%o", { timeout: 60_000 }, async (args, remove) => {
      box.must("firewall-cmd -q --permanent --zone=work --remove-service=ssh --remove-service=dhcpv6-client || :");
      const on = await box.task(firewalld, { zone: "work", ...args });
      const off = await box.task(firewalld, { zone: "work", ...args, state: "disabled" });
      expectRepaired(await box.task(firewalld, { zone: "work", ...args, immediate: false }), ["permanent"]);
      box.must(`firewall-cmd -q --reload; firewall-cmd -q --zone=work ${remove}`);
      expectRepaired(on, ["runtime"]);
      box.must(`firewall-cmd -q --reload; firewall-cmd -q --zone=work ${remove}`);
      expectRepaired(off, ["permanent"]);
    });
  });

  it("firewalld changes its files itself as long as it remembers them", { timeout: 60_000 }, async () => {
    box.must("mount --bind /bin/false /usr/bin/firewall-offline-cmd");
    const items = [...ALONE.map(([args]) => args), { port: "90-99/udp" }, { protocol: "ah" }];
    for (const args of items)
      expectRepaired(await box.task(firewalld, { zone: "home", ...args }), ["runtime", "permanent"]);
    for (const args of items)
      expectRepaired(await box.task(firewalld, { zone: "home", ...args, state: "disabled" }), ["runtime", "permanent"]);
    for (const rule of ["-j RETURN", "-s 10.0.0.9 -m comment --comment 'a b é' -j RETURN"]) {
      expectRepaired(await box.task(firewalldDirect, { ...RULE, rule }), ["runtime", "permanent"]);
    }
    box.must("umount /usr/bin/firewall-offline-cmd");
  });

  describe("a zone's file", () => {
    const permanent = { zone: "internal", immediate: false };
    const port = { ...permanent, port: "8123/tcp" };
    const rule = { ...permanent, rich_rule: 'rule family="ipv4" icmp-type name="echo-reply" drop' };
    const services = (): string =>
      box.must(`sed -n 's/.*<service name="\\(.*\\)".*/\\1/p' ${FILE} | sort | tr '\\n' ' '`);

    it.each([
      ["at once", ":"],
      ["later", HEARD],
    ])("is removed by hand, looked at %s", { timeout: 60_000 }, async (_when, wait) => {
      box.must(`rm -f ${FILE}; firewall-cmd -q --reload`);
      const tasks = [await box.task(firewalld, port), await box.task(firewalld, rule)];
      for (const task of tasks) expectRepaired(task, ["permanent"]);
      expectRepaired(await box.task(firewalld, { ...permanent, service: "samba-client", state: "disabled" }), [
        "permanent",
      ]);
      box.must(`rm ${FILE}; ${wait}`);
      for (const task of tasks) expectRepaired(task, ["permanent"]);
      // What was removed with the file does not come back with it.
      expect(services()).toBe("dhcpv6-client mdns samba-client ssh ");
      box.must("firewall-cmd -q --reload");
      expect(box.must("firewall-cmd --state")).toBe("running\n");
    });

    it.each([
      ["at once", ":"],
      ["later", HEARD],
    ])(
      "is put in the place of a stock one, looked at %s: what it says stays",
      { timeout: 60_000 },
      async (_when, wait) => {
        box.must(`rm -f ${FILE}; firewall-cmd -q --reload
printf '<?xml version="1.0" encoding="utf-8"?>\\n<zone>\\n  <short>Site</short>\\n  <service name="ssh"/>\\n</zone>\\n' >${FILE}; ${wait}`);
        expectRepaired(await box.task(firewalld, port), ["permanent"]);
        expectRepaired(await box.task(firewalld, rule), ["permanent"]);
        expectRepaired(await box.task(firewalld, { ...permanent, service: "mdns" }), ["permanent"]);
        expectRepaired(await box.task(firewalld, { ...permanent, service: "mdns", state: "disabled" }), ["permanent"]);
        expect(services()).toBe("ssh ");
      },
    );

    it("is put in the place of another one, looked at at once: what it says stays", { timeout: 60_000 }, async () => {
      box.must(`rm -f ${FILE}; firewall-cmd -q --reload; firewall-cmd -q --permanent --zone=internal --add-service=http
printf '<zone><service name="ssh"/><port protocol="tcp" port="1-9"/></zone>' >${FILE}`);
      expectRepaired(await box.task(firewalld, { ...permanent, service: "http" }), ["permanent"]);
      expectRepaired(await box.task(firewalld, { ...permanent, interface: "eth1" }), ["permanent"]);
      expectRepaired(await box.task(firewalld, { ...permanent, port: "5/tcp", state: "disabled" }), ["permanent"]);
      expect(services()).toBe("http ssh ");
      expectRepaired(await box.task(firewalld, { ...permanent, interface: "eth1", state: "disabled" }), ["permanent"]);
    });

    it("is empty after a full disk: firewalld writes anew what it remembers", { timeout: 60_000 }, async () => {
      box.must(
        `rm -f ${FILE}; firewall-cmd -q --reload; firewall-cmd -q --permanent --zone=internal --add-service=http; : >${FILE}`,
      );
      expectRepaired(await box.task(firewalld, port), ["permanent"]);
      expect(services()).toBe("dhcpv6-client http mdns samba-client ssh ");
      box.must(`: >${FILE}`);
      expectRepaired(await box.task(firewalld, { ...port, state: "disabled" }), ["permanent"]);
      expect(services()).toBe("dhcpv6-client http mdns samba-client ssh ");
      box.must(`: >${FILE}`);
      expectRepaired(await box.task(firewalld, { ...permanent, interface: "eth1" }), ["permanent"]);
      expectRepaired(await box.task(firewalld, { ...permanent, interface: "eth1", state: "disabled" }), ["permanent"]);
    });

    it("is torn: it is named with the remedy, which works", { timeout: 60_000 }, async () => {
      box.must(`printf '<zone>\\n  <service name="s' >${FILE}`);
      const task = await box.task(firewalld, port);
      expect(task.judge()).toMatchObject({
        is: "blocked",
        why: `${FILE} is not well-formed: line 2: cannot read \`<service name="s\``,
        hint: expect.stringContaining(`move \`${FILE}.old\``) as unknown,
      });
      box.must(`mv ${FILE}.old ${FILE}; firewall-cmd -q --reload`);
      expect(task.judge().is).not.toBe("blocked");
    });
  });

  describe("direct.xml", () => {
    const args = { ...RULE, immediate: false };
    const other = { ...args, rule: "-d 10.0.0.6 -p tcp --dport 80 -j REDIRECT" };

    it.each([
      ["at once", ":"],
      ["later", HEARD],
    ])("is removed by hand, looked at %s", { timeout: 60_000 }, async (_when, wait) => {
      const tasks = [await box.task(firewalldDirect, args), await box.task(firewalldDirect, other)];
      box.must("rm -f /etc/firewalld/direct.xml*; firewall-cmd -q --reload");
      for (const task of tasks) expectRepaired(task, ["permanent"]);
      box.must(`rm /etc/firewalld/direct.xml; ${wait}`);
      for (const task of tasks) expectRepaired(task, ["permanent"]);
      box.must(`printf '<direct/>' >/etc/firewalld/direct.xml; ${wait}`);
      for (const task of tasks) expectRepaired(task, ["permanent"]);
    });

    it("is written by hand, and what it says stays", { timeout: 60_000 }, async () => {
      box.must(`cat >/etc/firewalld/direct.xml <<'X'
<direct><passthrough ipv="ipv4">-t nat -N site</passthrough><chain ipv="ipv4" table="filter" chain="site"/>
<rule ipv="ipv4" table="filter" chain="site" priority="3">-j RETURN</rule></direct>
X`);
      expectRepaired(await box.task(firewalldDirect, args), ["permanent"]);
      expectRepaired(
        await box.task(firewalldDirect, {
          table: "filter",
          chain: "site",
          priority: 3,
          rule: "-j RETURN",
          state: "disabled",
          immediate: false,
        }),
        ["permanent"],
      );
      const text = box.must("cat /etc/firewalld/direct.xml");
      for (const kept of ['chain="site"', "-t nat -N site", "10.0.0.5"]) expect(text).toContain(kept);
    });

    it("is empty after a full disk", { timeout: 60_000 }, async () => {
      box.must(": >/etc/firewalld/direct.xml");
      expectRepaired(await box.task(firewalldDirect, args), ["permanent"]);
      box.must(": >/etc/firewalld/direct.xml");
      expectRepaired(await box.task(firewalldDirect, { ...args, state: "disabled" }), ["permanent"]);
    });
  });
});
