/** `dsrctl completion`. */
import { EXIT } from "../../core/problem.ts";
import { verb } from "../args/verb.ts";

export const completion = verb({
  name: "completion",
  order: 8,
  usage: "SHELL",
  summary: "print a completion script for your shell",
  positionals: {
    shell: {
      ...{ name: "SHELL", describe: "the shell", missing: "missing argument: SHELL" },
      choices: { bash: "print the script for bash", zsh: "print the script for zsh" },
    },
  },
  options: {},
  examples: [
    ["source <(dsrctl completion bash)", "in ~/.bashrc"],
    ["source <(dsrctl completion zsh)", "in ~/.zshrc, after compinit"],
  ],
  reachesHosts: false,
  run: async ({ shell }, terminal) => {
    const { SCRIPTS } = await import("../run/completion-scripts.ts");
    terminal.out(SCRIPTS[shell]);
    return EXIT.fine;
  },
});
