/** What a real firewalld would not take is said before anything is acted on: values, names, zones, a host without iptables. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firewalld } from "../../src/tasks/firewalld.ts";
import { firewalldDirect } from "../../src/tasks/firewalld_direct.ts";
import { missing, Sandbox } from "./firewalld.ts";

const lacks = missing();

const RULE = { table: "nat", chain: "PREROUTING", rule: "-d 10.0.0.5 -p tcp --dport 80 -j REDIRECT" };

/** Names that no host can be expected to know, and who is named. */
const UNKNOWN: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
  [{ service: "listen" }, "service `listen`"],
  [{ rich_rule: 'rule family="ipv4" source address="10.0.0.10" service name="listen" accept' }, "service `listen`"],
  [
    { rich_rule: 'rule family="ipv4" source address="10.0.0.10" service name="http,https" accept' },
    "service `http,https`",
  ],
  [{ rich_rule: 'rule source ipset="nope" accept' }, "ipset `nope`"],
  [{ rich_rule: 'rule family="ipv4" destination NOT ipset="nope" accept' }, "ipset `nope`"],
  [{ rich_rule: 'rule icmp-type name="nope" accept' }, "ICMP type `nope`"],
  [{ rich_rule: 'rule icmp-block name="nope"' }, "ICMP type `nope`"],
  [{ source: "ipset:nope" }, "ipset `nope`"],
];

/** That pass load, because a host might take them; this one does not. */
const REFUSED: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
  [{ rich_rule: 'rule protocol value="nonsense" accept' }, "INVALID_PROTOCOL: nonsense"],
  [{ protocol: "nonsense" }, "INVALID_PROTOCOL: nonsense"],
  [{ rich_rule: 'rule port port="nosuchport" protocol="tcp" accept' }, "INVALID_PORT: nosuchport"],
];

describe.skipIf(lacks !== undefined)(`a real firewalld${lacks === undefined ? "" : ` (needs ${lacks})`}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await Sandbox.start();
  });
  afterAll(() => box.close());

  // Zone internal has no interface and is not the default one: there firewalld itself takes any name in a rule.
  it.each(UNKNOWN)("%o", { timeout: 60_000 }, async (args, what) => {
    const why = `firewalld knows no ${what}: it would not load its configuration at the next reload or boot`;
    for (const stores of [{}, { immediate: false }, { permanent: false }]) {
      const task = await box.task(firewalld, { zone: "internal", ...args, ...stores });
      expect(task.judge()).toMatchObject({ is: "blocked", why });
    }
    const gone = await box.task(firewalld, { zone: "internal", ...args, state: "disabled" });
    expect(gone.judge()).toMatchObject({ is: "right" });
  });

  it.each(REFUSED)("%o", async (args, said) => {
    const task = await box.task(firewalld, { zone: "internal", ...args });
    expect(task.judge()).toMatchObject({ is: "blocked", why: `this host's firewalld rejects it: ${said}` });
  });

  it("a service of one's own: known at run time after a reload", { timeout: 60_000 }, async () => {
    box.must(`mkdir -p /etc/firewalld/services
printf '<service><port port="8080" protocol="tcp"/></service>' >/etc/firewalld/services/site.xml`);
    const rule = { zone: "internal", rich_rule: 'rule service name="site" accept' };
    for (const args of [{ zone: "internal", service: "site" }, rule]) {
      const task = await box.task(firewalld, args);
      expect(task.judge()).toMatchObject({
        is: "blocked",
        why: "firewalld has not read the service `site` yet: its file is newer than that",
      });
      const kept = await box.task(firewalld, { ...args, immediate: false });
      expect(kept.judge()).toMatchObject({ is: "change" });
    }
    box.must("firewall-cmd -q --reload");
    for (const args of [{ zone: "internal", service: "site" }, rule]) {
      const task = await box.task(firewalld, args);
      const acted = task.act();
      expect(acted.code, acted.err).toBe(0);
      expect(task.judge()).toMatchObject({ is: "right" });
    }
    box.must("firewall-cmd -q --reload; firewall-cmd --state");
  });

  it("a zone whose file firewalld has not read", async () => {
    box.must("printf '<zone><service name=\"ssh\"/></zone>' >/etc/firewalld/zones/site.xml");
    for (const args of [{ default_zone: "site" }, { zone: "site", port: "8443/tcp" }]) {
      expect((await box.task(firewalld, args)).judge()).toMatchObject({
        is: "blocked",
        why: "there is no zone site at run time: firewalld has not read its file yet",
      });
    }
    box.must("firewall-cmd -q --reload");
    expect((await box.task(firewalld, { default_zone: "site" })).judge()).toMatchObject({ is: "change" });
  });

  describe("while firewalld is stopped", () => {
    beforeAll(() => box.stop());
    afterAll(() => box.start());

    it.each(UNKNOWN)("%o", async (args, what) => {
      const task = await box.task(firewalld, { zone: "internal", ...args, immediate: false });
      expect(task.judge()).toMatchObject({
        is: "blocked",
        why: `firewalld knows no ${what}: it would not load its configuration at the next reload or boot`,
      });
    });
  });

  describe("without iptables", () => {
    const hidden = ["iptables", "ip6tables", "iptables-restore", "ip6tables-restore", "ebtables", "ebtables-restore"];
    const where = hidden.map((name) => `/usr/sbin/${name}`).join(" ");

    it("the missing package is named, by a dry run, too", { timeout: 60_000 }, async () => {
      box.must(`mkdir -p /run/sbin && cp -a /usr/sbin/. /run/sbin && cd /run/sbin && rm -f ${hidden.join(" ")}
mount --bind /run/sbin /usr/sbin && ! command -v iptables`);
      box.stop();
      box.start();
      const task = await box.task(firewalldDirect, RULE);
      expect(task.judge()).toMatchObject({
        is: "blocked",
        why: "the host has no `iptables`: firewalld cannot make direct rules of ipv4",
        hint: expect.stringContaining("`iptables` (`iptables-nft` on RHEL 9 and later)") as unknown,
      });
      expect((await box.task(firewalldDirect, { ...RULE, state: "disabled" })).judge()).toMatchObject({ is: "right" });
      expect((await box.task(firewalld, { zone: "internal", port: "80/tcp" })).act()).toMatchObject({ code: 0 });
      // It is there again, and firewalld has not looked for it since.
      box.must(`umount /usr/sbin && ls ${where} >/dev/null`);
      const acted = task.act();
      expect(acted.code).toBe(1);
      expect(acted.err).toContain("INVALID_IPV: 'ipv4' is not a valid backend");
      expect(acted.err).toContain("install its package, then restart firewalld");
      box.stop();
      box.start();
      expect(task.act()).toMatchObject({ code: 0 });
      expect(task.judge()).toMatchObject({ is: "right" });
    });
  });
});
