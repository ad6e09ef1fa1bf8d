/**
 * A real site on its twin: two pairs, five VIPs of both families, TCP and UDP, persistence across ports, receivers of two
 * ways, three Debian releases. `npm run test:twin` runs it; it takes some fifteen minutes.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

// Read when the lab's modules are loaded.
vi.hoisted(() => (process.env["DSRCTL_LAB"] = "twin"));

const { NO_LAB, dsrctl, must, on } = await import("../lab/site.ts");

const INVENTORY = "test/twin/inventory";
const TWIN = ["-i", INVENTORY, "--lab"] as const;
const until = { timeout: 120_000, interval: 500 };

/** What every client of the site asks, from outside through the router: a line for each answer. */
const ASKING = `
web() { curl -gks -m 2 "$1" || echo failed; }
for vip in 192.0.2.5 '[2001:db8:1::5]'; do echo "www $vip $(web http://$vip/) $(web https://$vip/)"; done
echo "shop $(web https://192.0.2.6/)"
python3 - <<'EOF'
import socket
query = b"\\x12\\x34\\x01\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1"
for vip in ("192.0.2.53", "2001:db8:1::53"):
    with socket.socket(socket.AF_INET6 if ":" in vip else socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(2)
        asked.sendto(query, (vip, 53))
        try:
            answer, source = asked.recvfrom(512)
            print("dns", vip, "from", source[0], ".".join(str(byte) for byte in answer[-4:]))
        except OSError as error:
            print("dns", vip, "failed", error)
EOF`;

const SERVED = [
  /^www 192\.0\.2\.5 (web\d) \1$/,
  /^www \[2001:db8:1::5\] (web\d) \1$/,
  /^shop web\d$/,
  /^dns 192\.0\.2\.53 from 192\.0\.2\.53 192\.0\.2\.200$/,
  /^dns 2001:db8:1::53 from 2001:db8:1::53 192\.0\.2\.200$/,
];

/** What is not as it must be; empty: every service answers. */
async function trouble(): Promise<readonly string[]> {
  const lines = (await on("twin-client", ASKING)).out.trimEnd().split("\n");
  return SERVED.flatMap((pattern, index) => (pattern.test(lines[index] ?? "") ? [] : [lines[index] ?? "no answer"]));
}

async function isServed(): Promise<void> {
  await expect.poll(trouble, until).toEqual([]);
}

/** The directors that hold each VIP. */
async function holders(): Promise<Readonly<Record<string, string>>> {
  const hosts = ["lb1", "lb2", "lb3", "lb4"];
  const held = await Promise.all(hosts.map((host) => must(host, "ip -o addr show dev eth0")));
  const vips = ["192.0.2.5/32", "2001:db8:1::5/128", "192.0.2.6/32", "192.0.2.53/32", "2001:db8:1::53/128"];
  return Object.fromEntries(
    vips.map((vip) => [vip, hosts.filter((_, index) => held[index]?.includes(` ${vip} `)).join(" ")]),
  );
}

const SINK = `
systemctl stop sink 2>/dev/null
cat >/run/sink.py <<'EOF'
import socketserver
class Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 sink\\r\\n")
        data = False
        for line in self.rfile:
            if data:
                data = line != b".\\r\\n"
                open("/run/mail", "ab").write(line)
                if not data: self.wfile.write(b"250 ok\\r\\n")
            elif line[:4].upper() == b"DATA":
                data = True
                self.wfile.write(b"354 go on\\r\\n")
            elif line[:4].upper() == b"QUIT":
                self.wfile.write(b"221 bye\\r\\n")
                return
            else: self.wfile.write(b"250 ok\\r\\n")
socketserver.ThreadingTCPServer(("", 25), Mail).serve_forever()
EOF
systemd-run --quiet --unit=sink python3 /run/sink.py`;

let site: string;
const play = (...args: readonly string[]) => dsrctl("play", site, ...TWIN, ...args);

