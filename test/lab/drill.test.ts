/**
 * The failover drill on real hosts, watched by somebody else: what the client was served, and who held the VIP, is never taken from the
 * drill's own word. Every test leaves the site healthy.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { advertising, observe, servedBy, unservedAtEnd, worstGap } from "./observer.ts";
import type { Observer } from "./observer.ts";
import { NO_LAB, VIP, begin, dsrctl, must, on, owner, play } from "./site.ts";
import type { Said } from "./site.ts";

const until = { timeout: 120_000, interval: 500 };

const drill = ({ hold = 3, patience = 60 } = {}): readonly string[] => [
  ...["drill", "failover", "-i", "lab", "--settle", "8"],
  ...["--hold", String(hold), "--patience", String(patience)],
];

/** `3 × advert_int + skew + 2`, and what it takes to stop, to start and to hand over on a slow kernel. */
const OUTAGE = 5.7 + 25;

interface End {
  readonly type: string;
  readonly holder?: string;
  readonly because?: string;
  readonly proved?: boolean;
  readonly restored?: boolean;
  readonly trouble?: readonly string[];
  readonly notAsBefore?: readonly string[];
  readonly stopped?: readonly { readonly host: string; readonly command: string }[];
  readonly reasons?: readonly string[];
}

function endOf({ out }: Said): End {
  return JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as End;
}

