#!/bin/sh
cat <<'E'
{"web": {"hosts": ["w1", "w2"], "vars": {"v": 1, "f": 2.0}}, "db": ["d1"], "all": {"children": ["web", "db"], "vars": {"a": "all"}},
 "solo": {"x": 1}, "empty": [], "_meta": {"hostvars": {"w1": {"p": {"q": [1, null]}}, "nobody": {"z": 1}, "d1": {}}}}
E
