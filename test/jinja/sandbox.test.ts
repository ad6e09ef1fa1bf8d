/** No template reaches JavaScript's objects, the file system, the environment or the network. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { templates } from "../../src/jinja/templates.ts";
import { problemOf, scopeOf, whole } from "./support.ts";

const NAMES = [
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
  "call",
  "apply",
  "bind",
];
const VALUES = [
  "''",
  "'a'",
  "1",
  "1.5",
  "true",
  "none",
  "[]",
  "[1]",
  "(1,)",
  "{}",
  "{'a': 1}",
  "range",
  "range(1)",
  "namespace()",
  "cycler(1)",
  "joiner()",
  "now()",
  "lookup",
  "m",
  "'a'.upper",
  "[].append",
  "{}.get",
  "text",
  "list",
  "map",
  "vars",
  "(users | groupby('a') | first)",
  "loop_of",
];

const scope = scopeOf({ text: "t", list: [1], map: { a: 1 }, users: [{ a: 1 }], loop_of: 1 });
const engine = templates();

function file(text: string): string {
  return engine.file({ file: "t", text: `{% macro m() %}{% endmacro %}${text}` }, scope);
}

describe("the sandbox", () => {
  it.each(NAMES)("has no way to `%s`", (name) => {
    for (const value of VALUES) {
      expect(file(`{{ (${value}).${name} is defined }}`), value).toBe("False");
      expect(file(`{{ (${value})['${name}'] is defined }}`), value).toBe("False");
      expect(file(`{{ (${value}) | attr('${name}') is defined }}`), value).toBe("False");
      expect(file(`{{ [${value}] | map(attribute='${name}') | first is defined }}`), value).toBe("False");
      expect(file(`{{ '${name}' in ({} if (${value}) is callable else {}) }}`), value).toBe("False");
    }
    expect(file(`{{ ${name} is defined }}`)).toBe("False");
    expect(file(`{% for x in [1] %}{{ loop.${name} is defined }}{{ loop['${name}'] is defined }}{% endfor %}`)).toBe(
      "FalseFalse",
    );
    expect(() => file(`{{ '{0.${name}}'.format(map) }}`)).toThrow(InputError);
    expect(() => file(`{{ '{0[${name}]}'.format([]) }}`)).toThrow(InputError);
    expect(() => file(`{{ 1 | ${name} }}`)).toThrow(InputError);
    expect(() => file(`{{ [1] | map('${name}') | list }}`)).toThrow(InputError);
    expect(() => file(`{{ [1] | select('${name}') | list }}`)).toThrow(InputError);
    expect(() => file(`{{ lookup('${name}', 1) }}`)).toThrow(InputError);
    expect(file(`{{ 'a' is ${name === "call" ? "string" : "defined"} }}{{ {} | combine({'${name}': 1}) }}`)).toBe(
      `True{'${name}': 1}`,
    );
  });

  it.each([
    "{{ range.constructor('return process')() }}",
    "{{ ''.constructor.constructor('return process')().exit(9) }}",
    "{{ ({}).constructor.constructor('return 1')() }}",
    "{{ lookup.call.constructor('return process')() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__dict__ }}",
    "{{ process.env }}",
    "{{ globalThis }}",
    "{{ require('fs') }}",
    "{{ import('fs') }}",
    "{% set x = namespace() %}{% set x.__proto__ = 1 %}{{ x.constructor.constructor('return 1')() }}",
    "{{ lookup('env', 'HOME') }}",
    "{{ lookup('file', '/etc/passwd') }}",
    "{{ lookup('template', '/etc/passwd') }}",
    "{% include '/etc/passwd' %}",
    "{{ lookup('pipe', 'id') }}",
    "{{ '/etc/passwd' | realpath }}",
    "{{ '/etc/*' | fileglob }}",
    "{{ '/etc/passwd' is file }}",
  ])("refuses %s", (text) => {
    expect(() => file(text)).toThrow(InputError);
  });

  it("keeps keys like `__proto__` as keys, and no prototype changes", () => {
    const text =
      "{{ '{\"__proto__\": {\"polluted\": 1}, \"constructor\": 2}' | from_json | combine({'__proto__': {'polluted': 2}}, recursive=true) }}";
    const made = engine.render(text, scope, whole(text)) as object;
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(Object.getOwnPropertyNames(made)).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    const source = scopeOf({ evil: JSON.parse('{"__proto__": {"a": 1}}') as unknown });
    expect(engine.render("{{ evil.a | default('none') }}", source, whole("x"))).toBe("none");
  });

  it("looks at own entries of the program's objects only, and runs no getters", () => {
    let ran = 0;
    const odd = {
      own: 1,
      get trap() {
        return (ran += 1);
      },
    };
    class Device {
      secret = 1;
    }
    const source = scopeOf({ odd, device: new Device(), call: () => 1, symbol: Symbol("x") });
    const render = (text: string): unknown => engine.render(text, source, whole(text));
    expect(render("{{ odd.own }}{{ odd.trap }}")).toBe(1);
    expect(ran).toBe(0);
    expect(render("{{ device.secret is defined }}{{ call.name is defined }}")).toBe("FalseFalse");
    for (const name of ["call", "symbol"]) {
      expect(problemOf(() => render(`${name} {{ ${name} }}`)).message).toBe("this value cannot be printed");
      expect(problemOf(() => render(`{{ ${name}() }}`)).message).toMatch(/cannot be called/);
    }
    const device = render("{{ device }}");
    expect(device).toBeInstanceOf(Device);
  });

  it("gives no more of the outside than what is handed in", () => {
    const open = templates({
      env: (name) => (name === "HOME" ? "/root" : undefined),
      file: (name, from) => (name === "motd" ? `hello from ${from.source.file}\n` : undefined),
      template: (name) => (name === "t.j2" ? { file: "t.j2", text: "<{{ text }}>\n" } : undefined),
      now: () => new Date("2026-01-02T03:04:05Z"),
      random: () => 0.5,
    });
    const render = (text: string): unknown => open.render(text, scope, whole(text));
    expect(render("{{ lookup('env', 'HOME') }}{{ lookup('env', 'NOPE') }}{{ '~/x' | expanduser }}")).toBe(
      "/root/root/x",
    );
    expect(render("{{ lookup('file', 'motd') }}")).toBe("hello from t.yml");
    expect(problemOf(() => render("{{ lookup('file', 'shadow') }}")).message).toBe("file `shadow` is not there");
    expect(render("{{ lookup('template', 't.j2') }}|{% include 't.j2' %}")).toBe("<t>\n|<t>");
    expect(render("{{ now(utc=true).year }} {{ now(true, '%H:%M') }} {{ '%j' | strftime(utc=true) }}")).toBe(
      "2026 03:04 002",
    );
    expect(render("{{ [1, 2, 3] | random }}")).toBe(2);
  });
});
