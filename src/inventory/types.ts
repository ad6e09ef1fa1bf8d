import type { Problem } from "../core/problem.ts";
import type { Place } from "../core/source.ts";
import type { Node } from "../yaml/index.ts";

/** A variable as it was written; templates in it are not rendered. */
export interface Variable {
  readonly name: string;
  /** The value as plain data. */
  readonly value: unknown;
  /** The value with the place of every part. */
  readonly node: Node;
  /** The place of the value. */
  readonly place: Place;
  /** The place of the name. */
  readonly keyPlace: Place;
  /** Written with `!unsafe`: data, never rendered. */
  readonly untrusted?: boolean;
  /** The earlier value of the same group or host, from a line or file that this one overrides. */
  readonly overrides?: Variable;
}

export type Variables = ReadonlyMap<string, Variable>;

export interface Group {
  readonly name: string;
  /** Where it is first named. */
  readonly place: Place;
  /** The hosts named in it directly, in the order of the file. */
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  readonly parents: readonly string[];
  /** 0 for `all`, one more than its deepest parent for every other group. */
  readonly depth: number;
  /** `ansible_group_priority`; 1 when not given. */
  readonly priority: number;
  /** Its own variables, from the inventory file and `group_vars`. */
  readonly variables: Variables;
}

export interface Host {
  readonly name: string;
  readonly place: Place;
  /** The groups it is in, directly or through their children, in alphabetical order, without `all`. */
  readonly groups: readonly string[];
  /** All its variables, its groups' included, in Ansible's precedence. */
  readonly variables: Variables;
  /** The same by where they come from, the weakest first. */
  readonly layers: readonly VariableLayer[];
}

/** Variables of one group or host from one kind of source. */
export interface VariableLayer {
  /** ``group `web` in the inventory``. */
  readonly from: string;
  readonly variables: Variables;
}

export interface Inventory {
  /** As the user named it: `prod`. */
  readonly name: string;
  /** The file it was read from, as shown in messages; `-i` for a list of hosts. */
  readonly file: string;
  /** In the order of the file. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** `all` and `ungrouped` among them. */
  readonly groups: ReadonlyMap<string, Group>;
  /** The controller itself, for a pattern `localhost`, `127.0.0.1` or `::1` that names no host of the inventory. */
  readonly implicit: (name: string) => Host;
  readonly warnings: readonly Problem[];
}
