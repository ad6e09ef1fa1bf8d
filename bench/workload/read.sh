# Reads all the state that the twenty tasks are about, as cheaply as sh can: the floor's script.
cd /etc || exit 1
stat -c '%n %f %U %G' keepalived/keepalived.conf dsr/site.conf motd modules-load.d/dsr.conf dsr/check.sh logrotate.d/dsr 2>&1
sha256sum keepalived/keepalived.conf dsr/site.conf motd modules-load.d/dsr.conf dsr/check.sh logrotate.d/dsr 2>&1
for key in ip_forward conf/all/rp_filter conf/all/arp_ignore conf/all/arp_announce; do
  read -r value </proc/sys/net/ipv4/$key && echo "$key $value"
done
cat sysctl.d/*.conf /run/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf 2>/dev/null
dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' openssh-server iproute2
systemctl show -p Id,LoadState,ActiveState,SubState,UnitFileState director health exporter
ip -o -4 address show dev eth0
test -c /dev/null
uname -r
read -r peers </etc/dsr/peers
for peer in $peers; do
  timeout 5 bash -c ': <>"/dev/tcp/$0/80"' "$peer" && echo "$peer open"
done
