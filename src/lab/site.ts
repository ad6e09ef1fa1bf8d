/**
 * The name of the lab that this process works on, from the environment; `lab` when it gives none. Labs of different
 * names share nothing but the cache of root file systems; inventories/lab reads the same variable.
 */
export const LAB_NAME = process.env.DSRCTL_LAB ?? "lab";
/** What may be a lab's name: it becomes part of paths, of a network namespace's and a cgroup's name. */
export const LAB_NAMES = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** The lab's network namespace, its cgroup and its directories have this name. */
export const NAMESPACE = `dsrctl-${LAB_NAME}`;
export const NAMESPACE_PATH = `/run/netns/${NAMESPACE}`;
/** Every lab has a directory here, of the name that its namespace has. */
export const LABS = "/var/lib";

/**
 * Where things are kept. `cache` outlives everything and is for all labs; `run` is gone after `down`, and there while
 * the lab is.
 */
export const PATHS = {
  cache: process.env.DSRCTL_LAB_CACHE ?? "/var/cache/dsrctl-lab",
  topology: `${LABS}/${NAMESPACE}/topology.json`,
  disks: `${LABS}/${NAMESPACE}/hosts`,
  logs: `${LABS}/${NAMESPACE}/log`,
  ssh: `${LABS}/${NAMESPACE}/ssh`,
  run: `/run/${NAMESPACE}`,
  lock: `/run/lock/${NAMESPACE}.lock`,
} as const;

export function logOf(name: string): string {
  return `${PATHS.logs}/${name}.log`;
}
