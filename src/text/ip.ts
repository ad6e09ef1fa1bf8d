/**
 * Whether text is an IP address. Node's own pattern for IPv6 takes milliseconds to compile: it is asked about nothing
 * else.
 */
import { isIPv4, isIPv6 as matchesIPv6 } from "node:net";

export { isIPv4 };

/** With a zone (`fe80::1%eth0`) or without, not in brackets. */
export function isIPv6(text: string): boolean {
  return text.includes(":") && matchesIPv6(text);
}

/** The version of an IP address; 0: it is no address. */
export function isIP(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4;
  return isIPv6(text) ? 6 : 0;
}

/** An address as URLs and ssh write it before a port: IPv6 in brackets. A name stays as it is. */
export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** `10.0.0.5:80`, `[2001:db8::5]:80`. */
export function endpoint(address: string, port: number | string): string {
  return `${bracketed(address)}:${port}`;
}
