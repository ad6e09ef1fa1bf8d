#!/bin/sh
echo "no such region" >&2
echo "see the manual" >&2
exit 3
