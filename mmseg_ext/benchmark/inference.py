"""Times the inference of trained models: latency, its percentiles, and throughput."""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from prettytable import PrettyTable

from mmseg_ext.benchmark.input_images import InputImage
from mmseg_ext.benchmark.paired import PairedTimes, seconds_of, times_in_turn
from mmseg_ext.benchmark.setting import machine, machine_line
from mmseg_ext.export.segmentor import OnnxSegmentor
from mmseg_ext.export.session import OnnxSession
from mmseg_ext.models.trained_model import trained_model

PERCENTILES = (50, 90, 99)


class Contestant(NamedTuple):
    """A trained model that is timed.

    Attributes:
        name: What it is called in the table.
        predict: Takes a collated batch, `inputs` and `data_samples`, to class ids; returns when
            they are there, or on their way on a GPU.
    """

    name: str
    predict: Callable[[dict[str, Any]], object]


def of_checkpoint(config: Config, checkpoint: str) -> Contestant:
    """Load a model; it predicts as mmengine's test loop does, normalisation and resizing included.

    Raises:
        ConfigError: The checkpoint is missing, not trusted or not of this model.
        CheckpointError: It is truncated, altered or no checkpoint.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    model: Any = trained_model(copy.deepcopy(config.model), checkpoint)
    return Contestant(checkpoint, torch.no_grad()(model.test_step))


def of_onnx(file: str) -> Contestant:
    """Load an exported model, run on the CPU with as many threads as PyTorch has.

    Raises:
        ConfigError: ONNX Runtime is missing, or the file is not of `mmseg-debias export`.
    """
    init_default_scope('mmseg')
    session = OnnxSession(file, threads=torch.get_num_threads())
    return Contestant(file, torch.no_grad()(OnnxSegmentor(session).eval().test_step))


def time_inference(
    contestants: Sequence[Contestant],
    image: InputImage,
    batch_sizes: Sequence[int],
    repeats: int,
    warm_up: int,
) -> dict[str, Any]:
    """Measure the predictions of trained models in turn, for each size of batch.

    Loading an image and its pipeline are not part of it, moving it to a GPU is.

    Args:
        contestants: The models; the first is what the others are compared with.
        image: What they predict, as often as the batch has images.
        batch_sizes: Images in a batch.
        repeats: Measured predictions of each.
        warm_up: Predictions of each before them.

    Returns:
        The `setting`; and `batches`, for each size of batch the `batch_size` and, for each model,
        its `name`, the `percentiles_s` of its latency (seconds of a batch, by the percentile), the
        `images_per_s` at the median, all `seconds`, and, but for the first, `against_first` as
        :meth:`PairedTimes.summary` gives it.

    Source: our decision.
    """
    return {
        'setting': {
            'models': [contestant.name for contestant in contestants],
            'image': image.source,
            'size': list(image.size),
            'repeats': repeats,
            'warm_up': warm_up,
            **machine(),
        },
        'batches': [
            {
                'batch_size': batch_size,
                'models': _models(contestants, image.batch(batch_size), repeats, warm_up),
            }
            for batch_size in batch_sizes
        ],
    }


def _models(
    contestants: Sequence[Contestant], batch: dict[str, Any], repeats: int, warm_up: int
) -> list[dict[str, Any]]:
    works = [partial(seconds_of, partial(contestant.predict, batch)) for contestant in contestants]
    times = times_in_turn(works, repeats, warm_up)
    rows: list[dict[str, Any]] = []
    for contestant, seconds in zip(contestants, times, strict=True):
        values = np.percentile(seconds, PERCENTILES).tolist()
        row: dict[str, Any] = {
            'name': contestant.name,
            'percentiles_s': dict(zip(map(str, PERCENTILES), values, strict=True)),
            'images_per_s': len(batch['inputs']) / values[0],
            'seconds': seconds,
        }
        if rows:
            row['against_first'] = PairedTimes(seconds, times[0]).summary()
        rows.append(row)
    return rows


def inference_table(result: dict[str, Any]) -> str:
    """Draw the outcome of :func:`time_inference`."""
    setting = result['setting']
    several = len(setting['models']) > 1
    compared = ['ratio', '95 % interval'] if several else []
    percentiles = [f'{percentile} %, ms' for percentile in PERCENTILES]
    table = PrettyTable(['batch', 'model', *percentiles, 'images/s', *compared])
    table.align = 'r'
    table.align['model'] = 'l'
    labels = _labels(setting['models'])
    for batch in result['batches']:
        for label, row in zip(labels, batch['models'], strict=True):
            cells = [f'{1000 * value:.1f}' for value in row['percentiles_s'].values()]
            ratio = _ratio(row.get('against_first')) if several else []
            cells += [f'{row["images_per_s"]:.1f}', *ratio]
            table.add_row([batch['batch_size'], label, *cells])
    height, width = setting['size']
    each = ' of each, in turn,' if several else ''
    return '\n'.join(
        [
            *(f'{label}: {name}' for label, name in zip(labels, setting['models'], strict=True)),
            str(table),
            *(['ratio: time of a batch by that of the first model'] * several),
            f'percentiles of the time of a batch, images/s at its median; {setting["repeats"]} '
            f'predictions{each} after {setting["warm_up"]} to warm up; input {height}x{width} '
            f'({setting["image"]}), {machine_line(setting)}',
        ]
    )


def _ratio(summary: dict[str, Any] | None) -> list[str]:
    if summary is None:
        return ['1', '']
    return [f'{summary["ratio"]:.3f}', '{:.3f} to {:.3f}'.format(*summary['interval_95'])]


def _labels(names: Sequence[str]) -> list[str]:
    """Return short names: those of the files, numbered where two are alike."""
    stems = [Path(name).stem for name in names]
    return [
        stem if stems.count(stem) == 1 else f'{stem} ({number})'
        for number, stem in enumerate(stems, 1)
    ]
