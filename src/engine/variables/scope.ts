import { variableScope } from "../../jinja/templates.ts";
import type { Scope, Templates } from "../../jinja/templates.ts";
import type { Variables } from "./variables.ts";

/** The variables as templates see them: rendered when they are used, cycles reported. */
export function scopeOf(variables: Variables, templates: Templates): Scope {
  return variableScope(variables.layers, templates);
}
