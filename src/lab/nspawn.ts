import type { Disk } from "./disk.ts";
import { joinBridge } from "./network.ts";
import { NAMESPACE, NAMESPACE_PATH } from "./site.ts";
import { hostnameOf, shortened } from "./topology.ts";
import type { Port, Seat } from "./topology.ts";

/*
 * A host as a systemd-nspawn container, on a machine whose PID 1 need not be systemd.
 *
 * Its overlay is mounted in a mount namespace of its own. Its eth0 is in a network namespace that no file names. So
 * both are gone with its last process. nspawn ends with code 133 when the host reboots (systemd-nspawn's --keep-unit).
 * The loop then makes a new network namespace, as a reboot would.
 */

const LOOP = `
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$DISK/upper,workdir=$DISK/work" "$DISK/root" || exit
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
while :; do
  unshare --net sh -c "$BOOT"
  code=$?
  [ $code = 133 ] || exit $code
done
`;

// Only the unified cgroup hierarchy, also on machines that have the old one in addition: as on a Debian host.
const ENVIRONMENT = "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network";

function cable(seat: Seat, { port, bridge, nic: { name, mac } }: Port): string {
  const outer = mac.replace(/^02:00/, "02:fe");
  return `
ip -n ${NAMESPACE} link del ${port} 2>/dev/null || :
nsenter --net=${NAMESPACE_PATH} ip link add ${port} address ${outer} type veth peer name ${name} address ${mac} netns $$
${joinBridge(seat.name, port, bridge, "nspawn")}`;
}

function boot(seat: Seat, ports: readonly Port[]): string {
  return `
set -e
echo 0 > "$CGROUP/cgroup.procs"
${ports.map((port) => cable(seat, port)).join("")}
exec env ${ENVIRONMENT} systemd-nspawn --quiet --boot --directory="$DISK/root" --machine=${shortened(`${NAMESPACE}-${hostnameOf(seat)}`, 63)} \\
  --hostname=${hostnameOf(seat)} --register=no --keep-unit --network-namespace-path=/proc/self/ns/net \\
  --capability=CAP_NET_ADMIN,CAP_NET_RAW --resolv-conf=off --timezone=off --link-journal=no --console=read-only \\
  $([ -d /lib/modules ] && echo --bind-ro=/lib/modules)
`;
}

/** argv of the process that is the host. It takes its place in `cgroup` and ends when the host is switched off. */
export function nspawnArgv(
  seat: Seat,
  ports: readonly Port[],
  disk: Disk,
  layers: readonly string[],
  cgroup: string,
): readonly string[] {
  const settings = {
    DISK: disk.directory,
    LOWER: layers.join(":"),
    CGROUP: cgroup,
    BOOT: boot(seat, ports),
  };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return ["env", ...words, "unshare", "--mount", "sh", "-c", LOOP];
}
