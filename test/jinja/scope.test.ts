import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/problem.ts";
import { readYaml } from "../../src/yaml/index.ts";
import { LazyMap, templates, variableScope } from "../../src/jinja/templates.ts";
import type { Layer, Scope, Variable } from "../../src/jinja/templates.ts";
import { pointed, problemOf, whole } from "./support.ts";

const engine = templates();

function layer(values: Readonly<Record<string, unknown>>, more: Partial<Variable> = {}): Layer {
  return new Map(Object.entries(values).map(([name, value]) => [name, { value, place: undefined, ...more }]));
}

function render(text: string, scope: Scope): unknown {
  return engine.render(text, scope, whole(text));
}

describe("variables", () => {
  it("are resolved one through the other, with their types", () => {
    const scope = variableScope([
      layer({ a: "{{ b }}", b: "{{ c + 1 }}", c: 7, d: "n={{ a }}", e: ["{{ a }}", { f: "{{ d }}" }] }),
    ]);
    expect(scope.get("a")).toBe(8);
    expect(scope.get("d")).toBe("n=8");
    expect(scope.get("e")).toEqual([8, { f: "n=8" }]);
    expect(render("{{ e[1].f }}", scope)).toBe("n=8");
  });

  it("come from the last layer that has them, also for those of other layers", () => {
    const scope = variableScope([layer({ port: 80, url: "http://h:{{ port }}" }), layer({ port: 8080 })]);
    expect(scope.get("url")).toBe("http://h:8080");
    expect([...scope.names()].sort()).toEqual(["port", "url"]);
    expect(scope.has("nope")).toBe(false);
  });

  it("are only resolved if they are named", () => {
    const asked: string[] = [];
    const scope: Scope = {
      has: () => true,
      get: (name) => {
        asked.push(name);
        return 1;
      },
      names: () => [],
    };
    expect(render("{{ a }}{{ b if false else c }}", scope)).toBe("11");
    expect(asked).toEqual(["a", "c"]);
  });

  it("are resolved entry by entry: a broken entry breaks only what uses it", () => {
    const scope = variableScope([layer({ lb: { good: "{{ base }}.5", bad: "{{ nope }}" }, base: "10.0.0" })]);
    expect(render("{{ lb.good }}", scope)).toBe("10.0.0.5");
    expect(render("{{ lb.bad | default('x') }}", scope)).toBe("x");
    expect(() => render("{{ lb }}", scope)).toThrow(InputError);
    expect(render("{{ lb.keys() | join }}", scope)).toBe("goodbad");
  });

  it("may name other entries of themselves", () => {
    const scope = variableScope([layer({ lb: { vip: "10.0.0.5", url: "http://{{ lb.vip }}/" } })]);
    expect(scope.get("lb")).toEqual({ vip: "10.0.0.5", url: "http://10.0.0.5/" });
  });

  it("that are undefined through another are undefined themselves", () => {
    const scope = variableScope([layer({ a: "{{ nope }}" })]);
    expect(render("{{ a | default('x') }}", scope)).toBe("x");
    expect(engine.test("a is not defined", scope, whole("a is not defined"))).toBe(true);
  });

  it("that need each other are a cycle, also through entries and other hosts", () => {
    const self = variableScope([layer({ a: "{{ a }}" })]);
    expect(problemOf(() => self.get("a")).message).toBe("variable cycle: a → a");
    const entries = variableScope([layer({ a: { x: "{{ b.y }}" }, b: { y: "{{ a.x }}" } })]);
    expect(problemOf(() => entries.get("a")).message).toBe("variable cycle: a → b → a");
    const hosts = new Map<string, Scope>();
    const hostvars = new LazyMap({
      get: (name) => {
        const scope = hosts.get(name);
        if (scope === undefined) return undefined;
        return new LazyMap({
          get: (key) => scope.lazy?.(key),
          has: (key) => scope.has(key),
          names: () => scope.names(),
        });
      },
      has: (name) => hosts.has(name),
      names: () => hosts.keys(),
    });
    hosts.set("one", variableScope([layer({ a: "{{ hostvars.two.a }}", hostvars, ok: "{{ hostvars['two'].ok }}" })]));
    hosts.set("two", variableScope([layer({ a: "{{ hostvars.one.a }}", hostvars, ok: 1 })]));
    expect(hosts.get("one")?.get("ok")).toBe(1);
    expect(problemOf(() => hosts.get("one")?.get("a")).message).toBe("variable cycle: a → a");
  });

  it("have a limit of how deep they go", () => {
    const chain = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`v${i}`, `{{ v${i + 1} }}`]));
    const problem = problemOf(() => variableScope([layer({ ...chain, v5000: 1 })]).get("v0"));
    expect(problem.message).toMatch(/more than 100 levels deep/);
    expect(variableScope([layer({ ...chain, v90: 1 })]).get("v0")).toBe(1);
  });

  it("know their place, and every part's if the YAML's nodes are given", () => {
    const source = { file: "group_vars/lb.yml", text: "vips:\n  - name: a\n    url: http://{{ nope }}/\n  - 2.0\n" };
    const node = readYaml(source);
    const vips = node.kind === "map" ? node.entries[0]?.value : undefined;
    if (vips === undefined) throw new Error("no node");
    const scope = variableScope([new Map([["vips", { value: undefined, node: vips, place: vips.place }]])]);
    expect(pointed(problemOf(() => render("{{ vips[0].url }}", scope)))).toBe("group_vars/lb.yml:3:20 nope");
    expect(render("{{ vips[0].name }} {{ vips[1] }}", scope)).toBe("a 2.0");
    expect(scope.place?.("vips")).toBe(vips.place);
    expect(scope.get("vips.1")).toBeUndefined();
  });

  it("are floats if they are written as floats", () => {
    const source = { file: "v.yml", text: "1.0" };
    const scope = variableScope([new Map([["v", { value: 1, place: { source, start: 0, end: 3 } }]])]);
    expect(render("{{ v }}!", scope)).toBe("1.0!");
    expect(scope.get("v")).toBe(1);
  });
});

