#!/bin/sh
# Well while the kernel forwards.
read -r forward </proc/sys/net/ipv4/ip_forward
[ "$forward" = 1 ]
