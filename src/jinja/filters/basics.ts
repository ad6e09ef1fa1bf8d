/** Filters about values of any kind: defaults, choices, types. */
import { fail } from "../errors/fault.ts";
import { filterFamily, native } from "../values/native.ts";
import type { Args } from "../values/native.ts";
import { str } from "../values/print.ts";
import { length, numeric, truth } from "../values/python.ts";
import { pythonType, revealed, Undefined } from "../values/values.ts";
import type { Value } from "../values/values.ts";

const RAW = { raw: true };

const fallback = native("value, default_value='', boolean=false", or, RAW);
const size = native("value", (args) => length(args.value("value")));

export const basics = filterFamily({
  default: fallback,
  d: fallback,
  mandatory: native("value, msg=none", mandatory, RAW),
  ternary: native("value, true_val, false_val, none_val=none", ternary, RAW),
  type_debug: native("value", (args) => pythonType(args.value("value")), RAW),
  bool: native("value", (args) => toBool(args.value("value"))),
  string: native("value", (args) => args.string("value")),
  list: native("value", (args) => [...args.items("value")]),
  length: size,
  count: size,
  safe: native("value", (args) => args.value("value")),
});

function or(args: Args): Value {
  const value = args.value("value");
  const missing = value instanceof Undefined || (args.flag("boolean") && !truth(value));
  return missing ? args.value("default_value") : value;
}

function mandatory(args: Args): Value {
  const value = args.value("value");
  if (!(value instanceof Undefined)) return value;
  return args.value("msg") === null ? value.raise() : fail(str(revealed(args.value("msg"))));
}

function ternary(args: Args): Value {
  const [value, none] = [args.value("value"), args.value("none_val")];
  if (value === null && none !== null) return none;
  return args.value(truth(value) ? "true_val" : "false_val");
}

const TRUE: ReadonlySet<string> = new Set(["yes", "on", "1", "true"]);

/** Ansible's `bool`: yes, on, true and 1 are true, whatever their case; all else is false. */
export function toBool(value: Value): Value {
  if (value === null || typeof value === "boolean") return value;
  return typeof value === "string" ? TRUE.has(value.toLowerCase()) : numeric(value) === 1;
}
