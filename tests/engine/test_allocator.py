"""Freed memory stays in the process: counted in page faults of a real one."""

import json
import platform
import subprocess
import sys

import pytest

COUNT_FAULTS = """
import json, resource, sys
import numpy as np
from mmseg_ext.engine.allocator import keep_freed_memory
if sys.argv[1] == 'keep':
    keep_freed_memory()
def faults(mebibytes, times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        # Many at once: glibc's own adaptation keeps no more than twice the largest block.
        kept = [np.ones(mebibytes * 2**17) for _ in range(8)]
        del kept
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
counts = {}
for mebibytes in (16, 64):
    faults(mebibytes, times=2)
    counts[mebibytes] = faults(mebibytes, times=3)
print(json.dumps(counts))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc has these settings')
def test_memory_is_faulted_in_once(repository):
    def faults(how):
        done = subprocess.run(
            [sys.executable, '-c', COUNT_FAULTS, how],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    kept, default = faults('keep'), faults('default')
    assert kept['16'] < 0.2 * default['16']
    assert kept['64'] < 0.2 * default['64']
