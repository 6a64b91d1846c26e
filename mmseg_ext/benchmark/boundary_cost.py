"""Times the counting of boundary quality against a forward pass over an image of the same size."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.config import Config
from prettytable import PrettyTable

from mmseg_ext.benchmark.paired import time_in_turn
from mmseg_ext.benchmark.setting import setting_line, setting_of
from mmseg_ext.benchmark.street import draw_street
from mmseg_ext.benchmark.synthetic import num_classes_of, set_crop
from mmseg_ext.benchmark.trial import Trial
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality

_CLASSES = 19


def compare_boundary(
    config: Config, height: int, width: int, repeats: int, warm_up: int
) -> dict[str, Any]:
    """Measure what boundary quality with its defaults adds to the evaluation of an image.

    Args:
        config: The config, of Cityscapes' 19 classes, whose forward pass is the measure.
        height: Height of the drawn image in pixels.
        width: Width of the drawn image in pixels.
        repeats: Measured pairs.
        warm_up: Pairs before them.

    Returns:
        The setting, and :meth:`PairedTimes.summary` of the counting, in one thread of OpenCV,
        against a forward pass (`boundary`).

    Raises:
        ConfigError: The config has other classes.
    """
    if num_classes_of(config) != _CLASSES:
        raise ConfigError(
            f'{config.filename} has {num_classes_of(config)} classes; the drawn street needs a '
            f"model of Cityscapes' {_CLASSES}"
        )
    set_crop(config, (height, width))
    setting = setting_of(config, config, 1, repeats)
    label, _ = draw_street(height, width)
    pred = imperfect(label)
    quality, model = BoundaryQuality(), Trial(config, 1)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        times = time_in_turn(
            lambda: quality.count(pred, label, _CLASSES), model.predict, repeats, warm_up
        )
    finally:
        cv2.setNumThreads(threads)
    return {
        'setting': {
            **setting,
            'config': Path(config.filename).stem,
            'warm_up': warm_up,
            'boundary': quality.settings,
        },
        'boundary': times.summary(),
    }


def imperfect(label: np.ndarray, seed: int = 0) -> np.ndarray:
    """Draw a prediction: boundaries 3 pixels off, and patches of the wrong class.

    Args:
        label: Class ids, uint8, shape (H, W), 255 = ignored.
        seed: Seed of the patches.

    Returns:
        Class ids, int64 as models give them, shape (H, W), without 255.
    """
    pred = np.roll(np.where(label == 255, np.uint8(0), label), 3, axis=1)
    patches = np.random.default_rng(seed).random((16, 32)).astype(np.float32)
    wrong = cv2.resize(patches, label.shape[::-1]) > 0.8
    return np.where(wrong, np.roll(pred, 40, axis=0), pred).astype(np.int64)


def boundary_cost_table(result: dict[str, Any]) -> str:
    """Draw the outcome of :func:`compare_boundary`."""
    setting, times = result['setting'], result['boundary']
    table = PrettyTable(['', 'boundary quality, ms', 'forward pass, ms', 'ratio', '95 % interval'])
    table.align = 'r'
    table.align[''] = 'l'
    height, width = setting['crop']
    table.add_row(
        [
            f'an image of {height}x{width}',
            f'{1000 * times["ours_s"]:.1f}',
            f'{1000 * times["theirs_s"]:.0f}',
            f'{times["ratio"]:.3f}',
            '{:.3f} to {:.3f}'.format(*times['interval_95']),
        ]
    )
    return '\n'.join(
        [
            f'forward pass: {setting["config"]}',
            str(table),
            f'medians of {setting["repeats"]} pairs after {setting["warm_up"]} to warm up; '
            f'{_CLASSES} classes, {setting_line(setting)}',
        ]
    )
