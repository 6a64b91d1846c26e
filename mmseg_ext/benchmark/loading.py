"""Compares training steps of two configs that wait for their own data loaders."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
from mmengine.config import Config
from mmengine.runner import Runner
from prettytable import PrettyTable

from mmseg_ext.benchmark.paired import in_milliseconds, measure_in_turn, wait_for_device
from mmseg_ext.benchmark.setting import setting_line, setting_of
from mmseg_ext.benchmark.street import write_cityscapes
from mmseg_ext.benchmark.transform_times import time_transforms, transforms_table
from mmseg_ext.benchmark.trial import Trial
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.allocator import keep_freed_memory

_DRAWN_FRAMES = 8
_FIRST_STEPS = 4


def compare_loading(
    ours: Config,
    theirs: Config,
    batch_size: int,
    workers: int,
    steps: int,
    repeats: int,
    samples: int,
) -> dict[str, Any]:
    """Measure blocks of training steps of two configs in turn, data loading included.

    The loaders of the two never run at once: each block starts its workers anew, and its first four
    steps, when the workers start and the queue fills, are not counted.

    Args:
        ours: The config to judge.
        theirs: The config to compare it with, of the same crop size.
        batch_size: Images in a batch.
        workers: Processes that load data.
        steps: Measured steps in a block; many more than the batches that wait in the queue, two a
            worker.
        repeats: Pairs of blocks.
        samples: Samples on which every transform is timed.

    Returns:
        The setting; `train_step` as :meth:`PairedTimes.summary` gives it, in seconds a step;
        `without_loading`, the same of steps on one batch; `loading_share`, the median part of
        a step that loading adds, of both; and `transforms`, of both what
        :func:`~mmseg_ext.benchmark.transform_times.time_transforms` measures.

    Raises:
        ConfigError: The crop sizes differ.
    """
    setting = setting_of(ours, theirs, batch_size, repeats)
    # As trainings do; threads of OpenCV do not live on in the loaders that are forked.
    keep_freed_memory()
    cv2.setNumThreads(0)
    first, second = (_Blocks(config, batch_size, workers, steps) for config in (ours, theirs))
    loaded = measure_in_turn(first.loaded, second.loaded, repeats, warm_up=1)
    kept = measure_in_turn(first.on_one_batch, second.on_one_batch, repeats, warm_up=1)
    return {
        'setting': {**setting, 'workers': workers, 'steps': steps},
        'train_step': loaded.summary(),
        'without_loading': kept.summary(),
        'loading_share': {
            'ours': 1 - statistics.median(kept.ours) / statistics.median(loaded.ours),
            'theirs': 1 - statistics.median(kept.theirs) / statistics.median(loaded.theirs),
        },
        'transforms': {
            'ours': time_transforms(ours, samples),
            'theirs': time_transforms(theirs, samples),
        },
    }


class _Blocks:
    """Blocks of training steps of a config; each returns the seconds of a step."""

    def __init__(self, config: Config, batch_size: int, workers: int, steps: int) -> None:
        self._trial = Trial(config, batch_size)
        self._steps = steps
        self._arguments = {
            **config.train_dataloader,
            'batch_size': batch_size,
            'num_workers': workers,
            'persistent_workers': False,
        }

    def loaded(self) -> float:
        """Train on batches of the data loader."""
        # mmengine's endless sampler serves one iterator only, so each block has a loader.
        batches = iter(Runner.build_dataloader(self._arguments, seed=0))
        for _ in range(_FIRST_STEPS):
            self._trial.train_step(next(batches))
        return self._timed(lambda: self._trial.train_step(next(batches)))

    def on_one_batch(self) -> float:
        """Train on a drawn batch again and again."""
        return self._timed(self._trial.train_step)

    def _timed(self, step: Callable[[], None]) -> float:
        wait_for_device()
        start = time.perf_counter()
        for _ in range(self._steps):
            step()
        wait_for_device()
        return (time.perf_counter() - start) / self._steps


@contextmanager
def drawn_cityscapes(*configs: Config) -> Iterator[None]:
    """Let configs read a few drawn frames in Cityscapes' layout and size, while inside.

    Raises:
        ConfigError: A config trains on another data set.
    """
    datasets = [config.train_dataloader.dataset for config in configs]
    for dataset in datasets:
        if dataset.type != 'CheckedCityscapesDataset':
            raise ConfigError(
                '--drawn draws Cityscapes, so both configs must train on '
                f'CheckedCityscapesDataset; one trains on {dataset.type}'
            )
    with TemporaryDirectory() as folder:
        write_cityscapes(Path(folder), _DRAWN_FRAMES)
        for dataset in datasets:
            dataset.data_root = folder
        yield


def loading_table(result: dict[str, Any]) -> str:
    """Draw the outcome of :func:`compare_loading`."""
    setting = result['setting']
    table = PrettyTable(['', 'config', 'vs', 'ratio', 'quartiles'])
    table.align = 'r'
    table.align[''] = 'l'
    for key, name in (
        ('train_step', 'step with loading, ms'),
        ('without_loading', 'step on one batch, ms'),
    ):
        times = result[key]
        table.add_row(
            [
                name,
                *in_milliseconds(times),
                '{:.3f} to {:.3f}'.format(*times['quartiles']),
            ]
        )
    shares = result['loading_share']
    table.add_row(['share of loading', f'{shares["ours"]:.1%}', f'{shares["theirs"]:.1%}', '', ''])
    return '\n'.join(
        [
            f'config: {setting["ours"]}',
            f'vs:     {setting["theirs"]}',
            str(table),
            f'medians of {setting["repeats"]} pairs of blocks of {setting["steps"]} steps, '
            f'{setting["workers"]} workers; {setting_line(setting)}',
            *(
                transforms_table(setting[side], times)
                for side, times in result['transforms'].items()
            ),
        ]
    )
