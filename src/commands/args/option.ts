/** What an option is, as data. */

/** An option, in yargs' words; `value` is the word that stands for its value in the help. */
export interface Option {
  readonly type: "boolean" | "count" | "number" | "string";
  readonly describe: string;
  readonly alias?: string;
  readonly default?: boolean | number | string | string[];
  readonly array?: boolean;
  readonly nargs?: number;
  readonly demandOption?: boolean;
  readonly value?: string;
  /** `--no-NAME` is there as well. */
  readonly negatable?: true;
}

export type Table = Readonly<Record<string, Option>>;
