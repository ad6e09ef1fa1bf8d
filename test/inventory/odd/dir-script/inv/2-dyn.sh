#!/bin/sh
echo '{"web": ["w2"], "_meta": {"hostvars": {"w2": {"a": "dyn"}, "w1": {"a": "no"}}}}'