/** Fresh hosts are up within a minute or two; each host answers for itself. */
describe.skipIf(NO_LAB !== "")(`a real site on its twin${NO_LAB === "" ? "" : ` (${NO_LAB})`}`, () => {
  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), "dsrctl-twin-"));
    cpSync("playbooks", directory, { recursive: true });
    cpSync("test/twin/files", join(directory, "files"), { recursive: true });
    site = join(directory, "site.yml");
    const up = await dsrctl("lab", "reset", "-i", INVENTORY);
    expect(up.code, up.out + up.err).toBe(0);
    await must("monitor", SINK);
  });
  afterAll(async () => {
    rmSync(join(site, ".."), { recursive: true });
    await dsrctl("lab", "down");
  });

  test("is built in one go, and every service answers", async () => {
    const { code, out, err } = await play();
    expect(code, out + err).toBe(0);
    await isServed();
  });

  test("converges: a second run changes nothing, with one exec for each host", async () => {
    const { code, out } = await play("--json");
    expect(code, out).toBe(0);
    const lines = out.trimEnd().split("\n");
    const end = JSON.parse(lines.at(-1) ?? "") as {
      readonly recap: readonly {
        readonly host: string;
        readonly changed: number;
        readonly cost: { readonly execs: number };
      }[];
    };
    expect(end.recap.map(({ host, changed, cost }) => [host, changed, cost.execs])).toEqual(
      end.recap.map(({ host }) => [host, 0, 1]),
    );
  });

  test("clients keep their real server on all ports, and reach all of them", async () => {
    const sources = [10, 11, 12, 13].map((last) => `198.51.100.${last}`);
    const ask = sources.map((source) =>
      ["http", "https"].map((scheme) => `curl -ks -m 2 --interface ${source} ${scheme}://192.0.2.5/`).join("; "),
    );
    const lines = (await must("twin-client", ask.join("; "))).trimEnd().split("\n");
    expect(lines).toHaveLength(8);
    expect(lines.filter((_, index) => index % 2 === 0)).toEqual(lines.filter((_, index) => index % 2 === 1));
    const shop = await must("twin-client", `${"curl -ks -m 2 https://192.0.2.6/; ".repeat(12)}true`);
    expect([...new Set(shop.trimEnd().split("\n"))].toSorted()).toEqual(["web1", "web2", "web3", "web4"]);
  });

  test("a failover of one instance leaves the others where they are, and is notified", async () => {
    await must("monitor", "rm -f /run/mail");
    const before = await holders();
    expect(before).toEqual({
      "192.0.2.5/32": "lb1",
      "2001:db8:1::5/128": "lb1",
      "192.0.2.6/32": "lb2",
      "192.0.2.53/32": "lb3",
      "2001:db8:1::53/128": "lb3",
    });
    const { code, out, err } = await dsrctl("drill", "failover", ...TWIN, "--vip", "shop");
    expect(code, out + err).toBe(0);
    expect(await holders()).toEqual(before);
    expect(await must("lb1", "cat /run/notified")).toMatch(/^INSTANCE "?B"? MASTER 100$/m);
    await expect
      .poll(async () => (await on("monitor", "cat /run/mail")).out, until)
      .toMatch(/^Subject: .*\bB\b.*MASTER/m);
  });

  test("when no real server is left the sorry server answers, and they come back", async () => {
    const nodes = ["web1", "web2", "web3", "web4"];
    await Promise.all(nodes.map((host) => must(host, "systemctl stop nginx")));
    const asked = async (): Promise<string> => (await on("twin-client", "curl -s -m 2 http://192.0.2.5/")).out.trim();
    await expect.poll(asked, until).toBe("sorry");
    await Promise.all(nodes.map((host) => must(host, "systemctl start nginx")));
    await isServed();
  });

  test.each(["lb1", "lb2", "lb3", "lb4", "web1", "web2", "web3", "web4", "web5", "web6"])(
    "%s comes back from a reboot as it was",
    async (host) => {
      await dsrctl("lab", "kill", host);
      const up = await dsrctl("lab", "up", "-i", INVENTORY, "--hosts", host);
      expect(up.code, up.out + up.err).toBe(0);
      await isServed();
    },
  );

  test("all hosts come back from a reboot, and the site serves without a play", async () => {
    const { out } = await dsrctl("lab", "status", "--json");
    const { hosts } = JSON.parse(out) as { readonly hosts: readonly { readonly name: string }[] };
    for (const { name } of hosts) await dsrctl("lab", "kill", name);
    const up = await dsrctl("lab", "up", "-i", INVENTORY);
    expect(up.code, up.out + up.err).toBe(0);
    await isServed();
    const { code, out: said, err } = await play("--check");
    expect(code, said + err).toBe(0);
    expect(said).not.toContain("will change");
  });
});
