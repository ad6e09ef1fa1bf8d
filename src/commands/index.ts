/** From the command line to a verb. */
import { EXIT } from "../core/problem.ts";
import type { ExitCode } from "../core/problem.ts";
import { tokenize } from "./args/tokenize.ts";
import type { Call } from "./args/verb.ts";
import type { Terminal } from "../core/terminal.ts";
import { VERBS } from "./verbs/index.ts";

/** For the scripts of `dsrctl completion`; the help does not show it. */
const COMPLETE = "__complete";

export async function runCommand(argv: readonly string[], version: string, terminal: Terminal): Promise<ExitCode> {
  let call: Call | undefined;
  if (argv[0] === COMPLETE) {
    await (await import("./run/complete.ts")).complete(argv.slice(1), VERBS, terminal);
    return EXIT.fine;
  }
  try {
    const asked = tokenize(argv, VERBS);
    switch (asked.is) {
      case "nothing":
        terminal.err((await help()).shortHelp(VERBS, terminal.size().columns));
        return EXIT.usage;
      case "version":
        terminal.out(`${version}\n`);
        return EXIT.fine;
      case "help": {
        const { helpOf, help: helpOfAll } = await help();
        const { columns } = terminal.size();
        terminal.out(asked.verb === undefined ? helpOfAll(VERBS, columns) : helpOf(asked.verb, columns));
        return EXIT.fine;
      }
      case "call":
        call = await asked.verb.call(asked.words);
        return await call.run(terminal);
    }
  } catch (error) {
    return (await import("./exit.ts")).reportFailure(error, call, terminal);
  }
}

/** Loaded when it is asked for. */
async function help() {
  return import("./args/help.ts");
}