describe("what came from a host", () => {
  const payload = "{{ 7 * 7 }}{% set x = 1 %}";
  const facts = layer({ fact: payload, map: { deep: [payload] } }, { untrusted: true });
  const scope = variableScope([facts, layer({ uses: "<{{ fact }}>", alias: "{{ map }}", again: "{{ uses }}" })]);

  it("is data: it is never rendered, wherever it goes", () => {
    expect(scope.get("fact")).toBe(payload);
    expect(scope.get("uses")).toBe(`<${payload}>`);
    expect(scope.get("again")).toBe(`<${payload}>`);
    expect(scope.get("alias")).toEqual({ deep: [payload] });
    expect(render("{{ fact }}", scope)).toBe(payload);
    expect(render("{{ map.deep | first | upper }}", scope)).toBe(payload.toUpperCase());
    expect(render("{{ lookup('vars', 'fact') }}", scope)).toBe(payload);
    expect(render("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(fact) }}", scope)).toBe(payload);
    expect(render("{{ fact | string ~ fact }}", scope)).toBe(payload + payload);
    expect(render("{{ vars['fact'] }}", scope)).toBe(payload);
    expect(engine.file({ file: "t", text: "{{ fact }}" }, scope)).toBe(payload);
  });

  it("cannot be turned into a condition", () => {
    const condition = variableScope([layer({ c: "true" }, { untrusted: true })]);
    expect(engine.test("c == 'true'", condition, whole("c == 'true'"))).toBe(true);
  });
});

describe("lists and maps of variables", () => {
  it("can be changed by a template, which changes nothing for others", () => {
    const list = [1];
    const scope = variableScope([layer({ list, map: { a: 1 } })]);
    const text = "{% set _ = list.append(2) %}{% set _ = map.update({'b': 2}) %}{{ list }} {{ map }}";
    expect(engine.file({ file: "t", text }, scope)).toBe("[1, 2] {'a': 1, 'b': 2}");
    expect(list).toEqual([1]);
    expect(engine.file({ file: "t", text: "{{ list }} {{ map }}" }, scope)).toBe("[1] {'a': 1}");
  });
});
