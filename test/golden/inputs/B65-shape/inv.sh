#!/bin/sh
cat <<'E'
{"web": {"hosts": "web1", "vars": [1]},
 "db": 5, "lb": ["lb1", 2, "lb 3"],
 "_meta": {"hostvars": {"lb1": [1]}}}
E
