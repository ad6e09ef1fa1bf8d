"""The names of all filters, tests and lookups that ansible-core and its Jinja2 bring, as JSON."""
import json
import os

import ansible.plugins.lookup
from ansible.plugins.loader import filter_loader, test_loader
from jinja2.defaults import DEFAULT_FILTERS, DEFAULT_TESTS


def names(loader, jinja):
    own = [plugin.ansible_name.split(".")[-1] for plugin in loader.all()]
    return sorted(set(own) | set(jinja))


directory = os.path.dirname(ansible.plugins.lookup.__file__)
lookups = sorted(file[:-3] for file in os.listdir(directory) if file.endswith(".py") and file != "__init__.py")
print(json.dumps({"filters": names(filter_loader, DEFAULT_FILTERS), "tests": names(test_loader, DEFAULT_TESTS), "lookups": lookups}, indent=2))
