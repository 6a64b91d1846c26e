"""Compares what two trainings left behind."""

import json
from pathlib import Path

import torch

from mmseg_ext.checkpoints.safe_loading import read_checkpoint


def logged(work_dir: Path) -> dict[tuple[int, str], dict[str, float]]:
    """Every logged value but times, by step and kind; whatever was logged twice must be equal."""
    found: dict[tuple[int, str], dict[str, float]] = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in file.read_text().splitlines():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                assert not file.read_text().endswith(line + '\n'), 'only a last line may be cut off'
                continue
            step = record['step']
            kind = 'train' if 'loss' in record else 'val'
            values = {k: v for k, v in record.items() if 'time' not in k and k != 'memory'}
            # NaN, the IoU of a class that is nowhere, is not equal to itself.
            values = {key: str(value) for key, value in values.items()}
            assert found.setdefault((step, kind), values) == values
    return found


def assert_same_training(first: Path, second: Path, iterations: int) -> None:
    """Compare the last checkpoints bit for bit, the logs, and which checkpoints there are."""
    ours, theirs = (
        read_checkpoint(str(folder / f'iter_{iterations}.pth')) for folder in (first, second)
    )
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_equal(ours[key], theirs[key])
    assert logged(first) == logged(second)
    checkpoints = [sorted(path.name for path in folder.glob('*.pth')) for folder in (first, second)]
    assert checkpoints[0] == checkpoints[1]
    assert len(checkpoints[0]) == 3, 'the last two and the best'
    assert not list(first.glob('.*.tmp*'))


def assert_equal(ours: object, theirs: object) -> None:
    """Compare nested states bit for bit."""
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key, value in ours.items():
            assert_equal(value, theirs[key])
    elif isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_equal(one, other)
    elif isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs)
    else:
        assert ours == theirs
