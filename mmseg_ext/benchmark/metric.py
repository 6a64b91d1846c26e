"""Times the counting of one image against mmseg's metric, and the bootstrap of an evaluation."""

import statistics
import time
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.device import get_device
from mmseg.evaluation import IoUMetric
from prettytable import PrettyTable

from mmseg_ext.benchmark.paired import time_in_turn
from mmseg_ext.benchmark.street import draw_street
from mmseg_ext.evaluation import Evaluation
from mmseg_ext.models.device_confusion import count_confusion

_CLASSES = 19
_IGNORE = 255


def compare_metric(
    height: int, width: int, images: int, resamples: int, repeats: int, warm_up: int
) -> dict[str, Any]:
    """Measure the counting and the bootstrap, on 19 classes.

    Prediction and label are int64 tensors on the device that models run on, as both metrics get
    them. OpenCV has one thread, PyTorch its own number.

    Args:
        height: Height of the image in pixels.
        width: Width of the image in pixels.
        images: Images of the bootstrapped evaluation.
        resamples: Its resamples.
        repeats: Measured pairs.
        warm_up: Pairs before them.

    Returns:
        The setting; :meth:`PairedTimes.summary` of `count_confusion` against mmseg's
        `IoUMetric.intersect_and_union` (`counting`); and the seconds of the intervals of an
        evaluation (`bootstrap_s`, the median, and `bootstrap`, all).
    """
    street, _ = draw_street(height, width)
    label = torch.from_numpy(street).long().to(get_device())
    pred = label.roll(3, dims=1).where(label.roll(3, dims=1) != _IGNORE, 0)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        counting = time_in_turn(
            lambda: count_confusion(pred, label, _CLASSES, _IGNORE),
            lambda: IoUMetric.intersect_and_union(pred, label, _CLASSES, _IGNORE),
            repeats,
            warm_up,
        )
    finally:
        cv2.setNumThreads(threads)
    bootstrap = _time_bootstrap(images, resamples, repeats)
    return {
        'setting': {
            'size': [height, width],
            'images': images,
            'resamples': resamples,
            'repeats': repeats,
            'warm_up': warm_up,
            'device': get_device(),
            'threads': torch.get_num_threads(),
            'torch': torch.__version__,
            'opencv': cv2.__version__,
        },
        'counting': counting.summary(),
        'bootstrap_s': statistics.median(bootstrap),
        'bootstrap': bootstrap,
    }


def metric_table(result: dict[str, Any]) -> str:
    """Draw the outcome of :func:`compare_metric`."""
    setting, counting = result['setting'], result['counting']
    height, width = setting['size']
    table = PrettyTable(['', 'ours, ms', 'mmseg, ms', 'times faster'])
    table.align = 'r'
    table.align[''] = 'l'
    table.add_row(
        [
            f'counting {height}x{width}',
            f'{1000 * counting["ours_s"]:.1f}',
            f'{1000 * counting["theirs_s"]:.1f}',
            f'{1 / counting["ratio"]:.1f}',
        ]
    )
    table.add_row(
        [
            f'{setting["resamples"]} resamples of {setting["images"]} images',
            f'{1000 * result["bootstrap_s"]:.1f}',
            '-',
            '-',
        ]
    )
    return '\n'.join(
        [
            str(table),
            f'medians of {setting["repeats"]} pairs after {setting["warm_up"]} to warm up; '
            f'{_CLASSES} classes, {setting["device"]}, {setting["threads"]} threads, '
            f'torch {setting["torch"]}',
        ]
    )


def _time_bootstrap(images: int, resamples: int, repeats: int) -> list[float]:
    rng = np.random.default_rng(0)
    evaluation = Evaluation(
        classes=tuple(f'class {index}' for index in range(_CLASSES)),
        images=tuple(f'{index}.png' for index in range(images)),
        matrices=rng.integers(0, 10_000, (images, _CLASSES, _CLASSES)),
    )
    seconds = []
    for seed in range(repeats):
        start = time.perf_counter()
        evaluation.intervals(resamples, seed)
        seconds.append(time.perf_counter() - start)
    return seconds
