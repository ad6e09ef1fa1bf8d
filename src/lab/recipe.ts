/*
 * What is in the hosts. Every text here is part of an image's key: change one and the images are built anew.
 */

/** Debian packages of every host. keepalived and ipvsadm are not among them: a play installs those. */
export const BASE_PACKAGES: readonly string[] = [
  ...["systemd-sysv", "dbus", "openssh-server", "sudo", "kmod", "procps", "ca-certificates"],
  ...["firewalld", "iptables", "ipset", "nftables", "iproute2", "iputils-ping", "iputils-arping"],
  ...["curl", "netcat-openbsd"],
];

/**
 * Packages that are fetched with all they depend on: `web` for the layer of the web nodes, `director` for the
 * directors' own repository.
 */
export const FETCHED: Readonly<Record<"web" | "director", readonly string[]>> = {
  web: ["nginx-light", "dnsmasq"],
  director: ["keepalived", "ipvsadm"],
};

/** The kernel of directors that run as user-mode Linux, a package of a release. */
export interface Kernel {
  readonly release: string;
  /** The hosts run another release. */
  readonly isForeign: boolean;
  /** It needs a newer C library than the machine has: the release's own is fetched, too. */
  readonly libraries: boolean;
}

/** Left out of what is unpacked, to keep copies small. */
export const LEFT_OUT: readonly string[] = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*"];

/** Where the directors' repository is inside them. */
export const REPOSITORY = "/srv/packages";

const NETWORK = `#!/bin/sh
# The host's interfaces, addresses and routes, as /etc/lab-network says.
set -e
ip link set lo up
forward() {
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}
while read -r what one two; do
  case $what,$two in
    forward,*) forward ;;
    link,*) [ -e "/sys/class/net/$one" ] || ip link set "$two" name "$one" ;;
    # A program can listen on an IPv6 address at once only if the kernel does not look for duplicates first.
    address,*:*) modprobe -q ipv6 || :; ip addr replace "$two" dev "$one" nodad ;;
    address,*) ip addr replace "$two" dev "$one" ;;
    up,*) ip link set "$one" up ;;
    route,*) ip route replace "$one" via "$two" ;;
  esac
done </etc/lab-network
`;

const NETWORK_UNIT = `[Unit]
Description=Addresses of this lab host
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target network.target network-online.target ssh.service
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/lab/network

[Install]
WantedBy=sysinit.target network-online.target
`;

// user-mode Linux: the disk is one for all, so the host's own files come from a directory of the machine, once. The
// kernel's
// parameter hostfs= names it; mount's option for it differs between kernels.
const FIRST_INIT = `#!/bin/sh
if [ ! -e /etc/ssh/ssh_host_ed25519_key ]; then
  mount -t hostfs none /mnt && tar -C /mnt -cf - . | tar -C / --no-overwrite-dir -xpf -
  umount /mnt
fi
exec /sbin/init
`;

const SSHD = `UseDNS no
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/lab_authorized_keys
PrintLastLog no
`;

/** The password of the user \`alice\`; her sudo asks for it. */
const ALICE_PASSWORD = "correct horse";

/** sh that writes a file. */
export function file(path: string, content: string, mode: string): string {
  return `mkdir -p "$(dirname ${path})"\ncat >${path} <<'END OF FILE'\n${content}END OF FILE\nchmod ${mode} ${path}\n`;
}

/** sh, run by root inside the new root of every host. */
export const BASE = `
set -e
${file("/usr/lib/lab/network", NETWORK, "755")}
${file("/usr/lib/lab/init", FIRST_INIT, "755")}
${file("/etc/systemd/system/lab-network.service", NETWORK_UNIT, "644")}
${file("/etc/ssh/sshd_config.d/lab.conf", SSHD, "644")}
${file("/etc/systemd/journald.conf.d/lab.conf", "[Journal]\nRuntimeMaxUse=16M\n", "644")}
${file("/etc/sudoers.d/ops", "ops ALL=(ALL) NOPASSWD: ALL\n", "440")}
${file("/etc/sudoers.d/alice", "alice ALL=(ALL) ALL\n", "440")}
useradd --create-home --shell /bin/bash ops
useradd --create-home --shell /bin/bash alice
printf 'alice:%s\\n' '${ALICE_PASSWORD}' | chpasswd
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/hostname /etc/resolv.conf /etc/update-motd.d/* /etc/motd
: >/etc/machine-id
: >/etc/resolv.conf
rm -f /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99mmdebstrap
systemctl enable lab-network.service
for unit in firewalld.service e2scrub_reap.service systemd-pstore.service; do
  [ ! -e /usr/lib/systemd/system/$unit ] || systemctl disable $unit
done
systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer \\
  systemd-networkd-wait-online.service getty@tty1.service console-getty.service
systemctl set-default multi-user.target
`;

