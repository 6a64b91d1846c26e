"""Freed memory stays in the process of a training: counted in page faults of real ones."""

import json
import platform
import subprocess
import sys

import pytest

COUNT_FAULTS = """
import json, resource, sys
import numpy as np
from mmseg_ext.training.allocator import keep_freed_memory
if sys.argv[1] == 'keep':
    keep_freed_memory()
if sys.argv[1] == 'tool':
    from mmseg_ext.commands.parser.exit_codes import run
    run(lambda: None)
if sys.argv[1] == 'train':
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmseg_ext.training.training import train
    init_default_scope('mmseg')
    train(Config.fromfile(sys.argv[2]))
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


pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != 'glibc', reason='only glibc has these settings'
)


@pytest.fixture(scope='module')
def faults(repository):
    def count(*how: str) -> dict[str, int]:
        done = subprocess.run(
            [sys.executable, '-c', COUNT_FAULTS, *how],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    return count


@pytest.fixture(scope='module')
def default(faults):
    return faults('default')


@pytest.mark.slow
def test_memory_is_faulted_in_once(faults, default):
    kept = faults('keep')
    assert kept['16'] < 0.2 * default['16']
    assert kept['64'] < 0.2 * default['64']


@pytest.mark.slow
def test_a_training_does_so_and_other_tools_do_not(faults, default, tiny, tmp_path):
    tiny.train_cfg.max_iters = 1
    tiny.dump(tmp_path / 'tiny.py')
    assert faults('train', str(tmp_path / 'tiny.py'))['64'] < 0.2 * default['64']
    assert faults('tool')['64'] > 0.5 * default['64']
