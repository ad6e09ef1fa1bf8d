import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import type { Problem } from "../../src/core/problem.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import { readSshArguments } from "../../src/inventory/ssh-options.ts";
import type { SshOptions } from "../../src/inventory/ssh-options.ts";
import { connectionOf } from "../../src/inventory/target.ts";
import { splitWords } from "../../src/text/shell-words.ts";

const directory = mkdtempSync(join(tmpdir(), "dsrctl-target-"));
afterAll(() => rmSync(directory, { recursive: true }));

const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
writeFileSync(join(directory, "key"), KEY, { mode: 0o600 });
writeFileSync(join(directory, "open"), KEY);
chmodSync(join(directory, "open"), 0o644);
writeFileSync(join(directory, "key.pub"), "ssh-ed25519 AAAA user@host\n", { mode: 0o600 });
writeFileSync(join(directory, "text"), "hello\n", { mode: 0o600 });

let count = 0;
/** The connection of web1 in an inventory with these variables (YAML, indented by eight). */
async function connection(variables: string, rest = "") {
  const file = join(directory, `${count++}.yml`);
  const indented = variables.replace(/^/gm, "        ");
  writeFileSync(file, `all:\n  vars:\n    secret_word: hidden\n  hosts:\n    web1:\n${indented}\n${rest}`);
  const inventory = await loadInventory(file, directory);
  const host = inventory.hosts.get("web1");
  if (host === undefined) throw new Error("no web1");
  const render = () => (text: string) => text.replace("{{ secret_word }}", "hidden").replace("{{ number }}", "2222");
  return connectionOf(host, { inventory, cwd: directory, render, sshConfig: { files: [] } });
}

