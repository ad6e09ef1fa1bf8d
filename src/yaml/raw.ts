/** The document as the library composed it, without the library: the input of build.ts. */
import type { Span } from "../text/span.ts";

interface Properties extends Span {
  readonly anchor: string | undefined;
  /** `!unsafe`, or `tag:yaml.org,2002:int`; `undefined` when none is written. */
  readonly tag: string | undefined;
}

export interface RawScalar extends Properties {
  readonly kind: "scalar";
  /** The text after folding and unescaping. */
  readonly value: string;
  readonly plain: boolean;
}

export interface RawList extends Properties {
  readonly kind: "list";
  readonly items: readonly Raw[];
}

export interface RawMap extends Properties {
  readonly kind: "map";
  /** A value that is not there at all (`{a}`) is `undefined`. */
  readonly pairs: readonly { readonly key: Raw; readonly value: Raw | undefined }[];
}

export interface RawAlias extends Span {
  readonly kind: "alias";
  readonly name: string;
}

export type Raw = RawScalar | RawList | RawMap | RawAlias;
