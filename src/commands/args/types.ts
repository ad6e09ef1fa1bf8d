/** What the command line says, as far as several verbs work with it. */
import type { OptionValues } from "./option.ts";
import type { INVENTORY_OPTIONS, OUTPUT_OPTIONS, REACH_OPTIONS, TEMPLATE_OPTIONS, VAULT_PASSWORDS } from "./options.ts";

/** Where vault passwords come from. */
export type VaultOptions = OptionValues<typeof VAULT_PASSWORDS>;

export type InventoryOptions = OptionValues<typeof INVENTORY_OPTIONS> & VaultOptions;

export type TemplateOptions = OptionValues<typeof TEMPLATE_OPTIONS>;

export type OutputOptions = OptionValues<typeof OUTPUT_OPTIONS>;

export type ReachOptions = OptionValues<typeof REACH_OPTIONS>;
