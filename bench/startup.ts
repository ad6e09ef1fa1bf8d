/** What dsrctl takes before it does anything: CPU of short commands over that of Node itself. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "./ground.ts";
import { runOnController } from "./measure.ts";
import { rotate } from "./rounds.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";

const ROUNDS = 15;
const INVENTORY = "[directors]\nlb[1:2]\n[web]\nweb[1:4]\n[web:vars]\nport=80\n";

/** A table of medians in milliseconds. */
export async function measureStartup(ground: Ground): Promise<string> {
  const inventory = join(ground.directory, "small.ini");
  writeFileSync(inventory, INVENTORY);
  const node = [process.execPath, "-e", "0"];
  const commands = [["--help"], ["--version"], ["inventory", "--list", "-i", inventory]];
  const argvs = [node, ...commands.map((words) => [process.execPath, "bin/dsrctl.cjs", ...words])];
  const times = argvs.map(() => ({ cpu: new Array<number>(), wall: new Array<number>() }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const at of rotate([...argvs.keys()], round)) {
      const { cpu, wall } = await runOnController(ground, { argv: argvs[at] ?? node });
      times[at]?.cpu.push(cpu * 1000);
      times[at]?.wall.push(wall * 1000);
    }
  }
  const bare = times[0]?.cpu ?? [];
  const titles = ["node -e 0", "dsrctl --help", "dsrctl --version", "dsrctl inventory --list"];
  const rows = times.map(({ cpu, wall }, at) => {
    const over = median(cpu.map((value, round) => value - (bare[round] ?? 0)));
    return [titles[at] ?? "", median(cpu).toFixed(0), over.toFixed(0), median(wall).toFixed(0)];
  });
  return table(["", "CPU ms", "over bare Node", "wall ms"], rows);
}
