/** What the measurements were made on and with. */
import { spawnSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

/** The first line that a program says of its version; undefined when there is no such program. */
function versionOf(file: string, ...args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8" });
  return status === 0 ? `${stdout}${stderr}`.split("\n")[0]?.trim() : undefined;
}

function packageVersion(name: string): string | undefined {
  const version = versionOf("dpkg-query", "-W", "-f", "${Version}", name);
  return version === undefined ? undefined : `${name} ${version}`;
}

/** One line: date, cores, memory, kernel, versions. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  const versions = [
    `Node ${process.versions.node}`,
    versionOf("ssh", "-V")?.split(",")[0],
    packageVersion("ansible-core"),
    packageVersion("ansible-mitogen"),
  ];
  const known = versions.filter((each) => each !== undefined);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}; ${cpus().length} cores (${first?.model.trim() ?? "unknown"}), ${memory}, Linux ${release().split("-", 1).join("")}; ${known.join(", ")}`;
}
