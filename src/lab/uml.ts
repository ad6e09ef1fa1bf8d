import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { umlPartsOf } from "./image.ts";
import type { Image } from "./image.ts";
import { joinBridge } from "./network.ts";
import { NAMESPACE, NAMESPACE_PATH, PATHS, portOf } from "./site.ts";
import type { Seat } from "./site.ts";

/*
 * A host as user-mode Linux: a kernel of its own as ordinary processes, with IPVS where the machine's
 * kernel has none. Its disk is a copy-on-write file over the one ext4 image, which is never written.
 */

const MEMORY = "256M";

// The guest's vector driver opens its tap only when it was made with vnet_hdr.
function boot(seat: Seat, port: string): string {
  return `
set -e
ip -n ${NAMESPACE} link del ${port} 2>/dev/null || :
ip -n ${NAMESPACE} tuntap add ${port} mode tap vnet_hdr
${joinBridge(seat.name, port, "uml")}
export TMPDIR=/dev/shm LD_PRELOAD="$LIBRARY"
exec nsenter --net=${NAMESPACE_PATH} linux.uml "$@"
`;
}

/** argv of the process that is the host. */
export function umlArgv(seat: Seat, disk: Disk, image: Image): readonly string[] {
  const port = portOf(seat, "uml");
  const parts = umlPartsOf(image);
  const kernel = [
    ...[`mem=${MEMORY}`, `umid=${seat.name}`, `uml_dir=${join(PATHS.run, "uml")}/`],
    ...[`ubd0=${join(disk.directory, "disk.cow")},${parts.disk}`, "root=/dev/ubda", "rw", "init=/usr/lib/lab/init"],
    `vec0:transport=tap,ifname=${port},mac=${seat.mac},gro=1`,
    ...["con0=null,fd:1", "con=null", "ssl=null", `hostfs=${join(disk.directory, "identity")}`],
  ];
  return ["env", `LIBRARY=${parts.library}`, "sh", "-c", boot(seat, port), "sh", ...kernel];
}