const NGINX = `# A KeepAliveClient is a director's health check: it asks all day and would fill the log.
map $http_user_agent $is_a_visitor { default 1; ~KeepAlive 0; }
log_format lab '$msec $remote_addr $server_addr:$server_port "$request" $status $request_length';
access_log /var/log/nginx/access.log lab if=$is_a_visitor;
server_tokens off;

server {
  listen 80 default_server;
  listen [::]:80 default_server;
  listen 443 ssl default_server;
  listen [::]:443 ssl default_server;
  ssl_certificate /etc/nginx/lab.crt;
  ssl_certificate_key /etc/nginx/lab.key;
  default_type text/plain;
  client_max_body_size 64m;
  location / { return 200 "$hostname\\n"; }
  # A proxy reads the whole body before it passes the request on, so an answer means that all of it came.
  location /upload { proxy_pass http://127.0.0.1:8079; }
}
server {
  listen 127.0.0.1:8079;
  default_type text/plain;
  client_max_body_size 64m;
  access_log off;
  location / { return 200 "$hostname\\n"; }
}
# Something that is not the service's: the VIP must not answer here.
server {
  listen 8081;
  default_type text/plain;
  location / { return 200 "$hostname 8081\\n"; }
}
`;

// Answers have the address that was asked: dnsmasq takes it from the packet. Debian limits it to clients of its own
// subnet, unless the configuration names an interface.
const DNS = `no-resolv
no-hosts
except-interface=none
address=/example.com/192.0.2.200
`;

/** sh: from here on, packages start no services in the root (invoke-rc.d(8), policy-rc.d). */
export const NO_SERVICES = `printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
`;

/** sh for the web nodes' layer; the fetched packages are in /mnt. */
export const WEB = `
set -e
${NO_SERVICES}export DEBIAN_FRONTEND=noninteractive
dpkg -i /mnt/*.deb
rm -f /usr/sbin/policy-rc.d /etc/nginx/sites-enabled/default
${file("/etc/nginx/conf.d/lab.conf", NGINX, "644")}
${file("/etc/dnsmasq.d/lab.conf", DNS, "644")}
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=lab -keyout /etc/nginx/lab.key -out /etc/nginx/lab.crt 2>/dev/null
sed -i -e '/access_log/d' -e '/server_tokens/d' /etc/nginx/nginx.conf
systemctl enable nginx.service dnsmasq.service
`;

/**
 * sh for the directors' layer: a repository in the host that \`apt-get install keepalived ipvsadm\` is served from with
 * no route out.
 */
export const DIRECTOR = `
set -e
mkdir -p ${REPOSITORY}
cp /mnt/*.deb ${REPOSITORY}
cd ${REPOSITORY}
for deb in *.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done >Packages
chmod 644 *.deb Packages
echo 'deb [trusted=yes] file:${REPOSITORY} ./' >/etc/apt/sources.list
apt-get -q update
`;

/**
 * sh for directors that run as user-mode Linux: its kernel has no \`inet\` family in nftables. Its modules are
 * in /mnt.
 */
export const UML = `
set -e
mkdir -p /usr/lib/modules
version=$(basename /mnt/*)
mkdir -p "/usr/lib/modules/$version/kernel/drivers" "/usr/lib/modules/$version/kernel/fs"
cp /mnt/*/modules.* "/usr/lib/modules/$version/"
for part in net lib crypto drivers/net fs/overlayfs; do
  cp -r "/mnt/$version/kernel/$part" "/usr/lib/modules/$version/kernel/$part"
done
depmod "$version"
sed -i -e 's/^FirewallBackend=.*/FirewallBackend=iptables/' -e 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' /etc/firewalld/firewalld.conf
update-alternatives --set iptables /usr/sbin/iptables-legacy
update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy
`;

/** sh that fetches the kernel's packages; a source of another release is in the build's directory. */
function fetchKernel({ release, isForeign, libraries }: Kernel): string {
  const names = ["user-mode-linux", ...(libraries ? ["libc6"] : [])];
  const packages = names.map((name) => (isForeign ? `${name}/${release}` : name)).join(" ");
  const addSource = `cp "$BUILD/kernel.list" "$1/etc/apt/sources.list.d/kernel.list"\nchroot "$1" apt-get -q update\n`;
  return `
${isForeign ? addSource : ""}mkdir -p "$1/fetched/kernel"
chroot "$1" sh -c 'cd /fetched/kernel && apt-get -q -o APT::Sandbox::User=root download ${packages}'`;
}

/**
 * Run by mmdebstrap at its end, with the new root as "$1" and the build's directory in $BUILD: fetch, then finish the
 * root.
 */
export function customizeHook(kernel: Kernel | undefined): string {
  const fetch = Object.entries(FETCHED).map(
    ([role, packages]) => `
mkdir -p "$1/fetched/${role}/partial"
chroot "$1" apt-get -y -q --no-install-recommends --download-only -o Dir::Cache::archives=/fetched/${role} install ${packages.join(" ")}`,
  );
  return `#!/bin/sh
set -e
${fetch.join("\n")}${kernel === undefined ? "" : fetchKernel(kernel)}
mv "$1/fetched" "$BUILD/fetched"
chroot "$1" sh <"$BUILD/base.sh"
`;
}