async function messages(work: Promise<unknown>): Promise<readonly string[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe("connection variables", () => {
  it("written with `!unsafe` are never rendered, whatever they say", async () => {
    const inBraces = "a{{ secret_word }}b {% raw %}";
    const block = "ansible_become_password: !unsafe |-\n  {{ secret_word }}\n  ".trimEnd();
    const { target, become } = await connection(
      [
        `ansible_password: !unsafe '${inBraces}'`,
        `ansible_ssh_private_key_passphrase: !unsafe "${inBraces}"`,
        `ansible_ssh_common_args: !unsafe "-o ProxyCommand='way {{ secret_word }}'"`,
        block,
      ].join("\n"),
    );
    expect([target.password?.reveal(), target.passphrase?.reveal()]).toEqual([inBraces, inBraces]);
    expect(target.proxyCommand).toBe("way {{ secret_word }}");
    expect(become({ become: true, user: undefined })?.password?.reveal()).toBe("{{ secret_word }}");
    const refused = await messages(connection('ansible_user: !unsafe "{{ secret_word }}"'));
    expect(refused).toEqual(["`ansible_user`: expected a user name"]);
  });

  it("without any: ssh to the host's name, as the user who asks", async () => {
    const { target, become } = await connection("{}");
    expect(target).toMatchObject({
      ...{ name: "web1", address: "web1", connection: "ssh", port: 22, user: userInfo().username },
      ...{ password: undefined, keys: [], hostKeys: "strict", jump: [], proxyCommand: undefined },
      ...{ connectTimeout: 10, keepalive: { interval: 5, count: 3 } },
      knownHosts: [
        ...["known_hosts", "known_hosts2"].map((name) => join(userInfo().homedir, ".ssh", name)),
        ...["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
      ],
    });
    expect(become({ become: undefined, user: undefined })).toBeUndefined();
    expect(become({ become: true, user: "app" })).toEqual({ user: "app", password: undefined });
  });

  it("all of them", async () => {
    const { target, become } = await connection(
      [
        "ansible_host: 10.0.0.3",
        'ansible_port: "{{ number }}"',
        "ansible_user: admin",
        "ansible_password: 0123",
        "ansible_ssh_private_key_file: key",
        "ansible_timeout: 3",
        "ansible_become: true",
        "ansible_become_user: root",
        'ansible_become_pass: "{{ secret_word }}"',
        "ansible_host_key_checking: accept-new",
      ].join("\n"),
    );
    expect(target).toMatchObject({ address: "10.0.0.3", port: 2222, user: "admin", connectTimeout: 3 });
    expect(target).toMatchObject({ keys: [join(directory, "key")], hostKeys: "accept-new" });
    expect(target.password?.reveal()).toBe("0123");
    expect(JSON.stringify(target)).not.toContain("0123");
    const words = become({ become: false, user: "app" });
    expect([words?.user, words?.password?.reveal()]).toEqual(["root", "hidden"]);
  });

  it.each([
    ["ansible_port: 0", "`ansible_port`: expected a whole number from 1 to 65535, got `0`"],
    ["ansible_port: ssh", "`ansible_port`: expected a whole number from 1 to 65535, got `ssh`"],
    ["ansible_port: [22]", "`ansible_port`: expected a whole number from 1 to 65535"],
    ['ansible_host: "-oProxyCommand=id"', "`ansible_host`: expected a host name or an address"],
    ['ansible_host: "a b"', "`ansible_host`: expected a host name or an address"],
    ["ansible_user: -l", "`ansible_user`: expected a user name"],
    ["ansible_become: perhaps", "`ansible_become`: expected `true` or `false`"],
    ["ansible_become_method: su", "only `sudo` is supported for `become`"],
    ["ansible_connection: winrm", "`ansible_connection`: expected `ssh`, `openssh` or `local`"],
    ["ansible_host_key_checking: false", "host keys are always checked"],
    ["ansible_ssh_private_key_file: none", "private key `none` does not exist"],
    ["ansible_ssh_private_key_file: .", "private key `.` is a directory"],
    ["ansible_ssh_private_key_file: open", "private key `open` is accessible to other users (mode 0644)"],
    ["ansible_ssh_private_key_file: key.pub", "`key.pub` is a public key"],
    ["ansible_ssh_common_args: -i text", "`text` is not a key"],
    ["ansible_ssh_private_key_file: text", "`text` is not a key"],
    ["ansible_ssh_common_args: -J web1", "the jump host `web1` is reached through itself"],
    ["ansible_ssh_common_args: -J a/b", "`a/b` is not `[user@]host[:port]`"],
  ])("%s", async (variables, message) => expect(await messages(connection(variables))).toEqual([message]));

  it("a password is never in a message", async () => {
    const problems = await messages(connection('ansible_password: "a\\nhunter2"\nansible_become_pass: [hunter2]'));
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain("hunter2");
  });
});

describe("ssh arguments", () => {
  function read(text: string): { readonly options: SshOptions; readonly problems: readonly Problem[] } {
    const options: SshOptions = {};
    const problems: Problem[] = [];
    const place = { source: { file: "x", text }, start: 0, end: text.length };
    readSshArguments(text, place, options, (problem) => problems.push(problem));
    return { options, problems };
  }

  it("a public key in them names one that the agent holds", async () => {
    for (const args of ["-o IdentityFile=key.pub -o IdentitiesOnly=yes", "-i key.pub"]) {
      const { target, warnings } = await connection(`ansible_ssh_common_args: ${args}`);
      expect([target.keys, warnings]).toEqual([[join(directory, "key.pub")], []]);
    }
  });

  it("are split as a shell splits words", () => {
    expect(splitWords(`-o A="b c" 'd e'f g\\ h "i\\"j" ''`)).toEqual(["-o", "A=b c", "d ef", "g h", 'i"j', ""]);
  });

  it("say how to get there", () => {
    const text =
      `-o ProxyCommand="nsenter --net=/run/netns/lab nc %h %p" -oUserKnownHostsFile=/a -o "StrictHostKeyChecking accept-new" ` +
      "-o HostKeyAlias=web -o ConnectTimeout=7 -o serveraliveinterval=9 -o ServerAliveCountMax=2 -p 2200 -l me -i ~/k " +
      "-o ControlMaster=auto -o ControlPersist=60s";
    expect(read(text)).toEqual({
      problems: [],
      options: {
        proxyCommand: "nsenter --net=/run/netns/lab nc %h %p",
        ...{ knownHosts: ["/a"], hostKeys: "accept-new", hostKeyAlias: "web", connectTimeout: 7 },
        ...{ keepaliveInterval: 9, keepaliveCount: 2, port: 2200, user: "me", identities: ["~/k"] },
      },
    });
  });

  it("the first of two counts, as in ssh", () => {
    expect(read("-o ConnectTimeout=1 -o ConnectTimeout=2").options.connectTimeout).toBe(1);
  });

  it.each<[string, SshOptions]>([
    ["-C -o ControlMaster=auto -o ControlPersist=60s", {}],
    ["-C -q -v -vvv -A -a -T -tt -x -X -Y -k -g -M -y", {}],
    ["-o PubkeyAuthentication=no -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no", {}],
    ["-4", { onlyOpenSsh: [["AddressFamily", "inet"]] }],
    ["-6", { onlyOpenSsh: [["AddressFamily", "inet6"]] }],
    ["-K", { onlyOpenSsh: [["GSSAPIAuthentication", "yes"]] }],
    [
      "-b 192.0.2.1 -Beth0",
      {
        onlyOpenSsh: [
          ["BindAddress", "192.0.2.1"],
          ["BindInterface", "eth0"],
        ],
      },
    ],
    [
      "-c aes128-ctr -m hmac-sha2-256",
      {
        onlyOpenSsh: [
          ["Ciphers", "aes128-ctr"],
          ["MACs", "hmac-sha2-256"],
        ],
      },
    ],
    ["-I /lib/token.so", { onlyOpenSsh: [["PKCS11Provider", "/lib/token.so"]] }],
    ["-S none -e none -Cqp 2200", { port: 2200 }],
    ["-4Cqoport=2200 -vlme", { onlyOpenSsh: [["AddressFamily", "inet"]], port: 2200, user: "me" }],
  ])("%s: flags are options under another name", (text, options) => {
    expect(read(text)).toEqual({ options, problems: [] });
  });

  it("what is not supported is told with all that is", () => {
    const [flag, option] = read("-N -o Nonsense=1").problems;
    expect(flag?.help).toContain("`-4`, `-6`, `-K`, `-a`");
    expect(flag?.help).toContain("`-C`");
    for (const name of ["ProxyJump", "AddressFamily", "Compression", "BatchMode", "PubkeyAuthentication"])
      expect(option?.help).toContain(`\`${name}\``);
  });

  it.each([
    ["-CN", "the ssh argument `-CN` is not supported", "-CN"],
    ["-o ProxyComand=x", "the ssh option `ProxyComand` is not supported", "ProxyComand"],
    ["-o StrictHostKeyChecking=no", "host keys are always checked", "no"],
    ["-o UserKnownHostsFile=/dev/null", "no known hosts are kept in /dev/null", "/dev/null"],
    ["-o ConnectTimeout=soon", "expected a whole number, got `soon`", "soon"],
    ["-p 99999", "expected a port from 1 to 65535, got `99999`", "99999"],
    ["-W host:22 -p 22", "the ssh argument `-W` is not supported", "-W"],
    ["nonsense", "the ssh argument `nonsense` is not supported", "nonsense"],
  ])("%s", (text, message, at) => {
    const { problems } = read(text);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    const place = problems[0]?.place;
    expect(place?.source.text.slice(place.start, place.end)).toBe(at);
  });

  it("jump hosts: those of the inventory bring their own settings", async () => {
    const rest =
      "    bastion: { ansible_host: 192.0.2.1, ansible_user: jump, ansible_ssh_common_args: -J outer:2022 }\n";
    const { target } = await connection("ansible_ssh_common_args: -J bastion,me@[2001:db8::1]:2200", rest);
    expect(target.jump.map(({ name, address, port, user, jump }) => [name, address, port, user, jump])).toEqual([
      ["outer", "outer", 2022, userInfo().username, []],
      ["bastion", "192.0.2.1", 22, "jump", []],
      ["2001:db8::1", "2001:db8::1", 2200, "me", []],
    ]);
  });
});
