"""Starts command lines of the tools as processes that share one import.

Importing torch and mmseg costs seconds; a test that kills twenty processes pays them once. This
program imports everything, then forks one child for each line of JSON that it reads; the child runs
the tool just as `python tools/…` does. The parent starts no thread of its own before.
"""

import importlib
import json
import os
import runpy
import sys
import traceback


def run(command: list[str], log: str) -> None:
    """Become the process of one command."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(0)
    # A group of its own, as a launcher gives it.
    os.setpgid(0, 0)
    code = 1
    try:
        sys.argv = command
        runpy.run_path(command[0], run_name='__main__')
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Serve: `{"command": [...], "log": FILE}` in; the child's id, then how it ended, out.

    Before the first it says `ready`; what imports print comes before that.
    """
    # What a training imports as it goes along.
    for module in (
        'albumentations', 'matplotlib.pyplot', 'torch.distributed.optim', 'torch.utils.tensorboard',
        'mmseg_ext.training.training',
    ):  # fmt: skip
        importlib.import_module(module)

    # A pool of threads would not survive the fork.
    assert len(os.listdir('/proc/self/task')) == 1
    print('ready', flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            run(request['command'], request['log'])
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == '__main__':
    main()
