"""Freed memory stays in the process: counted in page faults of a real one."""

import platform
import subprocess
import sys

import pytest

COUNT_FAULTS = """
import resource, sys
import numpy as np
from mmseg_ext.engine.allocator import keep_freed_memory
if sys.argv[1] == 'keep':
    keep_freed_memory()
def faults(blocks):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(blocks):
        # Many at once: glibc's own adaptation keeps no more than twice the largest block.
        kept = [np.ones(int(sys.argv[2]) * 2**17) for _ in range(8)]
        del kept
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(2)
print(faults(5))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc has these settings')
@pytest.mark.parametrize('mebibytes', [16, 64])
def test_memory_is_faulted_in_once(repository, mebibytes):
    def faults(how):
        command = [sys.executable, '-c', COUNT_FAULTS, how, str(mebibytes)]
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
        return int(done.stdout.splitlines()[-1])

    assert faults('keep') < 0.2 * faults('default')
