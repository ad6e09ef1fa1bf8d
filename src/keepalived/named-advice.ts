/** Advice on a configuration, under the name by which `allow` accepts it. */
import type { Advice } from "../core/task-type.ts";
import type { At } from "./tree.ts";

export interface NamedAdvice extends Omit<Advice, "path"> {
  readonly name: AdviceName;
  readonly at: At;
}

export const ADVICE_NAMES = [
  "master-nopreempt",
  "nopreempt-weight",
  "own-peer",
  "vip-prefix",
  "quiescent-persistence",
  "no-sync-daemon",
  "no-higher-prio-advert",
  "auth-pass",
  "auth-pass-length",
  "usual-router-id",
  "multicast",
  "smtp-server-name",
  "slow-detection",
  "defaults",
  "no-real-server",
  "quorum",
  "vip-unused",
  "vip-missing",
] as const;

export type AdviceName = (typeof ADVICE_NAMES)[number];
