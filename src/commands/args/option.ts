/** What an option is, as data. Everything else follows from its declaration: parsing, help, completion, docs. */

interface Common {
  readonly describe: string;
  /** One letter: `-i`. */
  readonly short?: string;
  /** A second name that means the same. */
  readonly also?: string;
  /** Allowed only with these values of the first positional; left out: always. */
  readonly only?: readonly string[];
}

interface Flag extends Common {
  readonly type: "boolean";
  /** `--no-NAME` is there as well; not given is then `undefined`. */
  readonly negatable?: true;
}

/** How often it is given: `-vv`. */
interface Count extends Common {
  readonly type: "count";
}

interface Numeric extends Common {
  readonly type: "number";
  /** The placeholder for the value in the help. */
  readonly value: string;
  readonly default: number;
  readonly range: readonly [min: number, max: number];
  readonly whole?: true;
}

interface Textual extends Common {
  readonly type: "string";
  readonly value: string;
  /** It may be given several times; `commas`: a value may also be several with commas between them. */
  readonly many?: true | "commas";
  /** It must be given: the message and the hint if it is not. */
  readonly required?: { readonly message: string; readonly help?: string };
  readonly complete?: Completes;
}

/** What the shell proposes for a value. A `pattern` chooses hosts and groups. */
export type Completes =
  "inventory" | "playbook" | "host" | "group" | "pattern" | "tag" | "file" | "lab-host" | "lab-release";

export type Option = Flag | Count | Numeric | Textual;

/** Options by their names. */
export type Options = Readonly<Record<string, Option>>;

/** Options by the titles under which the help shows them. */
export type Sections = Readonly<Record<string, Options>>;

export function takesValue(option: Option): option is Numeric | Textual {
  return option.type === "string" || option.type === "number";
}

export function optionsOf(sections: Sections): Options {
  return Object.assign({}, ...Object.values(sections)) as Options;
}

type Value<O> = O extends { type: "boolean" }
  ? O extends { negatable: true }
    ? boolean | undefined
    : boolean
  : O extends { type: "count" | "number" }
    ? number
    : O extends { many: true | "commas" }
      ? readonly string[]
      : O extends { required: object }
        ? string
        : string | undefined;

type Camel<Name> = Name extends `${infer Word}-${infer Rest}` ? `${Word}${Capitalize<Camel<Rest>>}` : Name;

/** The values of options, by their names in camelCase. */
export type OptionValues<T> = { readonly [Name in keyof T as Camel<Name>]: Value<T[Name]> };

type NamesIn<S> = { [Title in keyof S]: keyof S[Title] }[keyof S];
type Flat<S> = {
  readonly [Name in NamesIn<S>]: { [Title in keyof S]: Name extends keyof S[Title] ? S[Title][Name] : never }[keyof S];
};

export type SectionValues<S> = OptionValues<Flat<S>>;
