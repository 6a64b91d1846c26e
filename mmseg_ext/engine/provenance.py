"""How an evaluation came about: what one needs to make it again, and to trust it."""

import contextlib
import datetime
import json
import platform
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import mmcv
import mmengine
import mmseg
import numpy as np
import torch
from mmengine.device import get_device
from mmengine.runner import Runner
from torch.utils.data import Dataset

from mmseg_ext.engine.loaders import sha256_when_read
from mmseg_ext.version import __version__

_CURVES = ('loss', 'mIoU', 'tail_mIoU')
_CURVE_POINTS = 400


def describe_run(
    runner: Runner, dataset: Dataset, checkpoint: str | None, training_seed: int | None
) -> dict[str, Any]:
    """Describe an evaluation.

    Args:
        runner: The runner that evaluates.
        dataset: What it evaluates on.
        checkpoint: The file whose weights are evaluated; None where they were not saved.
        training_seed: Seed of the training that made them; None where it is not known.

    Returns:
        Plain values that JSON can hold; the keys are described in docs/reports.md.
    """
    return {
        'created': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
        'command': shlex.join(['python', *sys.argv]),
        'config': runner.cfg.filename,
        'config_text': runner.cfg.pretty_text,
        'checkpoint': checkpoint,
        'checkpoint_sha256': sha256_when_read(checkpoint),
        'training_seed': training_seed,
        'seed': runner.seed,
        'data': {
            'dataset': type(dataset).__name__,
            'split': getattr(dataset, 'split', None),
            'root': getattr(dataset, 'data_root', None),
        },
        'device': torch.cuda.get_device_name() if get_device() == 'cuda' else get_device(),
        'versions': versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of what computes the figures."""
    found = {
        'mmseg_ext': __version__,
        'python': platform.python_version(),
        'torch': torch.__version__,
        'mmseg': mmseg.__version__,
        'mmcv': mmcv.__version__,
        'mmengine': mmengine.__version__,
        'numpy': np.__version__,
        'opencv': cv2.__version__,
    }
    return {name: str(number) for name, number in found.items()}


def training_curves(work_dir: Path) -> dict[str, list[list[float]]]:
    """Read the curves of the newest training in a work dir, from its start if it was resumed.

    Args:
        work_dir: Holds the folders of runs, in which mmengine leaves `vis_data/scalars.json`.

    Returns:
        (step, value) pairs, at most 400 evenly spread, of the loss and the mean IoUs; empty where
        there was no training. Lines that a full disk or a kill cut short are left out.
    """
    lines: list[dict[str, Any]] = []
    begins = np.inf
    for file in sorted(work_dir.glob('*/vis_data/scalars.json'), reverse=True):
        run = [line for line in _whole_lines(file) if line.get('step', np.inf) < begins]
        steps = [line['step'] for line in run if 'loss' in line]
        if steps:
            lines = run + lines
            # What an older run has from there on, this one did again.
            begins = min(steps) if _resumed(file.parent) else -np.inf
    curves = {name: _curve(lines, name) for name in _CURVES}
    return {name: curve for name, curve in curves.items() if len(curve) > 1}


def _resumed(vis_data: Path) -> bool:
    config = vis_data / 'config.py'
    return config.is_file() and 'resume = True' in config.read_text(encoding='utf-8').splitlines()


def _whole_lines(file: Path) -> Iterable[dict[str, Any]]:
    for line in file.read_text(encoding='utf-8', errors='replace').splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            yield json.loads(line)


def _curve(lines: Iterable[dict[str, Any]], name: str) -> list[list[float]]:
    values = {line['step']: line[name] for line in lines if 'step' in line and name in line}
    points = [[step, value] for step, value in values.items() if np.isfinite(value)]
    chosen = sorted(set(np.linspace(0, len(points) - 1, _CURVE_POINTS).round().astype(int)))
    return [points[i] for i in chosen] if len(points) > _CURVE_POINTS else points
