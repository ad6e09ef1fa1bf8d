"""Ansible's templating many times in one process: requests as JSON lines on standard input, answers on standard output.

A request is {"vars": {…}, "text": "…"} or {"vars": {…}, "when": "…"}; the answer is {"is": …}, or {"refused": "…"}.
"""
import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import Templar

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 every text is a template

    def trust_as_template(text):
        return text


loader = DataLoader()


def trusted(value):
    """As a playbook's own values are."""
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [trusted(each) for each in value]
    if isinstance(value, dict):
        return {key: trusted(each) for key, each in value.items()}
    return value


def answer(request):
    variables = trusted(request.get("vars", {}))
    templar = Templar(loader=loader, variables=variables)
    if "when" in request and hasattr(templar, "evaluate_conditional"):
        return templar.evaluate_conditional(trusted(request["when"]))
    if "when" in request:
        conditional = Conditional(loader=loader)
        conditional.when = [request["when"]]
        return conditional.evaluate_conditional(templar, variables)
    return templar.template(trusted(request["text"]))


for line in sys.stdin:
    try:
        made = json.dumps({"is": answer(json.loads(line))})
    except Exception as error:  # whatever it is, it is refused
        made = json.dumps({"refused": str(error)[:20000]})
    sys.stdout.write(made + "\n")
    sys.stdout.flush()
