/** What would be written, where a tool of the host's can judge it: who sees it, and that nothing of it stays. */
import { readFileSync } from "node:fs";
import { expect, describe, it } from "vitest";
import { standalone } from "../../src/remote/shell/function-library.ts";
import { lines, sh } from "../../src/core/shell.ts";
import type { Sh } from "../../src/core/shell.ts";
import { candidate } from "../../src/tasks/parts/install.ts";
import { AS_NOBODY, file, good, run, SHELLS, write } from "./shells.ts";

const RUN = "mount -t tmpfs none /run";
const SECRET = "s3cret-w0rd";

/** The functions, then the fragment in a shell of its own as a look is, then what is asked afterwards. */
const script = (fragment: Sh, after = ""): string =>
  `${standalone(fragment)}\nset +e\n( ${fragment.text()}\n)\nended=$?\n${after}\nexit $ended`;

const shown = (after: Sh, name = "a.conf"): Sh =>
  lines([candidate({ path: file(name), bytes: Buffer.from(`password ${SECRET}\n`), secret: true }), after]);

/** Waits for a line in a file, as long as it takes within the test's time. */
const WAIT = 'wait_for() { until grep -q . "$1" 2>/dev/null; do sleep 0.05; done; }';

describe.each(SHELLS)("in $name", (shell) => {
  it("only its user enters the directory and reads the file", () => {
    const { out } = good(shell, script(shown(sh`stat -c '%a %u' "$candidate" "$staged"; cat "$staged"`)), RUN);
    expect(out).toBe(`700 0\n600 0\npassword ${SECRET}\n`);
  });

  it("what the content names beside itself is there, and no link takes the file's place", () => {
    write("a.conf", "the file in place");
    write("b.conf", "beside");
    write(".hidden", "hidden");
    const look = sh`cd "$candidate"; [ ! -L a.conf ]; cat a.conf b.conf .hidden; printf new >a.conf`;
    const { out } = good(shell, script(shown(look), 'cat "$ROOT/a.conf"'), RUN);
    expect(out).toBe(`password ${SECRET}\nbesidehiddenthe file in place`);
  });

  it("a directory that is not there has nothing beside the file", () => {
    expect(good(shell, script(shown(sh`ls "$candidate"`, "no/a.conf")), RUN).out).toBe("a.conf\n");
  });

  it("bytes that are no text arrive as they are", () => {
    const bytes = Uint8Array.of(0, 0xff, 10, 0x81);
    const fragment = lines([candidate({ path: file("a"), bytes }), sh`od -An -tx1 "$staged"`]);
    expect(good(shell, script(fragment), RUN).out.trim()).toBe("00 ff 0a 81");
  });

  it("it goes when the shell ends, well or not", () => {
    const left = "ls /run | grep dsrctl; :";
    expect(good(shell, script(shown(sh`:`), left), RUN).out).toBe("");
    expect(run(shell, script(shown(sh`exit 3`), left), RUN)).toMatchObject({ code: 3, out: "" });
  });

  it("it goes at a signal", () => {
    // A shell without job control has its children in the background ignore SIGINT.
    for (const signal of ["TERM", "PIPE"]) {
      const fragment = shown(sh`echo "$candidate" >"$ROOT/made"; while :; do sleep 0.05; done`);
      write("holder", `${standalone(fragment)}\n${fragment.text()}`);
      const text = `${WAIT}\nset +e
rm -f "$ROOT/made"; sh "$ROOT/holder" & wait_for "$ROOT/made"
[ -d "$(cat "$ROOT/made")" ] && echo there
kill -${signal} $!; wait $!; ls /run`;
      expect(good(shell, text, RUN).out, signal).toBe("there\n");
    }
  });

  it("what a killed run left goes with the next, and that of one that lives stays", () => {
    const fragment = shown(sh`echo "$candidate" >"$ROOT/$1"; while :; do sleep 0.05; done`);
    write("holder", `${standalone(fragment)}\n${fragment.text()}`);
    const text = `${WAIT}\nset +e
sh "$ROOT/holder" killed & killed=$!; sh "$ROOT/holder" alive & alive=$!
wait_for "$ROOT/killed"; wait_for "$ROOT/alive"
kill -9 $killed; wait $killed
state() { for each in killed alive; do if [ -d "$(cat "$ROOT/$each")" ]; then echo "$each: there"; else echo "$each: gone"; fi; done; }
state
( ${shown(sh`:`).text()}
)
state
kill $alive; wait $alive; ls /run`;
    const { out } = good(shell, `${standalone(fragment)}\n${text}`, RUN);
    expect(out).toBe("killed: there\nalive: there\nkilled: gone\nalive: there\n");
  });

  // busybox runs its own tools, and looks for none.
  it.skipIf(shell.name === "busybox")("no word of it is in an argument of a process", () => {
    const tools = "mktemp find sh ln sha256sum cat rm base64";
    const wrap = `mkdir "$ROOT/bin"; for tool in ${tools}; do
real=$(command -v $tool) || continue
printf '#!/bin/dash\nprintf "%%s " "$0" "$@" >>"$ROOT/log"\nexec %s "$@"\n' "$real" >"$ROOT/bin/$tool"; chmod +x "$ROOT/bin/$tool"; done`;
    write("b.conf", "beside");
    good(shell, script(shown(sh`:`)), `${RUN}; ${wrap}; PATH_OF_HOST="$ROOT/bin:$PATH_OF_HOST"`);
    const log = readFileSync(file("log"), "utf8");
    expect(log).toContain("dsrctl-test");
    expect(log).not.toContain(SECRET);
  });

  it("where /run cannot be written to nothing is tested, and why", () => {
    const readOnly = `${RUN}; mount -o remount,ro /run`;
    const ended = run(shell, script(shown(sh`echo tested`)), readOnly);
    expect(ended).toMatchObject({ code: 69, out: "", err: "/run is not writable\n" });
    const nobody = run(
      shell,
      script(shown(sh`echo tested`)),
      `${RUN}; chmod 755 /run; chmod 755 "$ROOT"\n${AS_NOBODY}`,
    );
    expect(nobody).toMatchObject({ code: 69, out: "", err: "/run is not writable\n" });
    const full = run(
      shell,
      script(shown(sh`echo tested`)),
      "mount -t tmpfs -o size=4k none /run; head -c 4096 /dev/zero >/run/x",
    );
    expect(full).toMatchObject({ code: 69, out: "", err: "there is no room in /run\n" });
  });
});
