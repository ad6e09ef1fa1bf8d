/**
 * The site on the lab of real hosts, as an operator builds it and breaks it. The tests run in order: each leaves the
 * site as the next expects it.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { machineRelease } from "../../src/lab/index.ts";
import {
  HOSTS,
  NO_LAB,
  VIP,
  ask,
  askPast,
  begin,
  difference,
  dsrctl,
  fileSystem,
  moved,
  must,
  on,
  owner,
  play,
} from "./site.ts";

/** What a converged site costs a host, the login and the question for the count included. */
const LOOKS: Readonly<Record<string, { readonly sent: number; readonly processes: number }>> = {
  lb1: { sent: 24_000, processes: 58 },
  web1: { sent: 20_000, processes: 38 },
};

interface Drift {
  readonly what: string;
  readonly host: string;
  readonly by: string;
  readonly found: readonly string[];
}

/** `npm run test:releases` makes the same. */
const DRIFTS = JSON.parse(readFileSync("test/lab/drifts.json", "utf8")) as readonly Drift[];

const OTHER = machineRelease() === "trixie" ? "bookworm" : "trixie";

const until = { timeout: 60_000, interval: 500 };

describe.skipIf(NO_LAB !== "")(`the site on the lab${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  beforeAll(async () => {
    // One host runs another release than the others: `npm run test:releases` tries all of them.
    for (const args of [["reset"], ["reset", "web2", "--release", OTHER]]) {
      const { code, err, out } = await dsrctl("lab", ...args);
      expect(code, out + err).toBe(0);
    }
  });

  test("a dry run on fresh hosts says what it cannot know, and writes nothing", async () => {
    const before = await Promise.all(HOSTS.map(fileSystem));
    const played = await play("--check", "--diff");
    expect(played.code, played.said).toBe(0);
    const statuses = new Map(played.tasks.map(({ host, name, status }) => [`${host}: ${name}`, status]));
    expect(statuses.get("lb1: keepalived, ipvsadm and firewalld are installed")).toBe("will-change");
    expect(statuses.get("lb1: keepalived is configured")).toBe("depends");
    expect(statuses.get("lb2: the VIP www is on exactly one director")).toBe("depends");
    const after = await Promise.all(HOSTS.map(fileSystem));
    expect(HOSTS.map((host, index) => [host, ...difference(before[index]!, after[index]!)])).toEqual(
      HOSTS.map((host) => [host]),
    );
  });

  test("a play builds the site", async () => {
    const played = await play();
    expect(played.code, played.said).toBe(0);
    const recap = new Map(played.recap.map((host) => [host.host, host]));
    for (const host of ["lb1", "lb2", "web1", "web2"]) expect(recap.get(host)?.changed, host).toBeGreaterThan(4);
    expect(played.recap.map(({ failed, unreachable, unknown }) => failed + unreachable + unknown)).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  test("a client is served at the VIP, by one node again and again", async () => {
    const nodes = new Set<string>();
    for (let request = 0; request < 10; request++) nodes.add(await ask());
    expect([...nodes]).toEqual([expect.stringMatching(/^web[12]$/)]);
  });

  test("a second play changes nothing: one connection, one exec, and every file as it was", async () => {
    const before = await Promise.all(HOSTS.map(fileSystem));
    const played = await play();
    expect(played.code, played.said).toBe(0);
    expect(moved(played)).toEqual([]);
    for (const { host, changed, cost } of played.recap) {
      expect([host, changed, cost?.connections, cost?.execs]).toEqual([host, 0, 1, 1]);
      expect(cost?.roundTrips, host).toBeLessThanOrEqual(2);
    }
    const after = await Promise.all(HOSTS.map(fileSystem));
    expect(HOSTS.map((host, index) => [host, ...difference(before[index]!, after[index]!)])).toEqual(
      HOSTS.map((host) => [host]),
    );
  });

  test("the site's looks cost a host no more bytes and processes than stand here", async () => {
    const lastPid = (host: string): Promise<number> =>
      must(host, "cut -d ' ' -f 5 /proc/loadavg").then((text) => Number(text));
    for (const [host, most] of Object.entries(LOOKS)) {
      // A login starts five processes with OpenSSH 9.2, eight with 10.0: the two of a play and the question are not counted.
      const [first, second] = [await lastPid(host), await lastPid(host)];
      const logins = 2 * (second - first);
      const counts: number[] = [];
      // Something else on the host may start processes meanwhile; hardly three times in a row.
      for (let time = 0; time < 3 && !counts.some((count) => count <= most.processes); time++) {
        const before = await lastPid(host);
        const { recap, said } = await play("-l", host);
        counts.push((await lastPid(host)) - before - logins);
        expect(recap[0]?.cost?.sent, said).toBeLessThanOrEqual(most.sent);
      }
      expect(Math.min(...counts), host).toBeLessThanOrEqual(most.processes);
    }
  });

  describe("drift by hand is found exactly, and repaired touching nothing else:", () => {
    test.each(DRIFTS)("$what", async ({ host, by, found }) => {
      await must(host, by);
      const dry = await play("--check", "--diff");
      expect(moved(dry), dry.said).toEqual(found);
      const played = await play();
      expect(played.code, played.said).toBe(0);
      expect(moved(played)).toEqual(found);
      expect(moved(await play())).toEqual([]);
    });
  });

  test("a 3 MB upload through the VIP completes", async () => {
    const said = await must(
      "client",
      `head -c 3000000 /dev/zero >/tmp/upload && curl -s -m 20 --data-binary @/tmp/upload http://${VIP}/upload; rm /tmp/upload`,
    );
    expect(said).toMatch(/web[12]/);
  });

  test("a port that is not the service's is closed through the VIP, though a node listens on it", async () => {
    const node = await ask();
    expect((await on(node, "curl -s -m 3 http://127.0.0.1:8081/")).code).toBe(0);
    expect((await on("client", `curl -s -m 3 http://${VIP}:8081/`)).code).not.toBe(0);
    expect([await askPast("10.0.0.3", 80), await askPast("10.0.0.3", 8081)]).toEqual(["web1", ""]);
  });

  test("persistent clients keep their node through a failover, and back", async () => {
    await expect.poll(owner, until).toBeDefined();
    const first = await owner();
    const node = await ask();
    expect(node).toMatch(/^web[12]$/);
    // The sync daemon carries what it has seen within some 10 s, while the client goes on asking.
    for (let second = 0; second < 12; second++) {
      expect(await ask()).toBe(node);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await must(first!, "systemctl stop keepalived");
    await expect.poll(owner, until).toBe(first === "lb1" ? "lb2" : "lb1");
    await expect.poll(() => ask(), until).toBe(node);
    await must(first!, "systemctl start keepalived");
    await expect
      .poll(async () => (await on(first!, "systemctl is-active keepalived")).out.trim(), until)
      .toBe("active");
    expect(await ask()).toBe(node);
  });

  test("a dead web node's sticky clients move to the live one", async () => {
    const node = await ask();
    const other = node === "web1" ? "web2" : "web1";
    await must(node, "systemctl stop nginx");
    await expect.poll(() => ask(), until).toBe(other);
    await must(node, "systemctl start nginx");
    await expect.poll(async () => (await play("--tags", "check")).code, { timeout: 90_000, interval: 1000 }).toBe(0);
  });

  test("a node that has lost its way of taking the VIP is noticed by the play's own check through it", async () => {
    const rule = `rule family="ipv4" destination address="${VIP}" forward-port port="80" protocol="tcp" to-port="80"`;
    await must("web2", `firewall-cmd --zone=internal --remove-rich-rule='${rule}'`);
    const played = await play("--tags", "check");
    expect(played.code, played.said).toBe(2);
    const failed = played.tasks.filter(({ status }) => status === "failed");
    expect(failed.map(({ host }) => host)).toEqual(["client"]);
    const repaired = await play();
    expect(repaired.code, repaired.said).toBe(0);
    expect(moved(repaired)).toEqual(["web2: packets for the VIPs are redirected, the service's port only (rich rule)"]);
  });

  describe("the failover drill", () => {
    test("stops keepalived on the master, measures the outage, and puts things back", async () => {
      const { code, out, err } = await dsrctl("drill", "failover", "-i", "lab", "--json");
      expect(code, out + err).toBe(0);
      const last = JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as Record<string, unknown>;
      expect(last).toMatchObject({ type: "drill-end", proved: true, restored: true });
    });

    test("puts things back on Ctrl-C", async () => {
      const master = await owner();
      const drill = begin("drill", "failover", "-i", "lab", "--settle", "2", "--hold", "60");
      await drill.said("keepalived stopped");
      drill.interrupt();
      expect((await drill.ended).code).toBe(99);
      expect((await on(master!, "systemctl is-active keepalived")).out.trim()).toBe("active");
      await expect.poll(owner, until).toBeDefined();
    });

    test("refuses when the pair is not healthy, and touches nothing", async () => {
      await must("lb2", "systemctl stop keepalived");
      const { code, err } = await dsrctl("drill", "failover", "-i", "lab");
      expect(code).toBe(2);
      expect(err).toContain("keepalived is inactive on lb2");
      await must("lb2", "systemctl start keepalived");
    });
  });

  test("a host that is cut off is named, and the others go on", async () => {
    await dsrctl("lab", "cut", "web2");
    const played = await play("--check");
    await dsrctl("lab", "heal", "web2");
    expect(played.code, played.said).toBe(4);
    const recap = new Map(played.recap.map((host) => [host.host, host]));
    expect(recap.get("web2")).toMatchObject({ unreachable: 1, ok: 0 });
    expect(recap.get("web1")).toMatchObject({ unreachable: 0, failed: 0, willChange: 0 });
    // keepalived takes its time to find the node again.
    await expect.poll(async () => (await play("--check")).code, until).toBe(0);
  });

  test("the article's way is built where it is asked for, with a word about each mistake, and undone again", async () => {
    const article = await play("-e", "profile=article");
    expect(article.code, article.said).toBe(0);
    for (const advice of [
      "REDIRECT without a port",
      "`nopreempt` does nothing",
      "owns the route",
      "8 bytes in clear",
    ]) {
      expect(article.out).toContain(advice);
    }
    await expect.poll(() => ask(), until).toMatch(/^web[12]$/);
    expect(await askPast("10.0.0.3", 8081), "what is wrong with it").toMatch(/^web1/);
    expect(moved(await play("-e", "profile=article"))).toEqual([]);
    const right = await play();
    expect(right.code, right.said).toBe(0);
    expect(await askPast("10.0.0.3", 8081)).toBe("");
    expect(moved(await play())).toEqual([]);
  });
});
