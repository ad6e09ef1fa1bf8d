/** JSON Schemas of data in which any value may be a template. */
export type Json = boolean | { readonly [key: string]: unknown };
export type JsonMap = Readonly<Record<string, unknown>>;

/** A text with a template in it can become any value. */
const TEMPLATE: Json = { type: "string", pattern: "\\{\\{" };

/** One of the schemas, or a template. */
export function open(...schemas: readonly Json[]): Json {
  return { anyOf: [...schemas, TEMPLATE] };
}

/** The same schema, with a template allowed in the place of every value in a map or a list. */
export function templated(schema: Json): Json {
  if (typeof schema === "boolean") return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, templatedIn(key, value)]));
}

function templatedIn(key: string, value: unknown): unknown {
  const each = (schema: unknown): Json => open(templated(schema as Json));
  switch (key) {
    case "properties":
      return Object.fromEntries(Object.entries(value as JsonMap).map(([name, schema]) => [name, each(schema)]));
    case "items":
      return each(value);
    case "additionalProperties":
      return value === false ? false : each(value);
    case "anyOf":
    case "oneOf":
    case "allOf":
      return (value as readonly Json[]).map(templated);
    default:
      return value;
  }
}
