# Makes a host of the bench: init of its own process, mount, network, cgroup and host name namespaces, until systemd is.
# host.sh DIRECTORY NAME PEERS MAX-STARTUPS: DIRECTORY has host_key, id.pub and line; the device eth0 comes from outside.
set -e
directory=$1 name=$2 peers=$3 startups=$4
mount --make-rprivate /
mount -t tmpfs -o mode=755,size=256m bench /mnt
mkdir /mnt/bench /mnt/etc /mnt/etc.work /mnt/var /mnt/var.work
cp "$directory/host_key" "$directory/id.pub" "$directory/line" /mnt/bench
mount -t overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/etc.work bench /etc
mount -t overlay -o lowerdir=/var,upperdir=/mnt/var,workdir=/mnt/var.work bench /var
for dir in /run /tmp /root; do mount -t tmpfs -o mode=755 bench $dir; done
chmod 1777 /tmp
mount -t proc proc /proc
umount -Rl /sys
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up

echo "$name" >/etc/hostname
mkdir -p -m 755 /run/sshd /etc/keepalived /etc/dsr
rm -rf /etc/keepalived/* /etc/systemd/system /etc/motd /etc/sysctl.d/*
echo "$peers" >/etc/dsr/peers
mkdir -m 700 /root/.ssh
cp /mnt/bench/id.pub /root/.ssh/authorized_keys
# Debian's own settings, but for the host key.
cat >/etc/ssh/sshd_config <<END
HostKey /mnt/bench/host_key
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
LogLevel VERBOSE
AcceptEnv LANG LC_*
MaxStartups $startups
Subsystem sftp /usr/lib/openssh/sftp-server
END
mkdir -p /etc/systemd/system
cd /etc/systemd/system
unit() {
  printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=%s\nKillMode=process\n[Install]\nWantedBy=bench.target\n' "$2" >"$1.service"
}
unit ssh '/usr/sbin/sshd -D -E /run/sshd.log'
unit web '/mnt/bench/line listen 80'
for each in director health exporter; do unit "$each" '/bin/sleep infinity'; done
printf '[Unit]\nRequires=ssh.service web.service\n' >bench.target
export container=bench
exec /lib/systemd/systemd --system --unit=bench.target --log-target=null
