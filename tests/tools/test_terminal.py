"""The progress bar, on a real (pseudo) terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import read_terminal

TINY = Path(__file__).with_name('tiny_camvid.py')

pty = pytest.importorskip('pty')


@pytest.mark.slow
def test_bar_shows_loss_time_left_and_validation_score(repository, data, tmp_path):
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, 'tools/train.py', str(TINY), '--work-dir', str(tmp_path)],
        cwd=repository,
        env={
            **os.environ,
            'PYTHONPATH': str(repository),
            'MMSEG_EXT_DATA': str(data),
            'OMP_NUM_THREADS': '1',
            'TERM': 'xterm',
            'COLUMNS': '140',
        },
        stdin=follower,
        stdout=follower,
        stderr=subprocess.DEVNULL,
    )
    os.close(follower)
    shown = read_terminal(leader)
    assert process.wait(60) == 0
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', shown.decode()).replace('\r', '\n')
    assert re.search(r'train .*/4 .* loss \d+\.\d+  val mIoU \d+\.\d+', text)
    assert re.search(r'val .*/4 ', text)
    # The log stands in lines of its own above the bar.
    assert re.search(r'^\d+/4  loss \d', text, re.MULTILINE)
    assert 'results: ' in text
