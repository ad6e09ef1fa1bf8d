/** The JSON Schema of files with variables that describe a site, for editors. */
import { z } from "../core/schema.ts";
import { open, templated } from "../playbook/templated-schema.ts";
import type { Json, JsonMap } from "../playbook/templated-schema.ts";
import { site, siteHost } from "./model/schema.ts";

/** A file in group_vars/ or host_vars/: the variables `site` and `site_host`, and any others. */
export function siteJsonSchema(): Json {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Variables that describe a site",
    type: "object",
    properties: { site: variable(site), site_host: variable(siteHost) },
  };
}

function variable(schema: z.ZodType): Json {
  const { $schema: _schema, ...own } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonMap;
  return open(templated(own));
}
