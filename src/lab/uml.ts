import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { umlPartsOf } from "./image.ts";
import type { Image } from "./image.ts";
import { joinBridge } from "./network.ts";
import { NAMESPACE, NAMESPACE_PATH, PATHS } from "./site.ts";
import { shortened } from "./topology.ts";
import type { Port, Seat } from "./topology.ts";

/*
 * A host as user-mode Linux: a kernel of its own as ordinary processes, with IPVS where the machine's
 * kernel has none. Its disk is a copy-on-write file over the one ext4 image, which is never written.
 */

const MEMORY = "256M";

// The guest's vector driver opens its tap only when it was made with vnet_hdr.
function tap(seat: Seat, { port, bridge }: Port): string {
  return `
ip -n ${NAMESPACE} link del ${port} 2>/dev/null || :
ip -n ${NAMESPACE} tuntap add ${port} mode tap vnet_hdr
${joinBridge(seat.name, port, bridge, "uml")}`;
}

function boot(seat: Seat, ports: readonly Port[]): string {
  return `
set -e
${ports.map((port) => tap(seat, port)).join("")}
export TMPDIR=/dev/shm
exec nsenter --net=${NAMESPACE_PATH} unshare --mount sh -c "$RUN" sh "$@"
`;
}

// The shell that mounts the newer C library has loaded its own already, and the kernel is the next program.
const RUN = `
[ -z "$LIBRARIES" ] || mount --bind "$LIBRARIES" /usr/lib/x86_64-linux-gnu || exit
export LD_PRELOAD="$PRELOAD"
exec "$@"
`;

/** argv of the process that is the host. */
export function umlArgv(seat: Seat, ports: readonly Port[], disk: Disk, image: Image): readonly string[] {
  const parts = umlPartsOf(image);
  const kernel = [
    parts.kernel,
    ...[`mem=${MEMORY}`, `umid=${shortened(seat.name, 40)}`, `uml_dir=${join(PATHS.run, "uml")}/`],
    ...[`ubd0=${join(disk.directory, "disk.cow")},${parts.disk}`, "root=/dev/ubda", "rw", "init=/usr/lib/lab/init"],
    ...ports.map(({ port, nic }, index) => `vec${index}:transport=tap,ifname=${port},mac=${nic.mac},gro=1`),
    ...["con0=null,fd:1", "con=null", "ssl=null", `hostfs=${join(disk.directory, "identity")}`],
  ];
  const settings = [`PRELOAD=${parts.preload}`, `LIBRARIES=${parts.libraries ?? ""}`, `RUN=${RUN}`];
  return ["env", ...settings, "sh", "-c", boot(seat, ports), "sh", ...kernel];
}
