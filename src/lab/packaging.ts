/** How the packages that a play installs come to the hosts of a release: as Debian's, or as rpm packages with dnf. */
import { BASE, BASE_PACKAGES, DIRECTOR, file, NO_SERVICES, REPOSITORY } from "./recipe.ts";
import { hasRpm } from "./releases.ts";

interface Packaging {
  /** Debian packages of every host. */
  readonly packages: readonly string[];
  /** sh, run by root inside the new root of every host. */
  readonly base: string;
  /** sh for the directors' layer; the fetched packages are in /mnt. */
  readonly director: string;
}

export function packagingOf(release: string): Packaging {
  return hasRpm(release)
    ? { packages: [...BASE_PACKAGES, "dnf", "rpm", "createrepo-c"], base: BASE + RPM_BASE, director: RPM_DIRECTOR }
    : { packages: BASE_PACKAGES, base: BASE, director: DIRECTOR };
}

const OS_RELEASE = `NAME="Rocky Linux"
VERSION="9.4 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Debian packages as rpm"
`;

// The only repository: a file of the host, since there is no route out.
const REPOSITORY_FILE = `[lab]
name=lab
baseurl=file://${REPOSITORY}
gpgcheck=0
`;

/**
 * sh that makes an rpm of a tree: NAME VERSION TREE. Files of directories merged into /usr are moved there: rpm
 * would write over the links.
 */
const RPM_OF = `
rpm_of() {
  for directory in bin sbin lib; do
    [ -d "$3/$directory" ] || continue
    mkdir -p "$3/usr/$directory"
    cp -a "$3/$directory/." "$3/usr/$directory/"
    rm -r "$3/$directory"
  done
  (cd "$3" && find . ! -type d | sed -e 's|^\\.||' -e 's|^/etc/|%config(noreplace) &|') >/tmp/files
  cat >/tmp/package.spec <<SPEC
%define debug_package %{nil}
%define __os_install_post %{nil}
Name: $1
Version: $2
Release: 1.el9
Summary: $1 as Debian built it
License: see Debian
AutoReqProv: no
%description
$1 as Debian built it, in an rpm package.
%install
cp -a $3/. %{buildroot}
%files -f /tmp/files
SPEC
  rpmbuild -bb --quiet --define '_topdir /tmp/rpm' --define '_rpmdir ${REPOSITORY}' /tmp/package.spec
  rm -rf /tmp/rpm /tmp/files /tmp/package.spec "$3"
}
version_of() { echo "$1" | sed -e 's/^[0-9]*://' -e 's/-.*//'; }
`;

/** firewalld is that of Debian's image, and its rpm is installed over it: a play asks rpm for it. */
const RPM_BASE = `
rm -f /etc/os-release
${file("/etc/os-release", OS_RELEASE, "644")}
${file("/etc/rpm/macros.lab", "%_dbpath /var/lib/rpm\n", "644")}
rm -f /etc/yum.repos.d/*
${file("/etc/yum.repos.d/lab.repo", REPOSITORY_FILE, "644")}
mkdir -p /etc/sysconfig ${REPOSITORY}
ln -s dnf /usr/bin/yum
${RPM_OF}
mkdir /tmp/tree
dpkg -L firewalld | while read -r path; do [ -d "$path" ] || echo "$path"; done | tar -cf - -T - | tar -C /tmp/tree -xf -
rpm_of firewalld "$(version_of "$(dpkg-query -W -f '\${Version}' firewalld)")" /tmp/tree
createrepo_c -q ${REPOSITORY}
dnf -y -q install firewalld
`;

const KEEPALIVED_UNIT = `[Unit]
Description=LVS and VRRP High Availability Monitor
After=network-online.target syslog.target
Wants=network-online.target

[Service]
Type=forking
PIDFile=/run/keepalived.pid
KillMode=process
EnvironmentFile=-/etc/sysconfig/keepalived
ExecStart=/usr/sbin/keepalived $KEEPALIVED_OPTIONS
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
`;

// A play disables this unit: it fails without a file that no package has.
const IPVSADM_UNIT = `[Unit]
Description=Initialise the Linux Virtual Server
After=syslog.target network.target

[Service]
Type=oneshot
ExecStart=/bin/bash -c "exec /sbin/ipvsadm-restore < /etc/sysconfig/ipvsadm"
ExecStop=/bin/bash -c "exec /sbin/ipvsadm-save -n > /etc/sysconfig/ipvsadm"
ExecStop=/sbin/ipvsadm -C
RemainAfterExit=yes

[Install]
WantedBy=multi-user.target
`;

/** keepalived and ipvsadm with the unit files and the paths of the family; what they depend on is Debian's. */
const RPM_DIRECTOR = `
set -e
cd /mnt
for deb in *.deb; do
  case $deb in keepalived_* | ipvsadm_*) ;; *) set -- "$@" "$deb" ;; esac
done
${NO_SERVICES}[ $# = 0 ] || DEBIAN_FRONTEND=noninteractive dpkg -i "$@"
rm -f /usr/sbin/policy-rc.d
${RPM_OF}
dpkg-deb -x keepalived_*.deb /tmp/tree
rm -rf /tmp/tree/etc/init.d /tmp/tree/etc/default /tmp/tree/lib/systemd /tmp/tree/usr/lib/systemd
${file("/tmp/tree/usr/lib/systemd/system/keepalived.service", KEEPALIVED_UNIT, "644")}
${file("/tmp/tree/etc/sysconfig/keepalived", 'KEEPALIVED_OPTIONS="-D"\n', "644")}
${file("/tmp/tree/etc/keepalived/keepalived.conf", "! An example of the package.\n", "644")}
rpm_of keepalived "$(version_of "$(dpkg-deb -f keepalived_*.deb Version)")" /tmp/tree
dpkg-deb -x ipvsadm_*.deb /tmp/tree
rm -rf /tmp/tree/etc /tmp/tree/lib/systemd /tmp/tree/usr/lib/systemd
${file("/tmp/tree/usr/lib/systemd/system/ipvsadm.service", IPVSADM_UNIT, "644")}
rpm_of ipvsadm "$(version_of "$(dpkg-deb -f ipvsadm_*.deb Version)")" /tmp/tree
# An overlay cannot rename a directory of a lower layer, as createrepo_c does.
rm -rf ${REPOSITORY}/repodata
createrepo_c -q ${REPOSITORY}
dnf -q makecache
`;
