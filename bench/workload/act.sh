# Brings a fresh host to what the twenty tasks want, with nothing looked at: the floor's work.
# keepalived.conf, site.conf and motd arrive on standard input, each after a line with its path and length; then "."
install() {
  chmod "$2" "$1.new" && chown root:root "$1.new" && sync -d "$1.new" && mv "$1.new" "$1"
}
while read -r path mode length && [ "$path" != . ]; do
  head -c "$length" >"$path.new" && install "$path" "$mode"
done
for pair in ip_forward=1 conf/all/rp_filter=2 conf/all/arp_ignore=1 conf/all/arp_announce=2; do
  echo "${pair#*=}" >/proc/sys/net/ipv4/"${pair%=*}"
done
printf 'net.ipv4.%s\n' ip_forward=1 conf.all.rp_filter=2 conf.all.arp_ignore=1 conf.all.arp_announce=2 >/etc/sysctl.d/99-zz-dsr.conf
systemctl enable -q --now director health exporter
