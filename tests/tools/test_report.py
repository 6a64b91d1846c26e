import json
import subprocess
import sys
from pathlib import Path


def compare(repository: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, 'tools/report.py', 'compare', *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_work_dirs(repository, tmp_path):
    for name, iou in (('val', 50.0), ('shift', 20.5)):
        (tmp_path / name / '20260101_120000').mkdir(parents=True)
        report = tmp_path / name / '20260101_120000' / '20260101_120000.json'
        report.write_text(json.dumps({'mIoU': iou, 'IoU.cyclist': iou}))
    ended = compare(repository, f'val={tmp_path}/val', f'shift={tmp_path}/shift')
    assert ended.returncode == 0, ended.stderr
    assert '| cyclist | 50.0 |  20.5 |      -29.5 |' in ended.stdout


def test_a_work_dir_without_an_evaluation(repository, tmp_path):
    ended = compare(repository, f'val={tmp_path}')
    assert ended.returncode == 1
    assert f'error: {tmp_path}: no evaluation found' in ended.stderr
    assert 'Traceback' not in ended.stderr
