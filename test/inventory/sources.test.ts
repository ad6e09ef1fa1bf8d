import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { loadInventory } from "../../src/inventory/load.ts";
import type { LoadOptions } from "../../src/inventory/load.ts";
import { showPlace } from "../../src/core/source.ts";

const cwd = mkdtempSync(join(tmpdir(), "dsrctl-sources-"));
afterAll(() => rmSync(cwd, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
  if (text.startsWith("#!")) chmodSync(join(cwd, name), 0o755);
}

async function messages(given: string, options: LoadOptions = {}): Promise<readonly string[]> {
  try {
    await loadInventory(given, cwd, options);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe("variables beside the playbook", () => {
  put("inv/hosts", "[web]\nw1 a=inv\n");
  put("inv/group_vars/all.yml", "a: 1\nb: inv-all\nc: inv-all\n");
  put("inv/group_vars/web.yml", "c: inv-web\nd: inv-web\n");
  put("inv/host_vars/w1.yml", "e: inv-host\nf: inv-host\n");
  put("play/group_vars/all.yml", "b: play-all\nc: play-all\n");
  put("play/group_vars/web.yml", "d: play-web\n");
  put("play/group_vars/other.yml", "x: 1\n");
  put("play/host_vars/w1.yml", "f: play-host\n");

  it("are stronger than those beside the inventory, level by level", async () => {
    const playbook = { path: join(cwd, "play"), shown: "play" };
    const inventory = await loadInventory("inv/hosts", cwd, { playbook });
    const host = inventory.hosts.get("w1");
    const values = Object.fromEntries([...(host?.variables ?? [])].map(([key, { value }]) => [key, value]));
    expect(values).toEqual({ a: "inv", b: "play-all", c: "inv-web", d: "play-web", e: "inv-host", f: "play-host" });
    expect(inventory.warnings).toEqual([]);
    const layers = host?.layers.flatMap(({ from, variables }) => {
      const found = variables.get("c");
      return found === undefined ? [] : [`${from}: ${showPlace(found.place)}`];
    });
    expect(layers).toEqual([
      "group `all`, group_vars next to the inventory: inv/group_vars/all.yml:3:4",
      "group `all`, group_vars next to the playbook: play/group_vars/all.yml:2:4",
      "group `web`, group_vars next to the inventory: inv/group_vars/web.yml:1:4",
    ]);
  });
});

it("settings of Ansible change nothing", async () => {
  put(
    "ansible.cfg",
    "[defaults]\nhash_behaviour = merge\nprecedence = all_inventory\n[inventory]\nenable_plugins = toml\n",
  );
  put("set/hosts", "[web]\nw1\n");
  put("set/group_vars/all.yml", "m: { a: 1 }\n");
  put("set/group_vars/web.yml", "m: { b: 2 }\n");
  vi.stubEnv("ANSIBLE_HASH_BEHAVIOUR", "merge");
  vi.stubEnv("ANSIBLE_CONFIG", join(cwd, "ansible.cfg"));
  vi.stubEnv("ANSIBLE_VAULT_ID_MATCH", "1");
  const inventory = await loadInventory("set/hosts", cwd);
  vi.unstubAllEnvs();
  expect(inventory.hosts.get("w1")?.variables.get("m")?.value).toEqual({ b: 2 });
});

describe("scripts", () => {
  it("run without a shell, end with their deadline, and take with them what they started", async () => {
    put("hang.sh", `#!/bin/sh\nsleep 300 & echo $! >'${cwd}/pid'\nwait\n`);
    expect(await messages("hang.sh", { scriptDeadline: 0.5 })).toEqual([
      "inventory script `hang.sh --list`: it timed out after 0.5 s",
    ]);
    const pid = Number(readFileSync(join(cwd, "pid"), "utf8"));
    await expect.poll(() => alive(pid)).toBe(false);
  });

  it("have a name that may hold anything", async () => {
    put("a $(touch pwned); b.sh", '#!/bin/sh\necho \'{"web": ["w1"]}\'\n');
    expect(await messages("a $(touch pwned); b.sh")).toEqual([]);
  });

  it("may be what cannot be started", async () => {
    put("none.sh", "#!/nowhere/interpreter\n");
    expect(await messages("none.sh")).toEqual([
      "inventory script `none.sh --list`: its interpreter (the first line) does not exist",
    ]);
  });

  it("a file that may be run and is no program is read", async () => {
    put("exec.ini", "[web]\nw1\n");
    chmodSync(join(cwd, "exec.ini"), 0o755);
    expect([...(await loadInventory("exec.ini", cwd)).hosts.keys()]).toEqual(["w1"]);
  });
});

/** Zombies are gone for us: nobody reaps them in a container. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^State:\s+Z/m.test(stateOf(pid));
}

function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "State: Z";
  }
}
