"""Times every transform of a pipeline on the samples of its data set."""

import time
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from prettytable import PrettyTable

from mmseg_ext.common.seeding import seed_everything
from mmseg_ext.data.transforms.pipelines import all_inside, describe


def time_transforms(config: Config, samples: int) -> list[dict[str, Any]]:
    """Measure what each transform of a training's pipeline takes of a sample.

    All samples go through once before they are measured, so that files lie in the memory of the
    operating system, and what a transform keeps of other frames is there.

    Args:
        config: The config of the training.
        samples: How many samples, evenly spread over the data set; all where there are fewer.

    Returns:
        For each transform, in order, its name as ``transform``, and the ``mean_s`` and ``median_s``
        of the seconds that a sample takes in it; of a wrapped data set, of the first one inside.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    built = DATASETS.build(config.train_dataloader.dataset)
    dataset = next(each for each in reversed(list(all_inside(built))) if hasattr(each, 'pipeline'))
    transforms = dataset.pipeline.transforms
    indices = np.unique(np.linspace(0, len(dataset) - 1, samples).astype(int))
    seed_everything(0)
    for index in indices:
        _seconds(dataset, int(index))
    seconds = np.array([_seconds(dataset, int(index)) for index in indices])
    return [
        {'transform': describe(transform), 'mean_s': mean, 'median_s': median}
        for transform, mean, median in zip(
            transforms, seconds.mean(0).tolist(), np.median(seconds, axis=0).tolist(), strict=True
        )
    ]


def _seconds(dataset: Any, index: int) -> list[float]:
    sample, seconds = dataset.get_data_info(index), []
    for transform in dataset.pipeline.transforms:
        start = time.perf_counter()
        sample = transform(sample)
        seconds.append(time.perf_counter() - start)
    return seconds


def transforms_table(name: str, times: list[dict[str, Any]]) -> str:
    """Draw the outcome of :func:`time_transforms` of a config with this name."""
    table = PrettyTable([f'loading of {name}, a sample', 'mean, ms', 'median, ms'])
    table.align = 'r'
    table.align[table.field_names[0]] = 'l'
    for row in times:
        milliseconds = (f'{1e3 * row[key]:.1f}' for key in ('mean_s', 'median_s'))
        table.add_row([row['transform'], *milliseconds])
    return str(table)
