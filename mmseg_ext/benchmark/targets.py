"""Times the boundary targets of a crop against distance transforms by SciPy, class by class."""

from functools import partial
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
from prettytable import PrettyTable

from mmseg_ext.benchmark.paired import time_in_turn
from mmseg_ext.benchmark.street import THING_CLASSES, draw_street
from mmseg_ext.boundary.targets import distance_levels, edge_map, semantic_contour
from mmseg_ext.common.errors import ConfigError

_CLASSES = 19


def compare_targets(
    height: int, width: int, instances: int, repeats: int, warm_up: int
) -> dict[str, Any]:
    """Measure edge, contour and distance levels of one drawn crop, in one thread.

    The comparison is `scipy.ndimage.distance_transform_edt` of each of Cityscapes' 19 classes on
    the same labels: what makes a distance target without instances.

    Args:
        height: Height of the crop in pixels.
        width: Width of the crop in pixels.
        instances: Number of objects drawn.
        repeats: Measured pairs.
        warm_up: Pairs before them.

    Returns:
        The setting, and :meth:`PairedTimes.summary` for `with_instances` and for
        `connected_components`, where no instance map is given.

    Raises:
        ConfigError: SciPy is not installed.
    """
    if find_spec('scipy') is None:
        raise ConfigError('the comparison needs SciPy: pip install scipy')
    from scipy.ndimage import distance_transform_edt

    labels, ids = draw_street(height, width, instances)

    def ours(instance_map: np.ndarray | None) -> None:
        edges = edge_map(labels, instance_map)
        semantic_contour(labels, edges, _CLASSES)
        distance_levels(labels, instance_map, THING_CLASSES)

    def theirs() -> None:
        for label in range(_CLASSES):
            distance_transform_edt(labels == label)

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        times = [
            time_in_turn(partial(ours, given), theirs, repeats, warm_up) for given in (ids, None)
        ]
    finally:
        cv2.setNumThreads(threads)
    return {
        'setting': {
            'crop': [height, width],
            'instances': instances,
            'repeats': repeats,
            'warm_up': warm_up,
            'opencv': cv2.__version__,
        },
        'with_instances': times[0].summary(),
        'connected_components': times[1].summary(),
    }


def targets_table(result: dict[str, Any]) -> str:
    """Draw the outcome of :func:`compare_targets`."""
    setting = result['setting']
    table = PrettyTable(['instances', 'targets, ms', 'SciPy, ms', 'times faster'])
    table.align = 'r'
    table.align['instances'] = 'l'
    for key in ('with_instances', 'connected_components'):
        times = result[key]
        table.add_row(
            [
                key.replace('_', ' '),
                f'{1000 * times["ours_s"]:.1f}',
                f'{1000 * times["theirs_s"]:.1f}',
                f'{1 / times["ratio"]:.0f}',
            ]
        )
    height, width = setting['crop']
    return '\n'.join(
        [
            'targets: edge, contour and distance of one crop',
            f"SciPy:   the distance transform of each of Cityscapes' {_CLASSES} classes",
            str(table),
            f'medians of {setting["repeats"]} pairs after {setting["warm_up"]} to warm up; crop '
            f'{height}x{width}, {setting["instances"]} objects, one thread, '
            f'OpenCV {setting["opencv"]}',
        ]
    )
