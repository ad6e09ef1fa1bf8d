import { Fault } from "../errors/fault.ts";
import { named } from "./filters.ts";
import { native } from "../values/native.ts";
import type { Args, Native, Natives } from "../values/native.ts";
import { ADDRESS_TESTS } from "./tests-address.ts";
import { RESULT_TESTS } from "./tests-result.ts";
import { contains, equals, identity, isIterable, order, truth } from "../values/python.ts";
import { binary } from "../values/arithmetic.ts";
import { compiled } from "../filters/regexes.ts";
import { isLower, isUpper } from "../values/string-methods.ts";
import { str } from "../values/print.ts";
import { Callable, Dict, Hidden, isFloat, isInteger, revealed, Undefined } from "../values/values.ts";
import type { Value } from "../values/values.ts";
import { compareVersions } from "../values/version.ts";

const RAW = { raw: true };

/** About the type of a value; what is not there is of none. */
function type(test: (value: Value) => boolean): Native {
  return native("value", (args) => test(revealed(args.value("value"))), RAW);
}

function of(test: (value: Value) => boolean): Native {
  return native("value", (args) => test(args.value("value")));
}

function compare(test: (a: Value, b: Value) => boolean): Native {
  return native("value, other", (args) => test(args.value("value"), args.value("other")));
}

function matching(how: "match" | "search"): Native {
  return native("value='', pattern='', ignorecase=false, multiline=false", (args) => {
    return compiled(args, "pattern")[how](args.string("value")) !== undefined;
  });
}

const equal = compare((a, b) => equals(a, b));
const unequal = compare((a, b) => !equals(a, b));
const less = compare((a, b) => order(a, b) < 0);
const atMost = compare((a, b) => order(a, b) <= 0);
const greater = compare((a, b) => order(a, b) > 0);
const atLeast = compare((a, b) => order(a, b) >= 0);
const subset = compare((a, b) => isSubset(a, b));
const superset = compare((a, b) => isSubset(b, a));
const version = native("value, version, operator='eq', strict=none, version_type=none", compareVersions);

const absolute = of((value) => str(value).startsWith("/"));

const BUILT_IN: Natives = {
  defined: native("value", (args) => !(args.value("value") instanceof Undefined), RAW),
  undefined: native("value", (args) => args.value("value") instanceof Undefined, RAW),
  none: type((value) => value === null),
  boolean: type((value) => typeof value === "boolean"),
  true: type((value) => value === true),
  false: type((value) => value === false),
  integer: type((value) => isInteger(value)),
  float: type((value) => isFloat(value)),
  number: type((value) => isInteger(value) || isFloat(value) || typeof value === "boolean"),
  string: type((value) => typeof value === "string"),
  mapping: type((value) => value instanceof Dict),
  sequence: type((value) => isIterable(value)),
  iterable: of((value) => isIterable(value)),
  callable: type((value) => value instanceof Callable),
  escaped: type(() => false),
  lower: of((value) => isLower(str(value))),
  upper: of((value) => isUpper(str(value))),
  odd: of((value) => equals(binary("%", value, 2), 1)),
  even: of((value) => equals(binary("%", value, 2), 0)),
  divisibleby: compare((a, b) => equals(binary("%", a, b), 0)),
  sameas: compare(same),
  in: compare((a, b) => contains(b, a)),
  contains: compare((a, b) => contains(a, b)),
  filter: native("value", (args, run) => run.hasFilter(args.string("value"))),
  test: native("value", (args, run) => run.hasTest(args.string("value"))),
  eq: equal,
  "==": equal,
  equalto: equal,
  ne: unequal,
  "!=": unequal,
  lt: less,
  "<": less,
  lessthan: less,
  le: atMost,
  "<=": atMost,
  gt: greater,
  ">": greater,
  greaterthan: greater,
  ge: atLeast,
  ">=": atLeast,
  match: matching("match"),
  search: matching("search"),
  regex: native("value='', pattern='', ignorecase=false, multiline=false, match_type='search'", (args) => {
    const it = compiled(args, "pattern");
    const text = args.string("value");
    if (args.text("match_type") === "fullmatch") return it.match(text)?.end === text.length;
    return (args.text("match_type") === "match" ? it.match(text) : it.search(text)) !== undefined;
  }),
  version,
  version_compare: version,
  any: native("value", (args) => args.items("value").some(truth)),
  all: native("value", (args) => args.items("value").every(truth)),
  subset,
  issubset: subset,
  superset,
  issuperset: superset,
  nan: of((value) => Number.isNaN(value)),
  isnan: of((value) => Number.isNaN(value)),
  truthy: native("value, convert_bool=false", truthy),
  falsy: native("value, convert_bool=false", (args) => !truthy(args)),
  vault_encrypted: native("value", (args) => args.value("value") instanceof Hidden, RAW),
  abs: absolute,
  is_abs: absolute,
  uri: native("value, schemes=none", (args) => isUri(args)),
  url: native(
    "value, schemes=none",
    (args) => isUri(args) && /^(?:[^:/?#]+:)?\/\/[^/?#]|^file:/.test(args.string("value")),
  ),
  urn: of((value) => str(value).startsWith("urn:")),
};

/** Whether two are one: for what Python keeps once, equality. */
function same(a: Value, b: Value): boolean {
  const [x, y] = [revealed(a), revealed(b)];
  return x === y || (isFloat(x) && isFloat(y) && equals(x, y));
}

function isSubset(a: Value, b: Value): boolean {
  const other = new Set(list(b).map((item) => identity(item)));
  return list(a).every((item) => other.has(identity(item)));
}

function list(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Dict) return value.keys();
  if (typeof value === "string") return [...value];
  throw new Fault("only lists are sets of something");
}

/** With `convert_bool`, texts that say yes or no are taken at their word. */
function truthy(args: Args): boolean {
  const value = args.value("value");
  if (!args.flag("convert_bool") || typeof value !== "string") return truth(value);
  const says = ["y", "yes", "on", "1", "true", "t", "1.0"].includes(value.toLowerCase().trim());
  const denies = ["n", "no", "off", "0", "false", "f", "0.0"].includes(value.toLowerCase().trim());
  return says || (!denies && truth(value));
}

function isUri(args: Args): boolean {
  const schemes = args.value("schemes");
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(args.string("value"))?.[1]?.toLowerCase() ?? "";
  return !Array.isArray(schemes) || schemes.length === 0 || schemes.includes(scheme);
}

export const TESTS: ReadonlyMap<string, Native> = new Map([
  ...named([BUILT_IN, RESULT_TESTS], ["ansible.builtin.", "ansible.legacy."]),
  ...named([ADDRESS_TESTS], ["ansible.utils."]).filter(([name]) => name.includes(".")),
]);
