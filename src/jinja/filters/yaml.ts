/** YAML, written as Ansible's `to_yaml` and `to_nice_yaml` write it. */
import { fail } from "../errors/fault.ts";
import { filterFamily, native } from "../values/native.ts";
import { truth, whole } from "../values/python.ts";
import type { Keywords } from "../values/values.ts";
import { emitted } from "./parts/yaml-emitter.ts";
import type { Layout } from "./parts/yaml-emitter.ts";
import { parseYaml, parseYamlAll } from "./parts/yaml-read.ts";

const OPTIONS = [
  "indent",
  "width",
  "sort_keys",
  "default_flow_style",
  "allow_unicode",
  "explicit_start",
  "explicit_end",
];

export const yaml = filterFamily({
  to_yaml: native("value, **options", (args) => emitted(args.value("value"), layout(args.keywords, 2, null))),
  to_nice_yaml: native("value, indent=4, **options", (args) => {
    return emitted(args.value("value"), layout(args.keywords, args.int("indent"), false));
  }),
  from_yaml: native("value", (args) => {
    const value = args.value("value");
    return typeof value === "string" ? parseYaml(args.text("value")) : value;
  }),
  from_yaml_all: native("value", (args) => {
    const value = args.value("value");
    return typeof value === "string" ? parseYamlAll(args.text("value")) : value;
  }),
});

function layout(options: Keywords, indent: number, flow: boolean | null): Layout {
  for (const name of options.keys())
    if (!OPTIONS.includes(name)) fail(`YAML has no option \`${name}\``, { help: OPTIONS.join(", ") });
  const number = (name: string, usual: number): number => Number(whole(options.get(name) ?? usual) ?? usual);
  const wanted = number("indent", indent);
  const best = wanted > 1 && wanted < 10 ? wanted : 2;
  const width = number("width", 80);
  const style = options.has("default_flow_style") ? (options.get("default_flow_style") ?? null) : flow;
  return {
    indent: best,
    width: width > best * 2 ? width : 80,
    sortKeys: truth(options.get("sort_keys") ?? true),
    flow: style === null ? null : truth(style),
    start: truth(options.get("explicit_start") ?? false),
    end: truth(options.get("explicit_end") ?? false),
  };
}
