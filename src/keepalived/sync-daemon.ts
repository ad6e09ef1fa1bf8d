/** `lvs_sync_daemon INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]`. */

/** The options with a value, except `inst`. */
export const SYNC_OPTIONS = ["id", "maxlen", "port", "ttl", "group"];

export interface SyncDaemon {
  readonly interface: string;
  /** The vrrp_instance that it follows; left out, it is master and backup at once (from 2.1.0 on). */
  readonly instance: string | undefined;
  /** The other words, in order. */
  readonly options: readonly string[];
}

/** @param words the words after the keyword */
export function syncDaemonOf([first = "", ...rest]: readonly string[]): SyncDaemon {
  const at = rest.indexOf("inst");
  if (at >= 0)
    return { interface: first, instance: rest[at + 1], options: rest.filter((_, i) => i !== at && i !== at + 1) };
  const [second, ...options] = rest;
  if (second === undefined || SYNC_OPTIONS.includes(second))
    return { interface: first, instance: undefined, options: rest };
  return { interface: first, instance: second, options };
}
