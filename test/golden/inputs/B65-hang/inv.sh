#!/bin/sh
echo "waiting for the cloud" >&2
sleep 60
