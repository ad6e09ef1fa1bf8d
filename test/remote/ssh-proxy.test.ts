/** Ways to a host that are not a TCP connection from here. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expandProxyCommand } from "../../src/remote/transport/proxy.ts";
import { connect } from "../../src/remote/connect.ts";
import type { Target } from "../../src/core/target.ts";
import { containing, failureOf, fakeServer, faultyWay, matching } from "./faults.ts";
import { freePort, isAlive, runOn, sshdMissing, startSshd, targetOf, withSshd, withTransport } from "./sshd.ts";
import type { Sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;
const skipped = sshdMissing ? ` (skipped: ${sshdMissing})` : "";

describe.skipIf(sshdMissing)(`ProxyCommand${skipped}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ maxStartups: "100" });
  });
  afterAll(() => sshd.stop());
  const by = (proxyCommand: string, change: Partial<Target> = {}) => targetOf(sshd, { proxyCommand, ...change });
  /** A relay that needs nothing but perl, which every Debian has. */
  const relay = () => {
    const script = join(sshd.dir, "relay");
    writeFileSync(script, RELAY);
    chmodSync(script, 0o755);
    return script;
  };

  it("is the connection, with its tokens replaced", async () => {
    const log = join(sshd.dir, "tokens");
    const command = `sh -c 'echo "%n %r %h %p 100%%" >${log}; exec ${relay()} %h %p'`;
    const result = await withTransport(by(command), (host) => runOn(host, "head -c 3000000 /dev/zero"));
    expect([result.out.length, result.ended]).toEqual([3_000_000, "exit 0"]);
    expect(readFileSync(log, "utf8")).toBe(`web1 root 127.0.0.1 ${sshd.port} 100%\n`);
  });

  it("is OpenSSH's own ssh -W", async () => {
    const options = `-F none -i ${sshd.userKeyPath} -o UserKnownHostsFile=${sshd.knownHosts} -p ${sshd.port}`;
    const result = await withTransport(by(`ssh ${options} -W %h:%p root@127.0.0.1`), (host) =>
      runOn(host, "echo fine"),
    );
    expect(result).toMatchObject({ out: "fine\n", ended: "exit 0" });
  });

  it("is ended with the connection, and with those that it started", async () => {
    const pids = join(sshd.dir, "pids");
    const command = `sh -c 'trap "" TERM; sleep 1000 & echo $! $$ >${pids}; ${relay()} %h %p'`;
    await withTransport(by(command), (host) => runOn(host, "true"));
    for (const pid of readFileSync(pids, "utf8").trim().split(" ")) await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("is ended when the connection does not come to be", async () => {
    const pids = join(sshd.dir, "pids2");
    const command = `sh -c 'echo $$ >>${pids}; exec sleep 1000'`;
    const error = await failureOf(by(command, { connectTimeout: 0.2 }));
    expect(error).toMatchObject({ stage: "proxy", message: "nothing came through the proxy command within 1.2 s" });
    for (const pid of readFileSync(pids, "utf8").trim().split("\n")) await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("that fails is told with its own words, and tried again", async () => {
    const tries = join(sshd.dir, "tries");
    const error = await failureOf(by(`sh -c 'echo x >>${tries}; echo "no way there" >&2; exit 7'`));
    expect(error).toMatchObject({ stage: "proxy", retry: true });
    expect(error.message).toBe("the proxy command ended before the host answered: code 7, `no way there`");
    expect(readFileSync(tries, "utf8")).toBe("x\nx\nx\n");
  });

  it("that is not there is told", async () => {
    const error = await failureOf(by("/nonexistent/proxy %h"));
    expect(error.message).toMatch(/^the proxy command ended before the host answered: code 127, `.*not found`$/);
  });

  it("that goes while a command runs: lost", async () => {
    const pid = join(sshd.dir, "pid3");
    const host = await connect(by(`sh -c 'echo $$ >${pid}; exec ${relay()} %h %p'`), NEVER);
    const channel = await host.exec("sleep 60");
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
    expect(await channel.ended).toMatchObject({ is: "lost" });
    await host.close();
  });

  it("checks the host key as everywhere", async () => {
    const error = await failureOf(by(`${relay()} %h %p`, { knownHosts: ["/nonexistent"] }));
    expect(error).toMatchObject({ stage: "host-key", message: containing("is not known") });
    expect(error.hint).not.toContain("ssh-keyscan");
  });

  it("takes no other tokens, and no value that a shell reads otherwise", () => {
    const target = targetOf(sshd);
    expect(() => expandProxyCommand("nc %h %x", target)).toThrow("the proxy command has `%x`");
    expect(() => expandProxyCommand("nc %", target)).toThrow("the proxy command has `%`");
    for (const address of ["$(id)", "a b", "a;b", "a'b", '"', "-oProxyCommand=id", "a\nb", "`id`", "a&b", ""]) {
      expect(() => expandProxyCommand('nc "%h" %p', { ...target, address })).toThrow("cannot replace `%h`");
    }
    expect(expandProxyCommand("nc %h %p %%h %n", { ...target, address: "fe80::1%eth0" })).toBe(
      `nc fe80::1%eth0 ${sshd.port} %h web1`,
    );
  });
});

describe.skipIf(sshdMissing)(`ProxyJump${skipped}`, () => {
  let sshd: Sshd;
  let bastion: Sshd;
  let inner: Sshd;
  beforeAll(async () => {
    [sshd, bastion, inner] = await Promise.all([startSshd(), startSshd({ maxStartups: "2:100:2" }), startSshd()]);
  });
  afterAll(() => Promise.all([sshd.stop(), bastion.stop(), inner.stop()]));
  const gate = (change: Partial<Target> = {}) => targetOf(bastion, { name: "gate", ...change });
  const behind = (...jump: Target[]) => targetOf(sshd, { jump });
  const logins = (at: Sshd) => at.log().match(/Accepted publickey/g)?.length ?? 0;

  it("goes through one host and through two, each with its own key and host key", async () => {
    expect((await withTransport(behind(gate()), (host) => runOn(host, "echo one"))).out).toBe("one\n");
    const second = targetOf(inner, { name: "second" });
    const before = [logins(bastion), logins(inner), logins(sshd)];
    expect((await withTransport(behind(gate(), second), (host) => runOn(host, "echo two"))).out).toBe("two\n");
    expect([logins(bastion), logins(inner), logins(sshd)]).toEqual(before.map((count) => count + 1));
  });

  it("F21 twenty hosts behind one jump host that takes two logins at a time: one login there", async () => {
    const before = logins(bastion);
    const hosts = await Promise.all(Array.from({ length: 20 }, () => connect(behind(gate()), NEVER)));
    const answers = await Promise.all(hosts.map((host, index) => runOn(host, `echo ${index}`)));
    expect(answers.map(({ out }) => out.trim())).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
    expect(logins(bastion)).toBe(before + 1);
    await Promise.all(hosts.map((host) => host.close()));
    await expect.poll(() => established(bastion.port), { timeout: 5000 }).toBe(0);
  });

  it("F27 the jump host goes with all that is behind it: everybody hears of it at once, and why", async () => {
    const way = await faultyWay(bastion.port);
    const via = gate({ port: way.port, hostKeyAlias: `[127.0.0.1]:${bastion.port}` });
    const hosts = await Promise.all([1, 2, 3].map(() => connect(behind(via), NEVER)));
    const channels = await Promise.all(hosts.map((host) => host.exec("sleep 60")));
    way.cut("reset");
    const ends = await Promise.all(channels.map(({ ended }) => ended));
    for (const end of ends)
      expect(end).toMatchObject({
        is: "lost",
        why: containing("jump host `gate`: the host reset the connection"),
      });
    await Promise.all(hosts.map((host) => host.close()));
    await way.stop();
  });

  it("a jump host that is lost is reached anew by the next", async () => {
    const way = await faultyWay(bastion.port);
    const via = gate({ port: way.port, hostKeyAlias: `[127.0.0.1]:${bastion.port}` });
    const first = await connect(behind(via), NEVER);
    way.cut("fin");
    const channel = await first.exec("true").catch(() => undefined);
    await channel?.ended;
    const second = await connect(behind(via), NEVER);
    expect((await runOn(second, "echo fine")).out).toBe("fine\n");
    await Promise.all([first.close(), second.close()]);
    await way.stop();
  });

  it("the jump host's key is checked as well", async () => {
    const error = await failureOf(behind(gate({ knownHosts: [sshd.knownHosts] })));
    expect(error).toMatchObject({
      stage: "host-key",
      retry: false,
      message: matching(/^jump host `gate`: the host key is not known/),
    });
  });

  it("the jump host refuses us, or is not there: named as the jump host's", async () => {
    const key = targetOf(sshd).keys;
    expect(await failureOf(behind(gate({ keys: key })))).toMatchObject({
      stage: "auth",
      message: matching(/^jump host `gate`: the host refused user/),
    });
    expect(await failureOf(behind(gate({ port: await freePort() })))).toMatchObject({
      stage: "tcp",
      message: matching(/^jump host `gate`: .* refused the connection$/),
    });
  });

  it("the jump host cannot reach the target, or may not", async () => {
    const error = await failureOf({ ...behind(gate()), port: await freePort() });
    expect(error).toMatchObject({
      stage: "tcp",
      message: matching(/^jump host `gate`: it cannot connect to 127\.0\.0\.1:\d+: .*Connection refused|open failed/),
    });
    await withSshd({ config: ["AllowTcpForwarding no"] }, async (own) => {
      const prohibited = await failureOf(behind(targetOf(own, { name: "gate" })));
      expect(prohibited).toMatchObject({ stage: "tcp", message: containing("prohibited") });
      expect(prohibited.hint).toContain("AllowTcpForwarding");
    });
  });

  it("one who gives up does not take the jump host from the others", async () => {
    const silent = await fakeServer(() => undefined);
    const stop = new AbortController();
    const [first, second] = [
      connect({ ...behind(gate()), port: silent.port }, stop.signal),
      connect(behind(gate()), NEVER),
    ];
    const host = await second;
    stop.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect((await runOn(host, "echo fine")).out).toBe("fine\n");
    await host.close();
    await silent.stop();
  });
});

const RELAY = `#!/usr/bin/perl
use IO::Socket::INET; use IO::Select;
my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1]) or die "cannot connect: $!\\n";
binmode STDIN; binmode STDOUT; $| = 1;
my $select = IO::Select->new($s, \\*STDIN);
while (1) { for my $from ($select->can_read) {
  my $n = sysread($from, my $buffer, 65536); exit 0 unless $n;
  my $to = $from == $s ? \\*STDOUT : $s;
  for (my $at = 0; $at < $n;) { my $w = syswrite($to, $buffer, $n - $at, $at); exit 1 unless $w; $at += $w; }
} }
`;

/** Connections at a port here (proc(5), /proc/net/tcp). */
function established(port: number): number {
  const local = new RegExp(`^\\s*\\d+: 0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 01 `, "gm");
  return readFileSync("/proc/net/tcp", "utf8").match(local)?.length ?? 0;
}
