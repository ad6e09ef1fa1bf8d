#!/bin/sh
[ "$1" = --list ] && echo '{"web": ["web1", "web2"]}' && exit
echo "no host $2" >&2
exit 1
