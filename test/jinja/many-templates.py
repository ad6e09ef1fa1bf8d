"""Ansible's templating many times in one process: requests as JSON lines on standard input, answers on standard output.

A request is {"vars": {…}, "text": "…"} or {"vars": {…}, "when": "…"}; the answer is {"is": …}, or {"refused": "…"}.
"""
import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import Templar

loader = DataLoader()


def answer(request):
    templar = Templar(loader=loader, variables=request.get("vars", {}))
    if "when" in request:
        conditional = Conditional(loader=loader)
        conditional.when = [request["when"]]
        return conditional.evaluate_conditional(templar, request.get("vars", {}))
    return templar.template(request["text"])


for line in sys.stdin:
    try:
        made = json.dumps({"is": answer(json.loads(line))})
    except Exception as error:  # whatever it is, it is refused
        made = json.dumps({"refused": str(error)[:20000]})
    sys.stdout.write(made + "\n")
    sys.stdout.flush()
