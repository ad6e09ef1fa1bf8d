/** Compares addresses as keepalived does: by value, in any spelling. */
import { isIP } from "../text/ip.ts";
import { entriesOf, keywordOf, last, plain, valuesOf } from "./tree.ts";
import type { Block, Entry } from "./tree.ts";

/** One spelling for an address; any other text stays unchanged. */
export function normal(address: string): string {
  const [bare = "", zone] = address.split("%");
  if (isIP(bare) !== 6) return address;
  const written = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  return zone === undefined ? written : `${written}%${zone}`;
}

/** The address that an entry begins with, without the length of its prefix. */
export function addressOf(entry: Entry): string {
  return normal(keywordOf(entry).split("/")[0] ?? "");
}

export type Family = 4 | 6;

/** `undefined`: it is no address. */
export function familyOf(address: string): Family | undefined {
  const family = isIP(address.split("%")[0] ?? "");
  return family === 0 ? undefined : family;
}

/** An address of an instance, its family, and the entry that contains it. */
export interface Said {
  readonly keyword: string;
  readonly address: string;
  readonly family: Family;
  readonly entry: Entry;
}

/**
 * The addresses that must be of one family (2.2.7, vrrp_parser.c, vrrp_data.c): `virtual_ipaddress_excluded` is free.
 * The held addresses come first, since the instance exists for them.
 */
export function addressesOf(instance: Block): readonly Said[] {
  const listed = ["virtual_ipaddress", "unicast_peer"].flatMap((keyword) =>
    entriesOf(instance.body, keyword).flatMap((entry) => said(keyword, addressOf(entry), entry)),
  );
  const own = ["unicast_src_ip", "mcast_src_ip"].flatMap((keyword) => {
    const line = last(instance.body, keyword);
    return line === undefined ? [] : said(keyword, normal(valuesOf(line)[0] ?? ""), line);
  });
  return [...listed, ...own];
}

function said(keyword: string, address: string, entry: Entry): readonly Said[] {
  const family = familyOf(address);
  return family === undefined ? [] : [{ keyword, address, family, entry }];
}

/** The family of an instance; keepalived chooses IPv4 if nothing decides. */
export function familyOfInstance(instance: Block): Family {
  return addressesOf(instance)[0]?.family ?? 4;
}

/** The interface of an address, if the entry or the instance names one. */
export function deviceOf(entry: Entry, otherwise: string | undefined): string {
  const words = entry.words.map(plain);
  const at = words.indexOf("dev");
  return (at < 0 ? otherwise : words[at + 1]) ?? "";
}
