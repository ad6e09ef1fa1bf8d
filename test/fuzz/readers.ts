/** Everything that reads what users write. A reader that is not in this table is not fuzzed. */
import { INVENTORY } from "./inventory.ts";
import { JINJA } from "./jinja.ts";
import type { Reader } from "./reader.ts";
import { SSH } from "./ssh.ts";
import { VAULT } from "./vault.ts";
import { YAML } from "./yaml.ts";

export const READERS: readonly Reader[] = [...INVENTORY, YAML, ...VAULT, ...JINJA, ...SSH];
