/** Hosts that are reached at one address, which `site_host` does not correct. */
import type { SiteHost, SiteNetwork } from "../model/site.ts";
import { addressIn } from "../model/networks.ts";

/** An address that `site_host` gives is compared by itself, with its own place. */
export function sameAddress(
  hosts: readonly SiteHost[],
  network: SiteNetwork,
  version: 4 | 6,
): readonly { readonly message: string; readonly help: string }[] {
  const usual = hosts.filter(({ data }) => data.addresses === undefined);
  return usual.flatMap((host, index) => {
    const address = addressIn(host, network, version);
    const same = usual.slice(0, index).find((other) => addressIn(other, network, version) === address);
    if (address === undefined || same === undefined) return [];
    const message = `\`${same.name}\` and \`${host.name}\` have the same address, ${address}`;
    return [{ message, help: "write the addresses of each host into its `site_host.addresses`" }];
  });
}
