"""ansible-inventory many times in one process: requests as JSON lines on standard input, answers on standard output.

A request is {"cwd": …, "args": […]}; the answer is {"code": …, "out": …, "err": …}. Each runs in a fork of its own,
after the imports that take the time.
"""
import json
import os
import sys
import tempfile

from ansible.cli.inventory import InventoryCLI
import ansible.plugins.loader  # noqa: F401
import ansible.template  # noqa: F401
import ansible.plugins.inventory.ini, ansible.plugins.inventory.yaml, ansible.plugins.inventory.script  # noqa: E401,F401
import ansible.plugins.vars.host_group_vars  # noqa: F401


def answer(request):
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(request["cwd"])
            try:
                cli = InventoryCLI(["ansible-inventory"] + request["args"])
                cli.parse()
                code = cli.run() or 0
            except SystemExit as end:
                code = end.code or 0
            except Exception as error:  # what the command shows as an error
                print(error, file=sys.stderr)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    out.seek(0)
    err.seek(0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "out": out.read().decode("utf-8", "surrogateescape"),
        "err": err.read().decode("utf-8", "replace"),
    }


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
