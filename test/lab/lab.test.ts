import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { delay, freeze, LabError, sshArgv, up } from "../../src/lab/index.ts";
import { run } from "../../src/lab/process.ts";
import { LAB_NAME, PATHS } from "../../src/lab/site.ts";

interface Inventory {
  readonly all: {
    readonly vars: Readonly<Record<string, string | number>>;
    readonly children: Readonly<Record<string, { readonly hosts: Readonly<Record<string, { ansible_host: string }>> }>>;
  };
}

const inventory = parse(readFileSync("inventories/lab/hosts.yml", "utf8")) as Inventory;
const hosts = Object.values(inventory.all.children).flatMap((group) => Object.entries(group.hosts));

/** The variables with the lab's name in them, as plays have them. */
function rendered(vars: Inventory["all"]["vars"]): Readonly<Record<string, string>> {
  const name = "{{ lookup('env', 'DSRCTL_LAB') | default('lab', true) }}";
  const files = String(vars["lab_files"]).replace(name, LAB_NAME);
  const values = Object.entries(vars).map(([key, value]) => [key, String(value).replaceAll("{{ lab_files }}", files)]);
  return { ...(Object.fromEntries(values) as Readonly<Record<string, string>>), lab_files: files };
}

describe("the lab's inventory", () => {
  it("names the five hosts at the addresses ssh goes to", () => {
    expect(hosts.map(([name]) => name).sort()).toEqual(["client", "lb1", "lb2", "web1", "web2"]);
    for (const [name, host] of hosts) expect(sshArgv(name).at(-1)).toBe(`root@${host.ansible_host}`);
  });

  it("reaches them with the key, the proxy and the known hosts of `lab ssh`", () => {
    const argv = sshArgv("lb1");
    const { lab_files, ansible_ssh_common_args, ansible_ssh_private_key_file } = rendered(inventory.all.vars);
    expect(lab_files).toBe(PATHS.ssh);
    const options = ansible_ssh_common_args ?? "";
    const given = [...options.matchAll(/-o (?:(\w+)="([^"]*)"|(\S+))/g)].map((m) => m[3] ?? `${m[1]}=${m[2]}`);
    expect(given).toHaveLength(2);
    for (const option of given) expect(argv).toContain(option);
    expect(argv[argv.indexOf("-i") + 1]).toBe(ansible_ssh_private_key_file);
  });
});

describe("a step that fails", () => {
  it("shows the last lines the program wrote, without their colours", async () => {
    const said = "printf '\\033[0;32m  OK  \\033[0m Started\\r\\n\\nfailed\\n'; exit 3";
    await expect(run("booting", ["sh", "-c", said])).rejects.toThrow(
      "booting failed: sh ended with code 3\n  OK   Started\n  failed",
    );
  });
});

describe("a host the lab does not have", () => {
  const expected = expect.objectContaining({
    name: "LabError",
    hint: expect.stringContaining("web1") as string,
  }) as Error;

  it("is refused before anything is done", async () => {
    expect(() => sshArgv("web3")).toThrow(LabError);
    await expect(freeze("web3")).rejects.toEqual(expected);
    await expect(up({ hosts: ["web1", "web3"] }, () => undefined)).rejects.toEqual(expected);
    await expect(delay("web3", { ms: 1 })).rejects.toEqual(expected);
  });
});
