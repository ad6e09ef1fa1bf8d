/** What the operator's ssh configuration does to a host of an inventory, and what the inventory does to that. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadInventory } from "../../src/inventory/load.ts";
import { connectionOf } from "../../src/inventory/target.ts";

const directory = mkdtempSync(join(tmpdir(), "dsrctl-said-"));
afterAll(() => rmSync(directory, { recursive: true }));
const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
writeFileSync(join(directory, "own"), KEY, { mode: 0o600 });
writeFileSync(join(directory, "named"), KEY, { mode: 0o600 });

let count = 0;
async function connection(config: string, variables: Readonly<Record<string, unknown>> = {}, own = true) {
  count += 1;
  const file = join(directory, `ssh_config-${count}`);
  writeFileSync(file, config.replaceAll("DIR", directory));
  writeFileSync(join(directory, `${count}.yml`), JSON.stringify({ all: { hosts: { web1: variables, lb1: {} } } }));
  const inventory = await loadInventory(`${count}.yml`, directory);
  const sshConfig = { files: [{ path: file, own, guarded: false }] };
  const host = inventory.hosts.get("web1")!;
  return connectionOf(host, { inventory, cwd: directory, render: () => (text: string) => text, sshConfig });
}

describe("the ssh configuration", () => {
  it("fills what the inventory leaves open", async () => {
    const { target, warnings } = await connection(
      `Host web*
  HostName %h.example.org
  Port 2200
  User deploy
  IdentityFile DIR/own
  IdentitiesOnly yes
  IdentityAgent /run/agent-%r
  HostKeyAlias web
  UserKnownHostsFile DIR/known-%n
  GlobalKnownHostsFile none
  StrictHostKeyChecking accept-new
  ServerAliveInterval 7
  ServerAliveCountMax 2
  ConnectTimeout 1m
  ProxyCommand nc %h %p
`,
    );
    expect(warnings).toEqual([]);
    expect(target).toMatchObject({
      ...{ name: "web1", asked: "web1", address: "web1.example.org", port: 2200, user: "deploy", keys: [] },
      ...{ offered: [join(directory, "own")], identitiesOnly: true, agent: "/run/agent-deploy", hostKeyAlias: "web" },
      ...{ knownHosts: [join(directory, "known-web1")], hostKeys: "accept-new", connectTimeout: 60 },
      ...{ keepalive: { interval: 7, count: 2 }, proxyCommand: "nc %h %p", jump: [] },
      openssh: { why: undefined },
    });
  });

  it("is weaker than the inventory", async () => {
    const { target } = await connection(
      "Host 10.0.0.3\n  Port 1\n  User a\n  ConnectTimeout 9\n  ProxyCommand b\n  IdentityFile DIR/own\nHost web1\n  HostKeyAlias no\n",
      {
        ...{ ansible_host: "10.0.0.3", ansible_port: 2, ansible_user: "c", ansible_timeout: 3 },
        ...{ ansible_ssh_private_key_file: "named", ansible_ssh_common_args: "-o ProxyCommand=d -o HostKeyAlias=e" },
      },
    );
    expect(target).toMatchObject({
      ...{ asked: "10.0.0.3", address: "10.0.0.3", port: 2, user: "c", connectTimeout: 3, proxyCommand: "d" },
      ...{ keys: [join(directory, "named")], offered: [join(directory, "own")], hostKeyAlias: "e" },
    });
  });

  it("says what lies on the way, hop by hop", async () => {
    const { target } = await connection(
      `Host web1
  ProxyJump me@inner:2022,lb1
Host inner
  HostName 192.0.2.2
  IdentityFile DIR/own
  ProxyJump outer
Host outer
  HostName 192.0.2.1
  ProxyCommand nc %h %p
Host lb1
  Port 9
  ProxyJump never
`,
    );
    expect(
      target.jump.map(({ asked, address, port, user, offered, proxyCommand }) => [
        asked,
        address,
        port,
        user,
        offered,
        proxyCommand,
      ]),
    ).toEqual([
      ["outer", "192.0.2.1", 22, userInfo().username, undefined, "nc %h %p"],
      ["inner", "192.0.2.2", 2022, "me", [join(directory, "own")], undefined],
      ["lb1", "lb1", 9, userInfo().username, undefined, undefined],
    ]);
  });

  it.each([
    ["CertificateFile ~/a-cert.pub", {}, "`CertificateFile` in the ssh configuration"],
    ["GSSAPIAuthentication yes", {}, "`GSSAPIAuthentication` in the ssh configuration"],
    ["GSSAPIAuthentication no", {}, undefined],
    ["PKCS11Provider none", {}, undefined],
    ["KexAlgorithms sntrup761x25519-sha512@openssh.com", {}, "`KexAlgorithms` in the ssh configuration"],
    ["KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256", {}, undefined],
    ["HostKeyAlgorithms +ssh-rsa", {}, "`HostKeyAlgorithms` in the ssh configuration"],
    ["KnownHostsCommand /bin/keys %H", {}, "`KnownHostsCommand` in the ssh configuration"],
    ["Port 22", { ansible_connection: "openssh" }, "`ansible_connection: openssh`"],
    ["Port 22", { ansible_ssh_common_args: "-o PKCS11Provider=/x.so" }, "`PKCS11Provider` in the ssh arguments"],
  ])("%s, %j: OpenSSH because of %s", async (config, variables, why) => {
    expect((await connection(`${config}\n`, variables)).target.openssh?.why).toBe(why);
  });

  it("of the whole system does not choose OpenSSH: Debian's asks for Kerberos everywhere", async () => {
    expect((await connection("GSSAPIAuthentication yes\n", {}, false)).target.openssh?.why).toBeUndefined();
  });

  it("that does not check host keys is read as one that takes new ones, with a warning", async () => {
    const { target, warnings } = await connection("StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n");
    expect([target.hostKeys, target.knownHosts[0]]).toEqual([
      "accept-new",
      join(userInfo().homedir, ".ssh/known_hosts"),
    ]);
    expect(warnings.map(({ message }) => message).sort()).toEqual([
      "host keys are always checked",
      "no known hosts are kept in /dev/null",
    ]);
  });

  it("means nothing for this machine itself", async () => {
    const { target } = await connection("HostName elsewhere\nUser a\n", { ansible_connection: "local" });
    expect(target).toMatchObject({ connection: "local", address: "web1", openssh: undefined });
  });
});
