stat -c '%f %U %G' /etc/passwd
dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' openssh-server
systemctl show -p Id,LoadState,ActiveState,SubState web