describe.skipIf(NO_LAB !== "")(`the failover drill on the lab${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  let watcher: Observer;
  let [master, backup] = ["lb1", "lb2"];

  beforeAll(async () => {
    const up = await dsrctl("lab", "up");
    expect(up.code, up.out + up.err).toBe(0);
    const played = await play();
    expect(played.code, played.said).toBe(0);
  });

  beforeEach(async () => {
    await expect.poll(owner, until).toBeDefined();
    master = (await owner()) ?? "";
    backup = master === "lb1" ? "lb2" : "lb1";
    watcher = await observe();
  });

  afterEach(async () => {
    await watcher.end();
  });

  afterAll(async () => {
    const played = await play();
    expect(played.code, played.said).toBe(0);
  });

  /** keepalived's processes on a host, the parent first; VRRP is the last that it starts, the checkers the first. */
  const family = async (host: string): Promise<readonly string[]> =>
    (await must(host, "main=$(systemctl show -p MainPID keepalived); main=${main#*=}; echo $main; pgrep -P $main"))
      .trim()
      .split("\n");

  const settled = async (): Promise<void> => {
    await expect.poll(() => watcher.requests().then((all) => unservedAtEnd(all)), until).toEqual([]);
    await expect.poll(() => advertising(watcher.frames, 3).length, until).toBe(1);
    for (const host of ["lb1", "lb2"])
      expect((await on(host, "systemctl is-active keepalived")).out.trim(), host).toBe("active");
  };

  const refused = async (why: string | RegExp): Promise<void> => {
    const said = await dsrctl(...drill(), "--json");
    const end = endOf(said);
    if (end.reasons === undefined) throw new Error(`it was not refused:\n${said.out}${said.err}`);
    expect(end.reasons).toContainEqual(typeof why === "string" ? why : expect.stringMatching(why));
    expect(said.code).toBe(2);
    expect(servedBy(watcher.frames), "who was sent requests").toEqual([master]);
  };

  test("with `nopreempt` leaves the VIP with the director that took over, and every client served", async () => {
    const said = await dsrctl(...drill(), "--json");
    expect(said.code, said.out + said.err).toBe(0);
    expect(endOf(said)).toMatchObject({
      ...{ type: "drill-end", master, backup, proved: true, restored: true, holder: backup, stopped: [] },
      because: "`nopreempt`: the director that took over keeps it",
    });
    await settled();
    expect(servedBy(watcher.frames)).toEqual([master, backup]);
    expect(advertising(watcher.frames, 3)).toEqual([backup]);
    expect(worstGap(await watcher.requests())).toBeLessThan(OUTAGE);
  });

  describe("is refused, and moves nothing,", () => {
    test("when the service's port is closed on the backup", async () => {
      await must(backup, "firewall-cmd --zone=internal --remove-port=80/tcp");
      await refused(new RegExp(`^${backup} cannot serve: its firewall blocks port 80 `)).finally(() =>
        must(backup, "firewall-cmd --zone=internal --add-port=80/tcp"),
      );
    });

    test("when the backup drops one of the client's addresses", async () => {
      const rule = `rule family="ipv4" source address="10.0.0.103" drop`;
      await must(backup, `firewall-cmd --zone=internal --add-rich-rule='${rule}'`);
      await refused(`${backup} cannot serve: its firewall blocks port 80 (probed from 10.0.0.103)`).finally(() =>
        must(backup, `firewall-cmd --zone=internal --remove-rich-rule='${rule}'`),
      );
    });

    test.each(["parent", "checker", "VRRP"])("when keepalived's %s process is stopped on the backup", async (which) => {
      const [parent = "", first = "", second = ""] = await family(backup);
      const sockets = await must(
        backup,
        `ls -l /proc/${first}/fd; awk '$2 ~ /:0070$/ { print "inode", $10 }' /proc/net/raw`,
      );
      const raw = [...sockets.matchAll(/inode (\d+)/g)].some(([, inode = ""]) => sockets.includes(`socket:[${inode}]`));
      const [vrrp, checker] = raw ? [first, second] : [second, first];
      const pid = which === "parent" ? parent : which === "VRRP" ? vrrp : checker;
      await must(backup, `kill -STOP ${pid}`);
      await refused(
        `keepalived's ${which} process ${pid} on ${backup} is stopped (state T): it does nothing until \`kill -CONT ${pid}\``,
      ).finally(() => must(backup, `kill -CONT ${pid}`));
    });

    test("when a web node is down", async () => {
      await must("web2", "systemctl stop nginx");
      await refused(/web2 \(10\.0\.0\.4\).*: its weight is 0$|^\d+ of \d+ probes failed/).finally(() =>
        must("web2", "systemctl start nginx"),
      );
      await expect.poll(() => watcher.requests().then((all) => unservedAtEnd(all)), until).toEqual([]);
      for (const host of ["lb1", "lb2"])
        await expect.poll(() => must(host, "ipvsadm-save -n"), until).toContain("-r 10.0.0.4:80 -g -w 1");
    });

    test("when the master drops one of the client's addresses", async () => {
      const rule = `rule family="ipv4" source address="10.0.0.102" drop`;
      await must(master, `firewall-cmd --zone=internal --add-rich-rule='${rule}'`);
      await refused(/^\d+ of \d+ probes failed before the strike: timed out × \d+ \(from 10\.0\.0\.102\)$/).finally(
        () => must(master, `firewall-cmd --zone=internal --remove-rich-rule='${rule}'`),
      );
    });

    test("when a web node answers a wrong page", async () => {
      const conf = "/etc/nginx/conf.d/lab.conf";
      await must("web2", `sed -i.right 's/"$hostname\\\\n"/"It works!\\\\n"/' ${conf} && systemctl reload nginx`);
      await refused("web2 (10.0.0.4) answers a wrong page: `It works!` does not contain `web`").finally(() =>
        must("web2", `mv ${conf}.right ${conf} && systemctl reload nginx`),
      );
    });
  });

  describe("whose controller is stopped between the last look and the strike", () => {
    /** The client knocks at the directors' own addresses in every look: when it does after the settling, the strike is next. */
    const stoppedBeforeStrike = async (): Promise<ReturnType<typeof begin>> => {
      const begun = begin(...drill(), "--json");
      await begun.said("asks http://");
      const early = begun.ended.then((said) => Promise.reject(new Error(said.out + said.err)));
      await Promise.race([watcher.frame(({ what }) => what.startsWith("knock")), early]);
      begun.signal("SIGSTOP");
      early.catch(() => undefined);
      return begun;
    };

    test("says that the VIP has moved meanwhile, and strikes nobody", async () => {
      const begun = await stoppedBeforeStrike();
      await must(master, "systemctl restart keepalived");
      await expect.poll(owner, until).toBe(backup);
      const began = await must(master, "systemctl show -p MainPID keepalived");
      begun.signal("SIGCONT");
      const said = await begun.ended;
      expect(said.code, said.out + said.err).toBe(2);
      // Which of the two it hears of first, the requests that were lost or the host's own look, is not ours to say.
      expect(endOf(said).reasons).toEqual([
        expect.stringMatching(
          /^(the strike on lb\d failed: it no longer holds 10\.0\.0\.5|\d+ of \d+ probes failed before)/,
        ),
      ]);
      expect(await must(master, "systemctl show -p MainPID keepalived")).toBe(began);
      await settled();
    });

    test("looks again when nothing has moved", async () => {
      const begun = await stoppedBeforeStrike();
      const clock = async (): Promise<number> => Number((await must(master, "cut -d ' ' -f 1 /proc/uptime")).trim());
      const began = await clock();
      await expect.poll(clock, until).toBeGreaterThan(began + 12);
      begun.signal("SIGCONT");
      const said = await begun.ended;
      expect(said.code, said.out + said.err).toBe(0);
      expect(said.out).toContain("strike cancelled: its last state is more than 10 s old; examining the pair again");
      expect(endOf(said)).toMatchObject({ proved: true, restored: true, holder: backup });
      await settled();
    });
  });

  test("hands the VIP back from a backup that serves no more, and says what is not as before", async () => {
    const begun = begin(...drill({ hold: 600, patience: 5 }), "--json");
    await begun.said("every source is served");
    await must(backup, "firewall-cmd --zone=internal --remove-port=80/tcp");
    const said = await begun.ended;
    const end = endOf(said);
    expect(said.code, said.out + said.err).toBe(2);
    expect(end).toMatchObject({ type: "drill-end", proved: false, restored: false, holder: master, stopped: [] });
    expect(end.trouble).toEqual([
      expect.stringMatching(/^a client was not served for \d+\.\d s while the backup held the VIP$/),
      `${VIP} was handed to ${master}, since ${backup} did not serve`,
    ]);
    expect(end.notAsBefore).toContainEqual(expect.stringContaining(`${backup} cannot serve: its firewall`));
    await settled();
    expect(servedBy(watcher.frames)).toEqual([master, backup, master]);
    expect(worstGap(await watcher.requests())).toBeLessThan(OUTAGE);
    await must(backup, "firewall-cmd --zone=internal --add-port=80/tcp");
  });

  test("that loses a host says what is stopped there, and the command that starts it", async () => {
    const begun = begin(...drill({ patience: 5 }));
    await begun.said("every source is served");
    await dsrctl("lab", "cut", master);
    const said = await begun.ended;
    expect(said.code, said.out + said.err).toBe(2);
    expect(said.out).toMatch(/requests {3}\d+ sent/);
    const [, host = "", command = ""] =
      /\n {2}keepalived was stopped on (\S+) and is not confirmed to run; start it there as root: (.*)\n$/.exec(
        said.out,
      ) ?? [];
    expect(host, said.out).toBe(master);
    expect(unservedAtEnd(await watcher.requests())).toEqual([]);
    await dsrctl("lab", "heal", master);
    await must(host, command);
    await settled();
    expect(servedBy(watcher.frames)).toEqual([master, backup]);
  });

  test("puts things back on Ctrl-C", async () => {
    const begun = begin(...drill({ hold: 600 }));
    await begun.said("keepalived stopped");
    begun.interrupt();
    const said = await begun.ended;
    expect(said.code, said.out + said.err).toBe(99);
    expect(said.out).toContain("restored: every client is served");
    await settled();
  });

  test("with preemption brings the VIP back to the preferred director", async () => {
    const conf = "/etc/keepalived/keepalived.conf";
    for (const each of ["lb1", "lb2"])
      await must(each, `sed -i.right '/nopreempt/d' ${conf} && systemctl reload keepalived`);
    await expect.poll(owner, until).toBe("lb1");
    const said = await dsrctl(...drill(), "--json");
    expect(said.code, said.out + said.err).toBe(0);
    expect(endOf(said)).toMatchObject({ proved: true, restored: true, holder: "lb1", because: "it preempts" });
    await settled();
    expect(advertising(watcher.frames, 3)).toEqual(["lb1"]);
    expect(servedBy(watcher.frames).slice(-3)).toEqual(["lb1", "lb2", "lb1"]);
    for (const each of ["lb1", "lb2"]) await must(each, `mv ${conf}.right ${conf} && systemctl reload keepalived`);
  });
});
