// @ts-check
/** The rows of an argument table, from the JSON Schema of a type's arguments. */

/**
 * As much of JSON Schema (draft 2020-12) as zod writes for arguments.
 *
 * @typedef {object} JsonSchema
 * @property {string | string[]} [type]
 * @property {Record<string, JsonSchema>} [properties]
 * @property {string[]} [required]
 * @property {JsonSchema} [items]
 * @property {JsonSchema[]} [anyOf]
 * @property {JsonSchema[]} [oneOf]
 * @property {JsonSchema[]} [allOf]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {unknown} [default]
 * @property {string} [description]
 * @property {string} [pattern]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {JsonSchema | boolean} [additionalProperties]
 */

/** @typedef {{ name: string, type: string, default: string, description: string }} Row */

/** The rows of all arguments, those of objects within them after each; dotted, `[]` for "of each".
 * @param {{ kind: string, schema: JsonSchema }} type @returns {Row[]} */
export function argumentRows({ kind, schema }) {
  return rowsOf(schema, "", kind);
}

/** @param {JsonSchema} schema @param {string} prefix @param {string} kind @returns {Row[]} */
function rowsOf(schema, prefix, kind) {
  const merged = [schema, ...branches(schema)].filter((each) => each.properties !== undefined);
  const seen = new Map(
    merged.flatMap((each) => Object.entries(each.properties ?? {}).map((entry) => [entry[0], [each, entry[1]]])),
  );
  return [...seen].flatMap(([name, [owner, argument]]) => {
    const path = `${prefix}${name}`;
    if (argument.description === undefined) throw new Error(`${kind}: the argument ${path} has no description`);
    return [row(path, owner, name, argument), ...within(argument, path, kind)];
  });
}

/** @param {JsonSchema} argument @param {string} path @param {string} kind @returns {Row[]} */
function within(argument, path, kind) {
  for (const each of [argument, ...branches(argument)]) {
    if (each.properties !== undefined) return rowsOf(each, `${path}.`, kind);
    if (each.items !== undefined && objectIn(each.items)) return rowsOf(each.items, `${path}[].`, kind);
    const values = each.additionalProperties;
    if (typeof values === "object" && objectIn(values)) return rowsOf(values, `${path}.*.`, kind);
  }
  return [];
}

/** @param {JsonSchema} schema */
function objectIn(schema) {
  return [schema, ...branches(schema)].some((each) => each.properties !== undefined);
}

/** @param {JsonSchema} schema @returns {JsonSchema[]} */
function branches(schema) {
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
}

/** @param {string} path @param {JsonSchema} owner @param {string} name @param {JsonSchema} argument @returns {Row} */
function row(path, owner, name, argument) {
  const required = owner.required?.includes(name) === true && argument.default === undefined;
  return {
    name: path,
    type: typeOf(argument).join(" or "),
    default: argument.default === undefined ? (required ? "**required**" : "") : literal(argument.default),
    description: cell(argument.description ?? ""),
  };
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim();
}

/** @param {unknown} value */
function literal(value) {
  return `\`${cell(typeof value === "string" ? value : JSON.stringify(value))}\``;
}

/** What an argument may be, in words; each way once.
 * @param {JsonSchema} schema @returns {string[]} */
function typeOf(schema) {
  if (schema.enum !== undefined) return schema.enum.map(literal);
  if (schema.const !== undefined) return [literal(schema.const)];
  if (branches(schema).length > 0) return unionOf(branches(schema));
  if (Array.isArray(schema.type)) return severalTypes(schema.type);
  return [plainType(schema)];
}

/** The first is what it is; the others are ways to write it, such as `yes` for true.
 * @param {string[]} types @returns {string[]} */
function severalTypes(types) {
  if (types[0] === "boolean") return ["true or false"];
  return types.includes("string") ? ["text"] : types;
}

/** Numbers and booleans may come as text from a template, and a secret is text: that is no second way of writing it.
 * @param {JsonSchema[]} parts @returns {string[]} */
function unionOf(parts) {
  const real = parts.filter((part) => Object.keys(part).length > 0);
  const scalar = real.some((part) => ["integer", "number", "boolean"].includes(String(part.type)));
  const words = real
    .filter((part) => !(scalar && part.type === "string" && part.pattern !== undefined))
    .flatMap(typeOf);
  const secret =
    real.length < parts.length ? words.map((word) => (word === "text" ? "text (kept secret)" : word)) : words;
  return orList([...new Set(secret)]);
}

/** One thing or a list of such things, said once.
 * @param {string[]} words */
function orList(words) {
  const [one, ...others] = words.filter((word) => !word.startsWith("list of "));
  const listed = others.length === 0 && words.length === 2 && words.includes(`list of ${one}`);
  return listed ? [`${one}, or a list of it`] : words;
}

/** @param {JsonSchema} schema @returns {string} */
function plainType(schema) {
  if (schema.type === "integer" || schema.type === "number") return numberType(schema);
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {}).join(" or ")}`;
  if (schema.type === "object") return schema.properties === undefined ? "map" : "object";
  if (schema.type === "string") return "text";
  if (schema.type === "boolean") return "true or false";
  return schema.type === undefined ? "anything" : String(schema.type);
}

/** @param {JsonSchema} schema */
function numberType({ minimum, maximum }) {
  const from = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const to = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (from !== undefined && to !== undefined) return `number, ${from} to ${to}`;
  return from === undefined ? "number" : `number from ${from}`;
}
