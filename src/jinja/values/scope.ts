import type { Place, Source } from "../../core/source.ts";
import type { Secret } from "../../core/secret.ts";

/** The variables that templates see. */
export interface Scope {
  /** The value, resolved. Only called with names for which `has` is true. Throws InputError. */
  get(name: string): unknown;
  has(name: string): boolean;
  names(): Iterable<string>;
  /** As `get`, but maps in it may be LazyMaps; templates prefer it. */
  lazy?(name: string): unknown;
  /** The place of the variable, if it is known; messages point there. */
  place?(name: string): Place | undefined;
}

/**
 * What templates can reach outside of themselves; anything that is left out cannot be reached. Each may throw Unready
 * if it takes time, and InputError if it fails.
 */
export interface TemplateOptions {
  /** The template that `include`, `import`, `extends` and `lookup('template')` name, relative to their own place. */
  readonly template?: (name: string, from: Place) => Source | undefined;
  /** The text of the file that `lookup('file')` names. */
  readonly file?: (name: string, from: Place) => string | Secret | undefined;
  /** The password that is kept in a file, for `lookup('password')`; made if there is none. */
  readonly password?: (wanted: WantedPassword) => Secret;
  /** What a command prints on the controller, for `lookup('pipe')`. */
  readonly pipe?: (command: string, from: Place) => string | Secret;
  /** An environment variable, for `lookup('env')` and `expandvars`. */
  readonly env?: (name: string) => string | undefined;
  readonly now?: () => Date;
  /** `names` refuses lookups that do not exist or are not supported; otherwise they are found when they are used. */
  readonly onlyKnownLookups?: boolean;
  /** A number from 0 up to 1, for `random` and `shuffle` without a seed. */
  readonly random?: () => number;
}

/** What `lookup('password', …)` asks for. */
export interface WantedPassword {
  /** Where it is kept; `/dev/null`: nowhere. */
  readonly path: string;
  readonly make: () => string;
}
