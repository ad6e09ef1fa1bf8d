#!/bin/sh
case "$1" in
--list) echo '{"web": {"hosts": ["w1", "w2", "w3"]}, "par": {"children": ["web"]}}';;
--host) echo "{\"name\": \"$2\", \"n\": 5}";;
esac
