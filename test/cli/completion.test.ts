/** The scripts of `dsrctl completion` in the shells that they are for. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "./program.ts";
import type { Program } from "./program.ts";

let program: Program;
let cwd: string;
let env: NodeJS.ProcessEnv;
beforeAll(() => {
  program = bundle();
  cwd = mkdtempSync(join(tmpdir(), "dsrctl-completion-"));
  mkdirSync(join(cwd, "bin"));
  symlinkSync(program.cli, join(cwd, "bin/dsrctl"));
  const path = [join(cwd, "bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter);
  env = { PATH: path, HOME: cwd, TERM: "dumb", LC_ALL: "C.UTF-8" };
  put(
    "inventories/prod/hosts.yml",
    JSON.stringify({ all: { hosts: { web1: null, lb1: null, "`touch pwned`": null } } }),
  );
  put("playbooks/site.yml", JSON.stringify([{ hosts: "all", tasks: [{ command: "/bin/true", tags: ["firewall"] }] }]));
  put("own files/my book.yml", "[]");
});
afterAll(() => {
  program.remove();
  rmSync(cwd, { recursive: true });
});

function put(name: string, text: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

describe("bash", () => {
  /** COMPREPLY for a line with the cursor at its end. */
  function replies(line: string): readonly string[] {
    const script = `source <(dsrctl completion bash)
      complete -p dsrctl >/dev/null || exit 3
      COMP_LINE=$1 COMP_POINT=\${#1}
      _dsrctl dsrctl
      ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
      true`;
    return execFileSync("bash", ["-c", script, "bash", line], { cwd, env, encoding: "utf8" }).split("\n").slice(0, -1);
  }

  it.each<[string, readonly string[]]>([
    ["dsrctl pl", ["play"]],
    ["dsrctl play -i pr", ["prod"]],
    ["dsrctl play s", ["site.yml"]],
    ["dsrctl play site.yml -t ", ["firewall"]],
    ["dsrctl play site.yml -i prod -l w", ["web1"]],
    // bash has split these at `:` and `=`, and replaces the last piece.
    ["dsrctl play site.yml -i prod -l web1:l", ["lb1"]],
    ["dsrctl play --inventory=pr", ["prod"]],
    ["dsrctl play --inventory=prod --limit=web1:!l", ["!lb1"]],
    ["A=b dsrctl pl", ["play"]],
    ["dsrctl vault edit own", ["own files"]],
    ["dsrctl play --forks ", []],
    ["dsrctl nope ", []],
  ])("%s", (line, expected) => {
    expect(replies(line)).toEqual(expected);
  });

  it("a name of an inventory runs nothing", () => {
    expect(replies("dsrctl inventory -i prod --host ")).toEqual(["web1", "lb1"]);
    expect(() => readFileSync(join(cwd, "pwned"))).toThrow("ENOENT");
  });
});

describe("zsh", () => {
  /** The line after a press of the tab key, in an interactive zsh on a terminal of its own. */
  function completed(line: string): string {
    const out = join(cwd, "line");
    writeFileSync(
      join(cwd, ".zshrc"),
      `PS1='ready> '
      autoload -Uz compinit && compinit -u -d ${cwd}/zcompdump
      source <(dsrctl completion zsh)
      dump() { print -rn -- "$BUFFER" > ${out}.half; mv ${out}.half ${out}; exit }
      zle -N dump
      bindkey '^T' dump
      bindkey '^I' complete-word\n`,
    );
    const script = `zmodload zsh/zpty
      zpty inner zsh -i
      zpty -r inner seen '*ready> *'
      zpty -w -n inner "$1"$'\\t\\x14'
      zpty -r inner seen '*' || true
      for i in {1..200}; do [[ -e ${out} ]] && break; zpty -r -t inner seen || true; sleep 0.05; done
      zpty -d inner
      cat ${out}`;
    try {
      return execFileSync("zsh", ["-f", "-c", script, "zsh", line], { cwd, env, encoding: "utf8", timeout: 20_000 });
    } finally {
      rmSync(out, { force: true });
    }
  }

  it.each([
    ["dsrctl pl", "dsrctl play "],
    ["dsrctl play -i pr", "dsrctl play -i prod "],
    ["dsrctl play site.yml -t ", "dsrctl play site.yml -t firewall "],
    ["dsrctl play site.yml -i prod -l web1:l", "dsrctl play site.yml -i prod -l web1:lb1 "],
    ["dsrctl play --inventory=pr", "dsrctl play --inventory=prod "],
    ["dsrctl lab cut cl", "dsrctl lab cut client "],
    ["dsrctl vault edit own", "dsrctl vault edit own\\ files/"],
  ])("%s", (line, expected) => {
    expect(completed(line)).toBe(expected);
  });
});
