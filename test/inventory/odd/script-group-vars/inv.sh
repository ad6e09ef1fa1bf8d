#!/bin/sh
echo '{"web": ["w1"], "_meta": {"hostvars": {"w1": {"a": "meta", "b": "meta"}}}}'
