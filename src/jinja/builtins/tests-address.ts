/** Tests of the collection `ansible.utils` about addresses. */
import { isSetAside, parseAddress, parseInterface, size, within } from "../../text/ip-network.ts";
import type { Interface } from "../../text/ip-network.ts";
import { native } from "../values/native.ts";
import type { Native, Natives } from "../values/native.ts";
import { str } from "../values/print.ts";
import type { Value } from "../values/values.ts";

function about(test: (it: Interface) => boolean): Native {
  return native("value", (args) => {
    const it = parseInterface(args.string("value"));
    return it !== undefined && test(it);
  });
}

function address(version?: 4 | 6): Native {
  return native("value", (args) => {
    const found = parseAddress(args.string("value"));
    return found !== undefined && (version === undefined || found.version === version);
  });
}

function inside(text: Value, networks: readonly Value[]): number {
  const it = parseInterface(str(text));
  const outer = networks.flatMap((each) => parseInterface(str(each)) ?? []);
  return it === undefined ? 0 : outer.filter((each) => within(it, each)).length;
}

export const ADDRESS_TESTS: Natives = {
  ip: about(() => true),
  ipv4: about(({ version }) => version === 4),
  ipv6: about(({ version }) => version === 6),
  ip_address: address(),
  ipv4_address: address(4),
  ipv6_address: address(6),
  in_network: native("value, network", (args) => inside(args.value("value"), [args.value("network")]) > 0),
  in_any_network: native("value, networks", (args) => inside(args.value("value"), args.items("networks")) > 0),
  in_one_network: native("value, networks", (args) => inside(args.value("value"), args.items("networks")) === 1),
  subnet_of: native("value, network", (args) => inside(args.value("value"), [args.value("network")]) > 0),
  supernet_of: native("value, network", (args) => inside(args.value("network"), [args.value("value")]) > 0),
  loopback: about((it) => isSetAside(it, "loopback")),
  multicast: about((it) => isSetAside(it, "multicast")),
  private: about((it) => isSetAside(it, "private") || isSetAside(it, "loopback")),
  public: about((it) => !isSetAside(it, "private") && !isSetAside(it, "loopback") && !isSetAside(it, "multicast")),
  unspecified: about((it) => it.address === 0n && size(it) === 1n),
  mac: native("value", (args) =>
    /^(?:[\da-f]{2}([:-]))(?:[\da-f]{2}\1){4}[\da-f]{2}$|^(?:[\da-f]{4}\.){2}[\da-f]{4}$/i.test(args.string("value")),
  ),
};
