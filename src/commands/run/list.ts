/** What would run where: `--list-hosts`, `--list-tasks`, `--syntax-check`. No host is reached. */
import { isFlush } from "../../playbook/types.ts";
import { matchesTags, tagsOf } from "../../engine/tag-filter.ts";
import { EXIT } from "../../core/problem.ts";
import type { ExitCode } from "../../core/problem.ts";
import { renderProblems } from "../../report/problem.ts";
import type { Loaded, PlayArgs } from "../input/load-play.ts";
import type { Terminal } from "../../core/terminal.ts";

export function printListing(line: PlayArgs, loaded: Loaded, terminal: Terminal): ExitCode {
  const { playbook, hostsOf, warnings } = loaded;
  if (warnings.length > 0) terminal.err(renderProblems(warnings, { color: terminal.color, touched: undefined }));
  for (const play of line.list === "nothing" ? [] : playbook.plays) {
    terminal.out(`${play.name}\n`);
    if (line.list === "hosts") for (const host of hostsOf(play)) terminal.out(`  ${host.name}\n`);
    if (line.list === "tasks") {
      for (const task of play.tasks) {
        if (isFlush(task) || !matchesTags(tagsOf(play, task), { tags: line.tags, skip: line.skipTags })) continue;
        const tags = tagsOf(play, task);
        terminal.out(`  ${task.name?.text ?? task.type.kind}${tags.length > 0 ? `  [${tags.join(", ")}]` : ""}\n`);
      }
    }
  }
  if (line.list === "nothing") terminal.out(`${playbook.path}: syntax OK\n`);
  return EXIT.fine;
}
